import { headersOf } from "@claw/kernel/kit";

/** What claw calls itself. */
export interface UserAgent {
  /** What it calls itself by itself, in a provider's requests too. */
  readonly own: string;
  /** What it is to be called instead: for the person's own word nobody need know of it. */
  readonly said: string;
}

export const userAgentOf = (own: string, given: string | undefined): UserAgent => {
  headersOf({ userAgent: given ?? own }, { extension: "claw/http" });
  return { own, said: given ?? own };
};
