import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";

type Bytes = Uint8Array<ArrayBuffer>;

/** The one reading of a response's body: as a web stream, or all of it. Memory is bounded by what the reader takes. */
export class Body {
  #source: Source;
  #stream: ReadableStream<Bytes> | undefined;

  constructor(source: AsyncIterator<Bytes, undefined>) {
    this.#source = new Source(source);
  }

  get used(): boolean {
    return this.#source.used;
  }

  stream(): ReadableStream<Bytes> {
    return (this.#stream ??= streamOf(this.#source));
  }

  async bytes(): Promise<Bytes> {
    const source = this.#source;
    if (source.used || this.#stream?.locked === true) throw new TypeError("the body of this response has been read already");
    const pieces: Bytes[] = [];
    for (let next = await source.next(); next.done !== true; next = await source.next()) pieces.push(next.value);
    return joined(pieces);
  }

  /** Two readings of what this one had: itself and the one returned. The slower one's bytes wait in memory. */
  split(): Body {
    if (this.used) throw new TypeError("the body of this response has been read already");
    const [left, right] = this.stream().tee();
    this.#source = new Source(iteratorOf(left));
    this.#stream = undefined;
    return new Body(iteratorOf(right));
  }
}

/** An iterator that knows whether anything was taken from it. */
class Source {
  used = false;
  readonly #iterator: AsyncIterator<Bytes, undefined>;

  constructor(iterator: AsyncIterator<Bytes, undefined>) {
    this.#iterator = iterator;
  }

  next(): Promise<IteratorResult<Bytes, undefined>> {
    this.used = true;
    return this.#iterator.next();
  }

  async cancel(): Promise<void> {
    this.used = true;
    await this.#iterator.return?.();
  }
}

/** A web stream whose `for await` takes the bytes from the socket itself: a reply in small pieces spends a tenth of its time in the web's own. */
function streamOf(source: Source): ReadableStream<Bytes> {
  const stream = new ReadableStream<Bytes>(
    {
      async pull(controller) {
        const next = await source.next();
        if (next.done === true) controller.close();
        else controller.enqueue(next.value);
      },
      cancel: () => source.cancel(),
    },
    { highWaterMark: 0 },
  );
  const webs = stream[Symbol.asyncIterator].bind(stream);
  const own = (): AsyncIterator<Bytes, undefined> & AsyncIterable<Bytes> => ({
    next: () => source.next(),
    return: async () => {
      await source.cancel();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: own,
  });
  return Object.defineProperty(stream, Symbol.asyncIterator, { value: () => (stream.locked || source.used ? webs() : own()) });
}

/**
 * The bytes of a message, taken through `open` if that makes another stream of it; a failure of the connection is handed to
 * `failed`, which says what to throw.
 */
export function bytesOf(message: IncomingMessage, failed: (error: unknown) => unknown, open?: () => Promise<Readable>): AsyncIterator<Bytes, undefined> {
  const iterate = (stream: Readable): AsyncIterator<Bytes, undefined> => stream[Symbol.asyncIterator]() as AsyncIterator<Bytes, undefined>;
  let source = open === undefined ? iterate(message) : undefined;
  return {
    async next() {
      try {
        source ??= iterate((await open?.()) ?? message);
        return await source.next();
      } catch (error) {
        throw failed(error);
      }
    },
    async return() {
      message.destroy();
      await source?.return?.();
      return { done: true, value: undefined };
    },
  };
}

async function* iteratorOf(stream: ReadableStream<Bytes>): AsyncGenerator<Bytes, undefined> {
  for await (const bytes of stream) yield bytes;
  return undefined;
}

function joined(pieces: readonly Bytes[]): Bytes {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
