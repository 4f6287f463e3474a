import { ClawError } from "../src/errors.ts";

/**
 * Watches over one exchange with another machine: it ends when the caller gives up, and when nothing comes for too long
 * while something is waited for. Disposing ends it in any case, which closes a socket that is still open.
 */
export class IdleWatch implements Disposable {
  readonly #caller: AbortSignal;
  readonly #late: () => Error;
  readonly #controller = new AbortController();
  readonly #over: Promise<never>;
  #timer: NodeJS.Timeout | undefined;
  #isWaiting = false;
  readonly #follow = (): void => this.#controller.abort(this.#caller.reason);

  /** `late` makes the error of a silence of `idleMs`; 0 waits for ever. */
  constructor(caller: AbortSignal, idleMs: number, late: () => Error) {
    caller.throwIfAborted();
    this.#caller = caller;
    this.#late = late;
    const { promise, reject } = Promise.withResolvers<never>();
    this.#over = promise;
    // Nobody may be waiting when it ends.
    promise.catch(() => undefined);
    this.signal.addEventListener("abort", () => reject(this.signal.reason as Error), { once: true });
    caller.addEventListener("abort", this.#follow, { once: true });
    this.limit(idleMs);
  }

  /** For the exchange itself. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Another patience from now on. */
  limit(idleMs: number): void {
    clearTimeout(this.#timer);
    this.#timer =
      idleMs <= 0
        ? undefined
        : setTimeout(() => {
            // A slow reader is not a silent sender.
            if (this.#isWaiting) this.#controller.abort(this.#late());
          }, idleMs);
  }

  /** Waits for a sign of life. What ends the watch ends the wait, even if the work does not listen. */
  async wait<T>(work: Promise<T>): Promise<T> {
    this.#isWaiting = true;
    this.#timer?.refresh();
    try {
      // Heard here first: an exchange that fails of the abort fails after it.
      return await Promise.race([this.#over, work]);
    } finally {
      this.#isWaiting = false;
    }
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#caller.removeEventListener("abort", this.#follow);
    // Any reason will do, and to make one up costs more than the rest of this.
    this.#controller.abort(null);
  }
}

/** The error of a provider that was silent for too long; `extension` is the one whose setting that is. */
export const idleFailure = (provider: string, idleMs: number, extension: string): ClawError<"MODEL_IDLE"> =>
  new ClawError(
    "MODEL_IDLE",
    `${provider} said nothing for ${idleMs / 1000} s`,
    { provider },
    { retryable: true, fix: `wait longer: CLAW_STREAM_IDLE_TIMEOUT=30m, or config.${extension}.idleTimeoutMs in your settings` },
  );
