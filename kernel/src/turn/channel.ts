/** Hands values from work that runs on to one reader. Values marked droppable give way, oldest first, when the reader is slow. */
export class Channel<T> implements AsyncIterable<T> {
  readonly #values: { readonly value: T; readonly droppable: boolean }[] = [];
  readonly #most: number;
  #wake: (() => void) | undefined;
  #closed = false;

  /** `most`: how many droppable values may wait. */
  constructor(most: number) {
    this.#most = most;
  }

  push(value: T, droppable: boolean = false): void {
    if (this.#closed) return;
    if (droppable && this.#values.filter((one) => one.droppable).length >= this.#most) {
      this.#values.splice(
        this.#values.findIndex((one) => one.droppable),
        1,
      );
    }
    this.#values.push({ value, droppable });
    this.#wake?.();
  }

  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void> {
    for (;;) {
      const next = this.#values.shift();
      if (next !== undefined) {
        yield next.value;
      } else if (this.#closed) {
        return;
      } else {
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#wake = resolve;
        await promise;
        this.#wake = undefined;
      }
    }
  }
}
