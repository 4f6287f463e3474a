import { ClawError, type ModelEvent } from "@claw/kernel";
import { checkedEvent } from "./checked-event.ts";
import type { Timing } from "./timing.ts";

export interface Watch {
  /** The address asked, for messages. */
  readonly address: string;
  readonly idleTimeoutMs: number;
  readonly timing: Timing;
}

/** How long a provider may take to finish after it has said that it is done; its connection is kept if it does. */
const afterEndMs = 1000;

interface Waiting {
  readonly reject: (reason: unknown) => void;
  readonly since: number;
  readonly limitMs: number;
}

/**
 * What a provider streams, held to the contract: events of known shape, an `end` at the end, no silence beyond the limit, no word
 * after an abort. A provider that does not listen is left behind; its own signal tells it. Disposing lets go of it.
 */
export class WatchedStream implements Disposable {
  readonly #watch: Watch;
  readonly #signal: AbortSignal;
  readonly #own = new AbortController();
  readonly #iterator: AsyncIterator<ModelEvent, unknown>;
  #waiting: Waiting | undefined;
  #disarm: (() => void) | undefined;
  #armedMs = Infinity;
  #finished = false;

  constructor(open: (signal: AbortSignal) => AsyncIterable<ModelEvent>, watch: Watch, signal: AbortSignal) {
    signal.throwIfAborted();
    this.#watch = watch;
    this.#signal = signal;
    this.#iterator = open(this.#own.signal)[Symbol.asyncIterator]();
    signal.addEventListener("abort", this.#abort, { once: true });
  }

  /** The next event. Throws when there is none: a reply ends with its `end`. */
  next(): Promise<ModelEvent> {
    return this.#pull(this.#watch.idleTimeoutMs, ({ done, value }) => {
      if (done !== true) return checkedEvent(value, this.#watch.address);
      throw new ClawError("MODEL_STREAM_CUT", `${this.#watch.address} broke off its reply`, {}, { retryable: true });
    });
  }

  /** After `end`: lets the provider come to its own end. */
  async finish(): Promise<void> {
    await this.#pull(afterEndMs, () => undefined).catch(() => undefined);
  }

  [Symbol.dispose](): void {
    this.#signal.removeEventListener("abort", this.#abort);
    this.#disarm?.();
    this.#disarm = undefined;
    if (this.#finished) return;
    this.#own.abort(new DOMException("nobody reads this reply any more", "AbortError"));
    void this.#iterator.return?.().catch(() => undefined);
  }

  readonly #abort = (): void => {
    this.#waiting?.reject(this.#signal.reason);
    this.#own.abort(this.#signal.reason);
  };

  #pull<T>(limitMs: number, take: (result: IteratorResult<ModelEvent, unknown>) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#signal.throwIfAborted();
      this.#waiting = { reject, since: this.#watch.timing.clock(), limitMs };
      // One timer serves all events: to arm one for each would cost more than the event.
      if (this.#disarm === undefined || limitMs < this.#armedMs) this.#arm(limitMs);
      const settled = (finished: boolean): void => {
        this.#waiting = undefined;
        this.#finished = finished;
      };
      this.#iterator.next().then(
        (result) => {
          settled(result.done === true);
          try {
            resolve(take(result));
          } catch (error) {
            reject(error);
          }
        },
        (error: unknown) => {
          settled(true);
          reject(error);
        },
      );
    });
  }

  #arm(ms: number): void {
    this.#disarm?.();
    this.#armedMs = ms;
    this.#disarm = this.#watch.timing.after(ms, () => {
      this.#disarm = undefined;
      if (this.#waiting === undefined) return;
      const { since, limitMs, reject } = this.#waiting;
      const left = since + limitMs - this.#watch.timing.clock();
      if (left > 0) this.#arm(left);
      else {
        const fix = "wait longer: models.idleTimeoutMs in your settings";
        reject(new ClawError("MODEL_IDLE", `${this.#watch.address} has said nothing for ${limitMs / 1000} s`, {}, { retryable: true, fix }));
      }
    });
  }
}
