import type { Readable } from "node:stream";
import type { Running } from "@claw/kernel";

type Chunk = Running["output"] extends AsyncIterable<infer T> ? T : never;

/** What may wait for a slow reader before the pipes, and with them the program, are paused. */
const QUEUE_BYTES = 256 * 1024;
/** What a chunk costs beside its bytes. */
const CHUNK_COST = 256;
/** More than a pipe can hold: what comes after so much was written after the program's end, by somebody else. */
const LEFTOVER_BYTES = 1024 * 1024;

export interface Output {
  /** Chunks in the order in which they arrived; ends when every pipe has. A reader that stops early closes the pipes. */
  readonly chunks: AsyncIterable<Chunk>;
  /** Resolves when nothing more can arrive. */
  readonly closed: Promise<void>;
  /** The program has ended: what it left in the pipes is still read, but whoever else holds them is waited for only so long. */
  finish(graceMs: number): void;
  close(): void;
}

/** The pipes of a program as one bounded queue: a slow reader pauses the pipes, and a full pipe stops the program. */
export function openOutput(sources: readonly (readonly [Chunk["stream"], Readable])[], see?: (bytes: Uint8Array) => void): Output {
  const queue: Chunk[] = [];
  let held = 0;
  let open = sources.length;
  let paused = false;
  let leftover: { bytes: number; graceMs: number } | undefined;
  let timer: NodeJS.Timeout | undefined;
  let wake = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  if (open === 0) closed.resolve();

  const pipes = sources.map(([, pipe]) => pipe);
  const nudge = (): void => {
    wake.resolve();
    wake = Promise.withResolvers<void>();
  };
  const close = (): void => {
    clearTimeout(timer);
    open = 0;
    closed.resolve();
    for (const pipe of pipes) pipe.destroy();
    nudge();
  };
  const armGrace = (): void => {
    clearTimeout(timer);
    if (leftover === undefined || open <= 0 || paused) return;
    // The turn of the event loop after the timer reads what the pipes hold, however long the loop was busy before.
    timer = setTimeout(
      () =>
        setImmediate(() => {
          if (!paused) close();
        }),
      leftover.graceMs,
    );
  };
  const resume = (): void => {
    if (!paused) return;
    paused = false;
    for (const pipe of pipes) pipe.resume();
    armGrace();
  };

  for (const [stream, pipe] of sources) {
    pipe.on("data", (bytes: Buffer) => {
      see?.(bytes);
      queue.push({ stream, bytes });
      held += bytes.length + CHUNK_COST;
      if (held > QUEUE_BYTES) {
        paused = true;
        for (const each of pipes) each.pause();
      }
      if (leftover !== undefined && (leftover.bytes += bytes.length) > LEFTOVER_BYTES) close();
      else nudge();
    });
    pipe.on("error", () => pipe.destroy()); // A broken pipe is an end: there is nothing more to read.
    pipe.on("close", () => {
      open -= 1;
      if (open <= 0) close();
      else nudge();
    });
  }

  async function* read(): AsyncGenerator<Chunk, void> {
    try {
      for (;;) {
        const chunk = queue.shift();
        if (chunk !== undefined) {
          held -= chunk.bytes.length + CHUNK_COST;
          if (held <= QUEUE_BYTES / 2) resume();
          yield chunk;
        } else if (open <= 0) return;
        else await wake.promise;
      }
    } finally {
      close();
    }
  }

  return {
    chunks: read(),
    closed: closed.promise,
    finish(graceMs) {
      leftover = { bytes: 0, graceMs };
      armGrace();
    },
    close,
  };
}
