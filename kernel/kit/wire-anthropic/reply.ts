import type { ModelEvent } from "../../src/contracts/model.ts";
import { ClawError } from "../../src/errors.ts";
import type { IdleWatch } from "../idle-watch.ts";
import { type SseEvent, sseBatches } from "../sse.ts";
import { ReplyDecoder } from "./decode.ts";
import { deltaRuns } from "./delta-run.ts";
import { type FailureContext, responseFailure } from "./errors.ts";

const maxErrorBytes = 64 * 1024;
/** How long that is worth waiting for which comes after the last word: an error's body, the end of a stream that is whole. */
const errorBodyMs = 5_000;
const streamEndMs = 200;

/** The events of a Messages response, streamed as server-sent events; what went wrong is thrown. */
export async function* readReply(response: Response, watch: IdleWatch, context: FailureContext): AsyncGenerator<ModelEvent, void> {
  if (!response.ok) throw responseFailure(response.status, response.headers, await errorBody(response, watch), context);
  const type = response.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "text/event-stream";
  if (type !== "text/event-stream") throw noStream(type, response.status, context);
  const decoder = new ReplyDecoder(context, response.headers.get("request-id") ?? undefined);
  const reads = sseBatches(response.body ?? none(), deltaRuns());
  for (;;) {
    const batch = await next(reads, watch, decoder);
    if (batch === undefined) return;
    yield* decoder.push(batch);
    if (decoder.done) return drain(reads, watch);
  }
}

async function next(reads: AsyncGenerator<readonly SseEvent[], void>, watch: IdleWatch, decoder: ReplyDecoder): Promise<readonly SseEvent[] | undefined> {
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

async function errorBody(response: Response, watch: IdleWatch): Promise<string> {
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
