import { ClawError, type ModelEvent } from "@claw/kernel";
import { type FailureContext, ReplyDecoder, type SseEvent, type StreamDecoder, fieldOf, parsedBody } from "@claw/kernel/kit";
import type { EventFrame } from "./event-frames.ts";
import { frameFailure } from "./failures.ts";

/** Reads one reply of Claude's over InvokeModelWithResponseStream: each `chunk` wraps an event of the Messages API. */
export class ChunkDecoder implements StreamDecoder<EventFrame> {
  readonly #context: FailureContext;
  readonly #requestId: string | undefined;
  readonly #reply: ReplyDecoder;

  constructor(context: FailureContext, requestId: string | undefined) {
    this.#context = context;
    this.#requestId = requestId;
    this.#reply = new ReplyDecoder(context, requestId);
  }

  get done(): boolean {
    return this.#reply.done;
  }

  *push(batch: readonly EventFrame[]): Generator<ModelEvent, void> {
    const events: SseEvent[] = [];
    let failure: ClawError | undefined;
    for (const frame of batch) {
      if (frame.kind !== "event") failure = frameFailure(frame, this.#requestId, this.#context);
      else if (frame.name === "chunk") {
        const data = chunkText(frame.body);
        if (data === undefined) failure = this.#invalid();
        else events.push({ data });
      }
      if (failure !== undefined) break;
    }
    yield* this.#reply.push(events);
    if (failure !== undefined && !this.#reply.done) throw failure;
  }

  cut(cause?: unknown): ClawError | undefined {
    return this.#reply.cut(cause);
  }

  #invalid(): ClawError {
    const { provider } = this.#context;
    return new ClawError("MODEL_STREAM_INVALID", `${provider} sent a stream that makes no sense: a chunk holds no bytes`, { provider }, { retryable: true });
  }
}

const opening = '{"bytes":"';

/** The JSON that a chunk wraps: `{"bytes":"<base64>","p":"<padding>"}`. */
function chunkText(body: string): string | undefined {
  // As Bedrock writes it; base64 needs no escapes.
  if (body.startsWith(opening)) return Buffer.from(body.slice(opening.length, body.indexOf('"', opening.length)), "base64").toString("utf8");
  const bytes = fieldOf(parsedBody(body), "bytes");
  return typeof bytes === "string" ? Buffer.from(bytes, "base64").toString("utf8") : undefined;
}
