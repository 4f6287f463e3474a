import type { ClawError, ContentBlock, ModelEvent } from "@claw/kernel";
import {
  type FailureContext,
  type Fields,
  ReplyEvents,
  type SseEvent,
  type StreamDecoder,
  fieldOf,
  fieldsOf,
  stampedLuggage,
  stringOf,
} from "@claw/kernel/kit";
import { CallReader } from "./call-reader.ts";
import { chunkFailure } from "./google-failure.ts";
import { isBroken, stopReasonOf, usageOf } from "./reply-values.ts";

/** Text or thinking that goes on until something else comes. */
interface Run {
  readonly type: "text" | "reasoning";
  readonly pieces: string[];
}

/** The fields of a part that is nothing but text. */
const textFields: ReadonlySet<string> = new Set(["text", "thought", "thoughtSignature"]);

/** Reads one reply of generateContent's stream. Its chunk with a finish reason is the last. */
export class ReplyDecoder implements StreamDecoder<SseEvent> {
  readonly #context: FailureContext;
  readonly #calls: CallReader;
  readonly #events: ReplyEvents;
  #run: Run | undefined;
  #usage: unknown;
  #reported: unknown;
  #done = false;

  constructor(context: FailureContext, requestId: string | undefined) {
    this.#context = context;
    this.#events = new ReplyEvents(context, requestId);
    this.#calls = new CallReader(context);
  }

  /** True once a finish reason came: the reply is whole. */
  get done(): boolean {
    return this.#done;
  }

  /** What the chunks of one network read mean; deltas that follow one another are one. Throws what an error says, after what came before it. */
  push(batch: readonly SseEvent[]): Generator<ModelEvent, void> {
    return this.#events.of(() => {
      for (const { data } of batch) {
        if (this.#done) return;
        this.#read(data);
      }
    });
  }

  /** The error of a body that ended here; undefined when the reply is whole. */
  cut(cause?: unknown): ClawError | undefined {
    return this.#done ? undefined : this.#events.cut(cause);
  }

  #read(data: string): void {
    const chunk = this.#parse(data);
    if (fieldOf(Array.isArray(chunk) ? chunk[0] : chunk, "error") !== undefined) throw chunkFailure(data, this.#events.requestId, this.#context);
    const { responseId, usageMetadata, candidates, promptFeedback } = fieldsOf(chunk);
    if (stringOf(responseId) !== "") this.#events.requestId ??= stringOf(responseId);
    if (usageMetadata !== undefined) this.#count(usageMetadata);
    const candidate = Array.isArray(candidates) ? fieldsOf(candidates[0]) : {};
    const parts = fieldOf(candidate["content"], "parts");
    if (Array.isArray(parts)) for (const part of parts) this.#part(part);
    const reason = stringOf(candidate["finishReason"]);
    if (reason !== "" && reason !== "FINISH_REASON_UNSPECIFIED") this.#finish(reason, stringOf(candidate["finishMessage"]));
    else if (stringOf(fieldOf(promptFeedback, "blockReason")) !== "") this.#finish("SAFETY", "");
  }

  #part(value: unknown): void {
    const part = fieldsOf(value);
    const { text, thought, thoughtSignature } = part;
    if (typeof part["functionCall"] === "object" && part["functionCall"] !== null) {
      this.#run = undefined;
      for (const block of this.#calls.read(fieldsOf(part["functionCall"]), thoughtSignature, this.#events.requestId)) this.#block(block);
    } else if (typeof text === "string" && Object.keys(part).every((name) => textFields.has(name))) {
      this.#say(thought === true ? "reasoning" : "text", text);
      if (typeof thoughtSignature === "string" && thoughtSignature !== "") this.#sign(part, thoughtSignature);
    } else if (Object.keys(part).length > 0) {
      this.#run = undefined;
      this.#block({ type: "unknown", luggage: this.#luggage({ part }) });
    }
  }

  #say(type: Run["type"], text: string): void {
    if (this.#run?.type !== type) this.#run = { type, pieces: [] };
    if (text === "") return;
    this.#run.pieces.push(text);
    this.#events.show(`${type}-delta`, text);
  }

  /** A signature ends what it signs. Text that is nothing by itself, and would not be kept as such, is kept as the part it came as. */
  #sign(part: Fields, thoughtSignature: string): void {
    const { type, pieces } = this.#run as Run;
    const text = pieces.join("");
    this.#run = undefined;
    if (type === "text" && text.trim() === "") this.#block({ type: "unknown", luggage: this.#luggage({ part: { ...part, text } }) });
    else this.#block({ type, text, luggage: this.#luggage({ thoughtSignature }) });
  }

  #finish(reason: string, message: string): void {
    if (isBroken(reason)) throw this.#events.invalid(`${reason}${message === "" ? "" : `: ${message.slice(0, 200)}`}`);
    this.#run = undefined;
    for (const block of this.#calls.end()) this.#block(block);
    this.#report();
    this.#done = true;
    this.#events.end(stopReasonOf(reason, this.#calls.count > 0));
  }

  /** Counts are cumulative, and in every chunk: the first are of use should the stream be cut. */
  #count(usage: unknown): void {
    this.#usage = usage;
    if (this.#reported === undefined) this.#report();
  }

  #report(): void {
    if (this.#usage === this.#reported) return;
    this.#reported = this.#usage;
    this.#events.emit({ type: "usage", usage: usageOf(this.#usage) });
  }

  #block(block: ContentBlock): void {
    this.#events.emit({ type: "block", block });
  }

  #luggage(fields: Fields): ReturnType<typeof stampedLuggage> {
    return stampedLuggage(this.#context.provider, this.#context.model, fields);
  }

  #parse(data: string): unknown {
    try {
      return JSON.parse(data) as unknown;
    } catch (cause) {
      throw this.#events.invalid("a chunk is no JSON", cause);
    }
  }
}
