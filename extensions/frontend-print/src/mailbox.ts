/** So many messages may wait for their turn before the sender has to. */
const mostWaiting = 64;

/** Hands values from one task to another, in order. The sender waits while too many wait; an end or a failure comes after them. */
export class Mailbox<T> implements AsyncIterable<T> {
  readonly #waiting: T[] = [];
  #end: { readonly error?: unknown } | undefined;
  #changed = Promise.withResolvers<void>();

  /** Resolves when there is room for another. */
  async send(value: T): Promise<void> {
    this.#waiting.push(value);
    this.#wake();
    while (this.#waiting.length >= mostWaiting && this.#end === undefined) await this.#changed.promise;
  }

  /** No more values; with an error, whoever takes them gets it after the last. */
  close(end: { readonly error?: unknown } = {}): void {
    this.#end ??= end;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void> {
    for (;;) {
      const value = this.#waiting.shift();
      if (value !== undefined) {
        this.#wake();
        yield value;
      } else if (this.#end !== undefined) {
        if ("error" in this.#end) throw this.#end.error;
        return;
      } else {
        await this.#changed.promise;
      }
    }
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}
