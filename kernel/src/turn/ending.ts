import type { TurnEvent } from "../contracts/session.ts";
import { ClawError } from "../errors.ts";
import { messageOf } from "../failure-message.ts";
import { longestWaitMs } from "../hooks/guarded.ts";
import type { Scope } from "../registry/scope.ts";
import type { Session } from "../session.ts";

/** How a turn that broke off ended: what was logged of it, and what its reader is told. */
export interface Ending {
  readonly entry?: TurnEvent;
  readonly failure?: { readonly error: unknown };
}

/** Ends a scope after so many seconds, with the error answered. */
export function timeLimit(scope: Scope, seconds: number): ClawError {
  const timeUp = new ClawError("LIMIT_REACHED", `the turn took longer than ${seconds} s`, { limit: "time" });
  const timer = setTimeout(() => scope.abort(timeUp), Math.min(seconds * 1000, longestWaitMs));
  scope.own(() => clearTimeout(timer));
  return timeUp;
}

export interface BrokenOff {
  readonly what: "turn" | "compaction";
  readonly session: Session;
  readonly signal: AbortSignal;
  readonly timeUp: ClawError | undefined;
  readonly error: unknown;
}

/** Logs how a turn broke off: at its time limit, which is no failure; by an abort, whoever was first; or by what went wrong. */
export async function endOf({ what, session, signal, timeUp, error }: BrokenOff): Promise<Ending> {
  // A compaction is no turn; and where the log itself is what failed, there is nowhere to write that down.
  if (what === "compaction" || session.isBroken) return { failure: { error } };
  const code = ClawError.is(error) ? error.code : "EXTENSION_FAILED";
  try {
    if (timeUp !== undefined && signal.reason === timeUp)
      return { entry: await session.append({ type: "turn-end", reason: "limit", limit: "time", message: timeUp.message }) };
    if (signal.aborted) return { entry: await session.append({ type: "turn-end", reason: "aborted" }), failure: { error: signal.reason as unknown } };
    return { entry: await session.append({ type: "turn-end", reason: "failed", code, message: messageOf(error) }), failure: { error } };
  } catch (unwritten) {
    return { failure: { error: unwritten } };
  }
}
