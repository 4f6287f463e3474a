import { setImmediate } from "node:timers/promises";
import { ClawError, type Terminal } from "@claw/kernel";

/** So much may wait to be written before who prints has to wait, too. */
const mostWaiting = 64 * 1024;

/**
 * Standard output in batches: what comes in one turn of the event loop is one write. Once the reader is gone nothing is
 * written any more, and `closed` aborts.
 */
export class Output {
  readonly #terminal: Terminal;
  readonly #closed = new AbortController();
  #waiting = "";
  #writing: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** Answers a promise only when the reader is slower than what comes. */
  add(text: string): Promise<void> | undefined {
    if (text === "" || this.closed.aborted) return undefined;
    this.#waiting += text;
    this.#writing ??= this.#drain();
    return this.#waiting.length > mostWaiting ? this.flush() : undefined;
  }

  /** One JSON value a line. */
  line(record: object): Promise<void> | undefined {
    return this.add(`${JSON.stringify(record)}\n`);
  }

  /** Resolves once everything is written. */
  async flush(): Promise<void> {
    await this.#writing;
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async #drain(): Promise<void> {
    try {
      do {
        await setImmediate();
        const text = this.#waiting;
        this.#waiting = "";
        await this.#terminal.write(text);
      } while (this.#waiting !== "");
    } catch (error) {
      if (!ClawError.is(error, "OUTPUT_CLOSED")) this.#failure = { error };
      this.#waiting = "";
      this.#closed.abort(error);
    } finally {
      this.#writing = undefined;
    }
  }
}
