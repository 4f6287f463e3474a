/** What a slow reader has not taken yet; the oldest of more is dropped. */
const mostWaiting = 256;

/** Values for any number of readers, each from when it began to read. */
export class Changes<T> {
  readonly #readers = new Set<(value: T) => void>();

  say(value: T): void {
    for (const reader of this.#readers) reader(value);
  }

  read(signal: AbortSignal): AsyncIterable<T> {
    const waiting: T[] = [];
    let wake = (): void => undefined;
    const hear = (value: T): void => {
      waiting.push(value);
      if (waiting.length > mostWaiting) waiting.shift();
      wake();
    };
    this.#readers.add(hear);
    const readers = this.#readers;
    return (async function* () {
      const stop = (): void => wake();
      signal.addEventListener("abort", stop, { once: true });
      try {
        for (;;) {
          const next = waiting.shift();
          if (next !== undefined) yield next;
          else if (signal.aborted) return;
          else await new Promise<void>((resolve) => (wake = resolve));
        }
      } finally {
        signal.removeEventListener("abort", stop);
        readers.delete(hear);
      }
    })();
  }
}
