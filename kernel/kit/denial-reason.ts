import type { JudgedEntry } from "../src/contracts/session.ts";

/** Why a call was denied: the person's answer, or the most restrictive opinion that was given last. */
export function denialReason({ opinions, answer }: Pick<JudgedEntry, "opinions" | "answer">): string {
  if (answer !== undefined && answer !== "none") return "the person denied it";
  const refusal = opinions.findLast(({ decision }) => decision === "deny" || decision === "block") ?? opinions.findLast(({ decision }) => decision === "ask");
  return refusal?.reason ?? "nothing allows it";
}
