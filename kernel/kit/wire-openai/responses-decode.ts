import type { ModelEvent, StopReason } from "../../src/contracts/model.ts";
import type { ClawError } from "../../src/errors.ts";
import type { FailureContext } from "../model-failure.ts";
import type { SseEvent } from "../sse.ts";
import type { StreamDecoder } from "../sse-reply.ts";
import { openaiEventFailure } from "./errors.ts";
import { ReplyEvents } from "../reply-events.ts";
import { type Fields, fieldsOf, listOf, stringOf } from "../json-object.ts";
import { usageOf } from "./reply-values.ts";
import { betweenParts, blockOf, hasRefusal, textOfItem } from "./response-items.ts";
import { responsesRun } from "./responses-run.ts";

/** An item on its way. */
interface OpenItem {
  /** What is known of it so far. */
  fields: Fields;
  /** Its text, or the arguments of a call. */
  readonly pieces: string[];
  length: number;
  /** The part that the last delta was for. */
  part: string;
  /** Deltas that wait for an earlier item to end. */
  readonly waiting: string[];
  closed: boolean;
}

const maxLength = 16 * 1024 * 1024;
const maxItems = 4096;

/** Which item a delta is for, where nothing said what begins. */
const typeOfKind: Readonly<Record<string, string>> = {
  output_text: "message",
  refusal: "message",
  reasoning_text: "reasoning",
  reasoning_summary_text: "reasoning",
  function_call_arguments: "function_call",
};

/** Reads one reply of the Responses API. Items come out in the order in which they began, however their deltas interleave. */
export class ResponsesDecoder implements StreamDecoder<SseEvent> {
  readonly #context: FailureContext;
  readonly #requestId: string | undefined;
  /** By their index in the output; a closed one stays, so that it is not read twice. */
  readonly #items = new Map<number, OpenItem>();
  /** Those that are not out yet, in the order in which they began. The deltas of the first go out at once. */
  readonly #queue: OpenItem[] = [];
  readonly #events: ReplyEvents;
  /** What was shown since the last block and is no block of its own. */
  #loose: { readonly type: "text" | "reasoning"; readonly text: string } | undefined;
  #hasCalls = false;
  #hasRefused = false;
  #done = false;

  constructor(context: FailureContext, requestId: string | undefined) {
    this.#context = context;
    this.#requestId = requestId;
    this.#events = new ReplyEvents(context, requestId);
  }

  /** True once the response is completed or incomplete: there will be no more of it. */
  get done(): boolean {
    return this.#done;
  }

