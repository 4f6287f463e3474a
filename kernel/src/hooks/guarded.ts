import { AsyncLocalStorage } from "node:async_hooks";
import { ClawError } from "../errors.ts";
import { messageOf } from "../failure-message.ts";

/** Which extension the running code belongs to: names the one behind a stray rejection. */
const running = new AsyncLocalStorage<string>();

/** The extension whose code is running, if any. */
export const runningExtension = (): string | undefined => running.getStore();

/** Runs something in an extension's name. */
export const inNameOf = <T>(extension: string, run: () => T): T => running.run(extension, run);

/** The most a timer can wait; one that is set for longer goes off at once. */
export const longestWaitMs = 2 ** 31 - 1;

export interface GuardedCall<T> {
  readonly extension: string;
  /** What is being run, for people: `PreToolUse guard`, `tool read_file`. */
  readonly at: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  run(signal: AbortSignal): T | Promise<T>;
}

/**
 * Runs an extension's code with a deadline of its own and its name on it. A throw of a plain error becomes EXTENSION_FAILED,
 * running too long EXTENSION_TIMEOUT; a ClawError passes as it is, an abort as the signal's reason.
 */
export async function guarded<T>(call: GuardedCall<T>): Promise<T> {
  call.signal.throwIfAborted();
  const controller = new AbortController();
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const stop = (reason: unknown): void => {
    controller.abort(reason);
    reject(reason);
  };
  const abort = (): void => stop(call.signal.reason);
  // Made only when it is needed: an error's stack is the dearest part of a call that goes well.
  const timer = setTimeout(() => stop(timedOut(call)), Math.min(call.timeoutMs, longestWaitMs));
  call.signal.addEventListener("abort", abort, { once: true });
  try {
    const work = inNameOf(call.extension, async () => call.run(controller.signal));
    // The loser of the race may still reject; that belongs to nobody any more.
    work.catch(() => undefined);
    return await Promise.race([work, ended]);
  } catch (error) {
    if (call.signal.aborted || ClawError.is(error)) throw error;
    throw failure(call.extension, call.at, error);
  } finally {
    clearTimeout(timer);
    call.signal.removeEventListener("abort", abort);
  }
}

const timedOut = ({ extension, at, timeoutMs }: GuardedCall<unknown>): ClawError =>
  new ClawError("EXTENSION_TIMEOUT", `${extension} took longer than ${timeoutMs} ms in ${at}`, { extension, at, ms: timeoutMs });

export function failure(extension: string, at: string, error: unknown): ClawError {
  const message = messageOf(error);
  return new ClawError("EXTENSION_FAILED", `${extension} failed in ${at}: ${message === "" ? "no message" : message}`, { extension, at }, { cause: error });
}
