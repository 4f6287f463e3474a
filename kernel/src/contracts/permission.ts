import type { Usage } from "./message.ts";
import type { ToolCallView } from "./tool.ts";

/** What asking a model cost. */
export interface Spending {
  readonly model: string;
  readonly usage: Usage;
}

export interface Judgement {
  readonly decision: "allow" | "ask" | "deny";
  readonly reason: string;
  /** If a model was asked: it counts as the session's. */
  readonly spent?: Spending;
}

/** Judges one call; no opinion is `undefined`. May never answer more than its manifest's `verdicts` say. */
export type Classifier = (call: ToolCallView, signal: AbortSignal) => Promise<Judgement | undefined>;

/** One opinion on a call, as it is logged: who, at which stage, what and why. */
export interface Opinion {
  readonly author: string;
  readonly stage: "guard" | "rewrite" | "decide";
  readonly decision: "allow" | "ask" | "deny" | "block" | "rewrite";
  readonly reason: string;
  /** How it came to be, as its author tells it. */
  readonly details?: object;
  /** What models were asked for it, and at what cost. */
  readonly spent?: readonly Spending[];
}

/** Service `permissions`: the mode of a session and where it came from. */
export interface Permissions {
  mode(session: string): { readonly mode: string; readonly source: string };
  /** Sets the mode of one session; throws PERMISSION_MODE_UNKNOWN with the list. */
  setMode(session: string, mode: string): void;
  /** The rules in force, in the order they are tried. */
  rules(session: string): readonly { readonly rule: string; readonly decision: "allow" | "ask" | "deny"; readonly source: string }[];
}