  /** What the events of one network read mean; deltas that follow one another are one. Throws what an error among them means, after what came before it. */
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
    const run = responsesRun(text);
    if (run === undefined) throw this.#events.invalid("an event is no JSON");
    const [kind = "", index, part = "0"] = run.about;
    this.#add(kind, Number(index), part, run.text);
  }

  #read(data: string): void {
    // Servers that also speak the older wire may end like it.
    if (data.trim() === "[DONE]") return;
    const event = this.#events.parse(data);
    const { type, output_index: index, item, response } = event;
    switch (type) {
      case "response.output_item.added":
        this.#begin(this.#indexOf(index), fieldsOf(item));
        return;
      case "response.output_item.done":
        return this.#close(this.#indexOf(index), fieldsOf(item));
      case "response.output_text.delta":
      case "response.refusal.delta":
      case "response.reasoning_text.delta":
      case "response.reasoning_summary_text.delta":
      case "response.function_call_arguments.delta": {
        const part = [event["summary_index"], event["content_index"]].find((place) => typeof place === "number") ?? 0;
        return this.#add(type.slice("response.".length, -".delta".length), this.#indexOf(index), `${part}`, stringOf(event["delta"]));
      }
      case "response.completed":
      case "response.incomplete":
        return this.#end(fieldsOf(response), type === "response.completed");
      case "response.failed":
      case "error":
        throw openaiEventFailure(data, this.#requestId, this.#context);
      default:
        if (type === undefined && fieldsOf(event["error"])["message"] !== undefined) throw openaiEventFailure(data, this.#requestId, this.#context);
        // What says again what was said, and whatever a later version of the API adds.
        return undefined;
    }
  }

  #begin(index: number, fields: Fields): OpenItem {
    const known = this.#items.get(index);
    if (known !== undefined && !known.closed) {
      known.fields = merged(known.fields, fields);
      return known;
    }
    if (this.#items.size >= maxItems) throw this.#events.invalid(`the reply has over ${maxItems} items`);
    const item: OpenItem = { fields, pieces: [], length: 0, part: "", waiting: [], closed: false };
    this.#items.set(index, item);
    if (this.#queue.push(item) === 1) this.#separate(item);
    return item;
  }

  #add(kind: string, index: number, part: string, text: string): void {
    const item = this.#items.get(index) ?? this.#begin(index, { type: typeOfKind[kind] });
    if (item.closed) throw this.#events.invalid(`item ${index} goes on after its end`);
    if (kind === "refusal") this.#hasRefused = true;
    const isNext = item.fields["type"] === "reasoning" && item.pieces.length > 0 && item.part !== part;
    item.part = part;
    this.#take(item, isNext ? betweenParts + text : text);
  }

  #take(item: OpenItem, text: string): void {
    if (text === "") return;
    item.length += text.length;
    if (item.length > maxLength) throw this.#events.invalid(`an item is over ${maxLength} characters`);
    item.pieces.push(text);
    if (shownAs(item) === undefined) return;
    if (item === this.#queue[0]) this.#show(item, text);
    else item.waiting.push(text);
  }

  #show(item: OpenItem, text: string): void {
    this.#events.show(shownAs(item) === "reasoning" ? "reasoning-delta" : "text-delta", text);
  }

  #close(index: number, fields: Fields): void {
    const open = this.#items.get(index);
    if (open?.closed === true) return;
    const item = this.#begin(index, fields);
    // Some servers say an item only when it is done.
    if (item.pieces.length === 0) this.#take(item, textOfItem(item.fields));
    if (hasRefusal(item.fields)) this.#hasRefused = true;
    item.closed = true;
    this.#advance();
  }

  /** Lets out what no longer waits for an earlier item. */
  #advance(): void {
    for (let item = this.#queue[0]; item?.closed === true; item = this.#queue[0]) {
      this.#release(item);
      this.#queue.shift();
      const next = this.#queue[0];
      if (next === undefined) return;
      this.#separate(next);
      if (next.waiting.length > 0) this.#show(next, next.waiting.splice(0).join(""));
    }
  }

  #release(item: OpenItem): void {
    const text = item.pieces.join("");
    const block = blockOf(item.fields, text, this.#context);
    const type = shownAs(item);
    if (block === undefined) {
      if (type !== undefined && text !== "") this.#loose = { type, text };
      return;
    }
    if (block.type === "tool-call") this.#hasCalls = true;
    this.#emit({ type: "block", block });
  }

  /** A block stands for all deltas of its kind since the last one: what another item of the kind said becomes a block before it. */
  #separate(item: OpenItem): void {
    if (this.#loose !== undefined && this.#loose.type === shownAs(item)) this.#emit({ type: "block", block: this.#loose });
  }

  #end(response: Fields, isCompleted: boolean): void {
    const output = listOf(response["output"]);
    const indices = this.#items.size === 0 ? output.keys() : [...this.#items].flatMap(([index, { closed }]) => (closed ? [] : [index]));
    for (const index of indices) this.#close(index, fieldsOf(output[index]));
    const usage = fieldsOf(response["usage"]);
    if (Object.keys(usage).length > 0) this.#emit({ type: "usage", usage: usageOf(usage) });
    this.#done = true;
    this.#emit({ type: "end", reason: this.#reasonOf(response, isCompleted), ...(this.#requestId === undefined ? {} : { requestId: this.#requestId }) });
  }

  #reasonOf(response: Fields, isCompleted: boolean): StopReason {
    if (!isCompleted) return fieldsOf(response["incomplete_details"])["reason"] === "content_filter" ? "refusal" : "length";
    if (this.#hasCalls) return "tool-calls";
    return this.#hasRefused ? "refusal" : "stop";
  }

  #emit(event: ModelEvent): void {
    this.#loose = undefined;
    this.#events.emit(event);
  }

  #indexOf(value: unknown): number {
    if (typeof value === "number") return value;
    throw this.#events.invalid(`an item has the index ${JSON.stringify(value)}`);
  }
}

const shownAs = ({ fields: { type } }: OpenItem): "text" | "reasoning" | undefined => {
  if (type === "message") return "text";
  return type === "reasoning" ? "reasoning" : undefined;
};

/** What is said later counts, unless it is nothing. */
function merged(before: Fields, after: Fields): Fields {
  const isNothing = (value: unknown): boolean => value === undefined || value === null || value === "";
  return { ...before, ...Object.fromEntries(Object.entries(after).filter(([name, value]) => !isNothing(value) || isNothing(before[name]))) };
}
