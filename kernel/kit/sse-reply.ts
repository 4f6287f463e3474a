import type { ModelEvent } from "../src/contracts/model.ts";
import { ClawError } from "../src/errors.ts";
import type { IdleWatch } from "./idle-watch.ts";
import type { FailureContext } from "./model-failure.ts";
import { type SseEvent, sseBatches } from "./sse.ts";

/** Makes a reply of the events of one stream. */
export interface StreamDecoder<T> {
  /** What the events of one network read mean. Throws what a failure among them means, after what came before it. */
  push(batch: readonly T[]): Iterable<ModelEvent>;
  /** True once the reply is whole. */
  readonly done: boolean;
  /** The error of a stream that ended here; undefined when the reply is whole. */
  cut(cause?: unknown): ClawError | undefined;
}

const maxErrorBytes = 64 * 1024;
/** How long that is worth waiting for which comes after the last word: an error's body, the end of a stream that is whole. */
const errorBodyMs = 5_000;
const streamEndMs = 200;

export interface SseWire {
  readonly decoder: StreamDecoder<SseEvent>;
  /** The error of a response that is no reply. */
  refused(status: number, headers: Headers, body: string): ClawError;
  /** Events that may be handed on together (sse.ts). */
  readonly runs?: RegExp;
}

/** The events of a response that is streamed as server-sent events; what went wrong is thrown. */
export async function* readSse(
  response: Response,
  watch: IdleWatch,
  context: FailureContext,
  wire: (response: Response) => SseWire,
): AsyncGenerator<ModelEvent, void> {
  const { decoder, refused, runs } = wire(response);
  if (!response.ok) throw refused(response.status, response.headers, await errorBody(response, watch));
  const type = response.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "text/event-stream";
  if (type !== "text/event-stream") throw noStream(type, response.status, context);
  yield* readBatches(sseBatches(response.body ?? none(), runs), watch, decoder);
}

/** The events of a stream whose network reads come as batches; what went wrong is thrown. */
export async function* readBatches<T>(
  reads: AsyncGenerator<readonly T[], void>,
  watch: IdleWatch,
  decoder: StreamDecoder<T>,
): AsyncGenerator<ModelEvent, void> {
  for (;;) {
    const batch = await next(reads, watch, decoder);
    if (batch === undefined) return;
    yield* decoder.push(batch);
    if (decoder.done) return drain(reads, watch);
  }
}

async function next<T>(reads: AsyncGenerator<readonly T[], void>, watch: IdleWatch, decoder: StreamDecoder<T>): Promise<readonly T[] | undefined> {
  try {
    const read = await watch.wait(reads.next());
    if (read.done !== true) return read.value;
  } catch (error) {
    if (watch.signal.aborted || ClawError.is(error, "MODEL_STREAM_INVALID")) throw error;
    throw decoder.cut(error);
  }
  throw decoder.cut();
}

/** A connection is used again only when its last response was read to the end. */
async function drain(reads: AsyncGenerator<unknown, void>, watch: IdleWatch): Promise<void> {
  watch.limit(streamEndMs);
  try {
    while ((await watch.wait(reads.next())).done !== true);
  } catch {
    // The reply is whole, whatever becomes of its connection.
  }
}

/** The beginning of the body of a response that is no reply. */
export async function errorBody(response: Response, watch: IdleWatch): Promise<string> {
  watch.limit(errorBodyMs);
  const pieces: Uint8Array[] = [];
  let length = 0;
  const body: AsyncIterable<Uint8Array> = response.body ?? none();
  const reads = body[Symbol.asyncIterator]();
  try {
    while (length < maxErrorBytes) {
      const read = await watch.wait(reads.next());
      if (read.done === true) break;
      pieces.push(read.value);
      length += read.value.length;
    }
  } catch {
    // The status says enough.
  }
  return Buffer.concat(pieces).subarray(0, maxErrorBytes).toString("utf8");
}

const noStream = (type: string, status: number, { provider, addressFix }: FailureContext): ClawError =>
  new ClawError(
    "MODEL_STREAM_INVALID",
    `${provider} answered with ${type} instead of a stream`,
    { provider, status },
    addressFix === undefined ? {} : { fix: addressFix },
  );

async function* none(): AsyncGenerator<Uint8Array, void> {
  // A response without a body.
}
