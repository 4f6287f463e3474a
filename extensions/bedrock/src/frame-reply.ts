import { ClawError, type ModelEvent } from "@claw/kernel";
import { type FailureContext, type IdleWatch, errorBody, readBatches, requestIdOf } from "@claw/kernel/kit";
import { ConverseDecoder } from "./converse-decode.ts";
import { eventFrames } from "./event-frames.ts";
import { responseFailure } from "./failures.ts";
import { ChunkDecoder } from "./messages-decode.ts";

/** The events of a response that is streamed in AWS's binary messages; what went wrong is thrown. */
export async function* readFrames(
  response: Response,
  watch: IdleWatch,
  context: FailureContext,
  wire: "converse" | "messages",
): AsyncGenerator<ModelEvent, void> {
  const { status, headers } = response;
  const { provider, addressFix } = context;
  if (!response.ok) throw responseFailure(status, headers, await errorBody(response, watch), context);
  const expected = "application/vnd.amazon.eventstream";
  const type = headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? expected;
  if (type !== expected) {
    const fix = addressFix === undefined ? {} : { fix: addressFix };
    throw new ClawError("MODEL_STREAM_INVALID", `${provider} answered with ${type} instead of a stream`, { provider, status }, fix);
  }
  const requestId = requestIdOf(headers);
  const decoder = wire === "converse" ? new ConverseDecoder(context, requestId) : new ChunkDecoder(context, requestId);
  const body: AsyncIterable<Uint8Array> = response.body ?? nothing();
  yield* readBatches(eventFrames(body, provider), watch, decoder);
}

async function* nothing(): AsyncGenerator<Uint8Array, void> {
  // A response without a body.
}
