import type { ModelEvent, StopReason } from "../../src/contracts/model.ts";
import type { ClawError } from "../../src/errors.ts";
import type { FailureContext } from "../model-failure.ts";
import type { SseEvent } from "../sse.ts";
import type { StreamDecoder } from "../sse-reply.ts";
import { ChatCalls } from "./chat-calls.ts";
import { chatRun } from "./chat-run.ts";
import { openaiEventFailure } from "./errors.ts";
import { ReplyEvents } from "../reply-events.ts";
import { type Fields, fieldsOf, listOf, stringOf } from "../json-object.ts";
import { usageOf } from "./reply-values.ts";

export interface ChatDecodeOptions {
  /** The server may end its stream after the reason why the reply stopped, without `[DONE]`. */
  readonly endsWithoutDone?: boolean;
}

/** Reads one reply of a chat completion that is streamed. A reply's calls come after its text, for the wire does not say where they stood. */
export class ChatDecoder implements StreamDecoder<SseEvent> {
  readonly #context: FailureContext;
  readonly #requestId: string | undefined;
  readonly #endsWithoutDone: boolean;
  readonly #events: ReplyEvents;
  readonly #calls = new ChatCalls();
  #usage: Fields | undefined;
  #finishReason: string | undefined;
  /** Text or a call has come. */
  #hasSaid = false;
  #hasRefused = false;
  #done = false;

  constructor(context: FailureContext, requestId: string | undefined, { endsWithoutDone = false }: ChatDecodeOptions = {}) {
    this.#context = context;
    this.#requestId = requestId;
    this.#endsWithoutDone = endsWithoutDone;
    this.#events = new ReplyEvents(context, requestId);
  }

  /** True once `[DONE]` came: the reply is whole. */
  get done(): boolean {
    return this.#done;
  }

  /** What the chunks of one network read mean; deltas that follow one another are one. Throws what an error among them means, after what came before it. */
  push(batch: readonly SseEvent[]): Generator<ModelEvent, void> {
    return this.#events.of(() => {
      for (const event of batch) {
        if (this.#done) return;
        if (event.run === true) this.#readRun(event.data);
        else this.#read(event);
      }
    });
  }

  /** The error of a body that ended here; undefined when the reply is whole. */
  cut(cause?: unknown): ClawError | undefined {
    return this.#done ? undefined : this.#events.cut(cause);
  }

  /** The end of a reply whose server may leave out `[DONE]`, once its body ended; nothing if the reply is not whole without it. */
  close(): Generator<ModelEvent, void> {
    return this.#events.of(() => {
      if (!this.#done && this.#endsWithoutDone && this.#finishReason !== undefined) this.#end();
    });
  }

  #readRun(text: string): void {
    const run = chatRun(text);
    if (run === undefined) throw this.#events.invalid("an event is no JSON");
    const [field = "", index] = run.about;
    if (index !== undefined) this.#require(this.#calls.addArguments(Number(index), run.text));
    else {
      this.#hasSaid ||= field === "content";
      this.#events.show(field === "content" ? "text-delta" : "reasoning-delta", run.text);
    }
  }

  #read({ data, event }: SseEvent): void {
    if (data.trim() === "[DONE]") {
      // A server that leaves out other things leaves out this one too; what came is what there is.
      if (this.#finishReason === undefined && !(this.#endsWithoutDone && this.#hasSaid)) throw this.#events.cut();
      return this.#end();
    }
    const chunk = this.#events.parse(data);
    if (event === "error" || isFailure(chunk)) throw openaiEventFailure(data, this.#requestId, this.#context);
    const usage = fieldsOf(chunk["usage"]);
    if (Object.keys(usage).length > 0) this.#usage = usage;
    for (const choice of listOf(chunk["choices"])) this.#readChoice(fieldsOf(choice));
  }

  #readChoice({ index, delta, finish_reason: reason }: Fields): void {
    // One was asked for.
    if (typeof index === "number" && index !== 0) return;
    const { content, refusal, reasoning, thinking, reasoning_content: thought, tool_calls: calls, function_call: call } = fieldsOf(delta);
    if (stringOf(content) !== "" || Array.isArray(content) || listOf(calls).length > 0) this.#hasSaid = true;
    this.#events.show("reasoning-delta", [thought, reasoning, thinking].map(stringOf).find((words) => words !== "") ?? "");
    this.#events.show("text-delta", Array.isArray(content) ? content.map((part) => stringOf(fieldsOf(part)["text"])).join("") : stringOf(content));
    if (stringOf(refusal) !== "") this.#hasRefused = true;
    this.#events.show("text-delta", stringOf(refusal));
    for (const piece of listOf(calls)) this.#require(this.#calls.add(fieldsOf(piece)));
    if (Object.keys(fieldsOf(call)).length > 0) this.#require(this.#calls.add({ function: call }));
    if (typeof reason === "string" && reason !== "") this.#finishReason = reason;
  }

  #end(): void {
    this.#done = true;
    const { provider, model } = this.#context;
    for (const block of this.#calls.blocks(provider, model)) this.#events.emit({ type: "block", block });
    if (this.#usage !== undefined) this.#events.emit({ type: "usage", usage: usageOf(this.#usage) });
    this.#events.end(stopReasonOf(this.#finishReason, !this.#calls.isEmpty, this.#hasRefused));
  }

  #require(wrong: string | undefined): void {
    if (wrong !== undefined) throw this.#events.invalid(wrong);
  }
}

const isFailure = ({ error, object, type }: Fields): boolean =>
  (typeof error === "string" && error !== "") || Object.keys(fieldsOf(error)).length > 0 || object === "error" || type === "error";

/** A call that was required ends with `stop` like a text. A reason that we do not know is taken by what the reply holds. */
function stopReasonOf(reason: string | undefined, hasCalls: boolean, hasRefused: boolean): StopReason {
  switch (reason) {
    case "length":
      return "length";
    case "tool_calls":
    case "function_call":
      return "tool-calls";
    case "content_filter":
      return "refusal";
    default:
      if (hasCalls) return "tool-calls";
      return hasRefused ? "refusal" : "stop";
  }
}
