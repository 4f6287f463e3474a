import type { ModelEvent } from "../../src/contracts/model.ts";
import type { ClawError } from "../../src/errors.ts";
import { type Fields, fieldsOf, stringOf } from "../json-object.ts";
import type { FailureContext } from "../model-failure.ts";
import { ReplyEvents } from "../reply-events.ts";
import type { SseEvent } from "../sse.ts";
import type { StreamDecoder } from "../sse-reply.ts";
import { deltaRun } from "./delta-run.ts";
import { eventFailure } from "./errors.ts";
import { blockOf, stopReasonOf, usageOf } from "./reply-values.ts";

/** A content block on its way. */
interface OpenBlock {
  readonly type: string;
  /** What it holds besides text and tool input. */
  readonly fields: Record<string, unknown>;
  readonly json: string[];
  jsonLength: number;
  /** A thinking block's whole text: it goes back as it came. */
  readonly thoughts: string[];
  /** Deltas that wait for an earlier block to end. */
  readonly waiting: string[];
  closed: boolean;
}

const maxInputLength = 16 * 1024 * 1024;

/** Reads one reply of the Messages API. Blocks come out in the order in which they began, however their deltas interleave. */
export class ReplyDecoder implements StreamDecoder<SseEvent> {
  readonly #context: FailureContext;
  /** By index, in the order in which they began. */
  readonly #open = new Map<number, OpenBlock>();
  /** The first open block: its deltas go out at once. */
  #first: OpenBlock | undefined;
  readonly #events: ReplyEvents;
  #usage: Fields = {};
  #stopReason: unknown;
  #hasCalls = false;
  #done = false;

  constructor(context: FailureContext, requestId: string | undefined) {
    this.#context = context;
    this.#events = new ReplyEvents(context, requestId);
  }

  /** True once `message_stop` came: the reply is whole. */
  get done(): boolean {
    return this.#done;
  }

  /**
   * What the stream events of one network read mean; deltas that follow one another are one. Throws what an `error` event
   * says, and what makes no sense, after what came before it.
   */
  push(batch: readonly SseEvent[]): Generator<ModelEvent, void> {
    return this.#events.of(() => {
      for (const { data, run } of batch) {
        if (this.#done) return;
        if (run === true) this.#readRun(data);
        else this.#read(data);
      }
    });
  }

  /** The error of a body that ended here; undefined when the reply is whole. */
  cut(cause?: unknown): ClawError | undefined {
    return this.#done ? undefined : this.#events.cut(cause);
  }

  #readRun(text: string): void {
    const run = deltaRun(text);
    if (run === undefined) throw this.#events.invalid("an event is no JSON");
    this.#add(this.#block(run.index), run.type, run.delta);
  }

  #read(data: string): void {
    const event = this.#events.parse(data);
    switch (event["type"]) {
      case "message_start":
        this.#count(fieldsOf(fieldsOf(event["message"])["usage"]));
        return this.#report();
      case "content_block_start":
        return this.#begin(event["index"], fieldsOf(event["content_block"]));
      case "content_block_delta": {
        const { type, ...delta } = fieldsOf(event["delta"]);
        return this.#add(this.#block(event["index"]), type, delta);
      }
      case "content_block_stop":
        this.#block(event["index"]).closed = true;
        return this.#advance();
      case "message_delta":
        this.#stopReason = fieldsOf(event["delta"])["stop_reason"] ?? this.#stopReason;
        return this.#count(fieldsOf(event["usage"]));
      case "message_stop":
        return this.#end();
      case "error":
        throw eventFailure(data, this.#events.requestId, this.#context);
      default:
        // `ping`, and whatever a later version of the API adds.
        return undefined;
    }
  }

  #begin(index: unknown, { type, ...fields }: Fields): void {
    if (typeof index !== "number" || this.#open.has(index)) throw this.#events.invalid(`block ${shown(index)} begins twice`);
    const block: OpenBlock = { type: stringOf(type), fields: { ...fields }, json: [], jsonLength: 0, thoughts: [], waiting: [], closed: false };
    this.#open.set(index, block);
    this.#first ??= block;
    if (block.type === "text" && stringOf(fields["text"]) !== "") this.#text(block, stringOf(fields["text"]));
    if (block.type === "thinking" && stringOf(fields["thinking"]) !== "") this.#text(block, stringOf(fields["thinking"]));
  }

  #add(block: OpenBlock, type: unknown, delta: Fields): void {
    if (type === "text_delta" && block.type === "text") return this.#text(block, stringOf(delta["text"]));
    if (type === "thinking_delta" && block.type === "thinking") return this.#text(block, stringOf(delta["thinking"]));
    if (type === "input_json_delta") {
      const piece = stringOf(delta["partial_json"]);
      block.jsonLength += piece.length;
      if (block.jsonLength > maxInputLength) throw this.#events.invalid(`the input of a tool is over ${maxInputLength} characters`);
      block.json.push(piece);
      return;
    }
    for (const [name, value] of Object.entries(delta)) {
      const before = block.fields[name];
      block.fields[name] = typeof before === "string" && typeof value === "string" ? before + value : value;
    }
  }

  #text(block: OpenBlock, text: string): void {
    if (block.type === "thinking") block.thoughts.push(text);
    if (block === this.#first) this.#show(block, text);
    else block.waiting.push(text);
  }

  #show(block: OpenBlock, text: string): void {
    this.#events.show(block.type === "thinking" ? "reasoning-delta" : "text-delta", text);
  }

  /** Lets out what no longer waits for an earlier block. */
  #advance(): void {
    for (const [index, block] of this.#open) {
      this.#first = block;
      if (block.waiting.length > 0) this.#show(block, block.waiting.splice(0).join(""));
      if (!block.closed) return;
      this.#open.delete(index);
      const whole = blockOf(block.type, block.fields, block.thoughts, block.json.join(""), this.#context);
      if (whole !== undefined) this.#events.emit({ type: "block", block: whole });
      if (whole?.type === "tool-call") this.#hasCalls = true;
    }
    this.#first = undefined;
  }

  #end(): void {
    if (this.#open.size > 0) throw this.#events.invalid("the reply ends inside a block");
    this.#report();
    this.#done = true;
    this.#events.end(stopReasonOf(this.#stopReason, this.#hasCalls));
  }

  /** Counts are cumulative: a later number replaces an earlier one, and null says nothing. */
  #count(usage: Fields): void {
    this.#usage = { ...this.#usage, ...Object.fromEntries(Object.entries(usage).filter(([, value]) => value !== null && value !== undefined)) };
  }

  #report(): void {
    if (Object.keys(this.#usage).length > 0) this.#events.emit({ type: "usage", usage: usageOf(this.#usage) });
  }

  #block(index: unknown): OpenBlock {
    const block = typeof index === "number" ? this.#open.get(index) : undefined;
    if (block === undefined || block.closed) throw this.#events.invalid(`block ${shown(index)} is not open`);
    return block;
  }
}

/** What came in the place of a number, for a message. */
const shown = (value: unknown): string => (JSON.stringify(value) ?? "undefined").slice(0, 50);
