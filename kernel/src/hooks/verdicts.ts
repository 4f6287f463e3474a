import type { Spending } from "../contracts/permission.ts";
import type { Containment } from "../contracts/sandbox.ts";

/** Stops an event. */
export interface Block {
  readonly action: "block";
  readonly reason: string;
}

/** Replaces what an event carries; who did is logged. */
export interface Rewrite<T> {
  readonly action: "rewrite";
  readonly value: T;
  readonly reason?: string;
}

/** Lets a turn that would stop go on, with this text as a message to the model. */
export interface Resume {
  readonly action: "resume";
  readonly text: string;
}

/** What else comes with an opinion on a call. */
export interface OpinionLuggage {
  /** How it came to be, as data: it is logged with the call. */
  readonly details?: object;
  /** How far the call's programs may reach, should it run because of this opinion. */
  readonly containment?: Containment;
  /** What models were asked for it, and at what cost: it counts as the session's. */
  readonly spent?: readonly Spending[];
}

export interface Allow extends OpinionLuggage {
  readonly action: "allow";
  readonly reason: string;
}

/** Asks the person. `remember` is what "always" would add, shown in full. */
export interface Ask extends OpinionLuggage {
  readonly action: "ask";
  readonly reason: string;
  readonly remember?: string;
}

export interface Deny extends Pick<OpinionLuggage, "details" | "spent"> {
  readonly action: "deny";
  readonly reason: string;
}

export const block = (reason: string): Block => ({ action: "block", reason });
export const rewrite = <T>(value: T, reason?: string): Rewrite<T> =>
  reason === undefined ? { action: "rewrite", value } : { action: "rewrite", value, reason };
export const resume = (text: string): Resume => ({ action: "resume", text });
export const allow = (reason: string, luggage: OpinionLuggage = {}): Allow => ({ action: "allow", reason, ...luggage });
export const ask = (reason: string, remember?: string, luggage: OpinionLuggage = {}): Ask =>
  remember === undefined ? { action: "ask", reason, ...luggage } : { action: "ask", reason, remember, ...luggage };
export const deny = (reason: string, details?: object, spent?: readonly Spending[]): Deny => ({
  action: "deny",
  reason,
  ...(details === undefined ? {} : { details }),
  ...(spent === undefined ? {} : { spent }),
});
