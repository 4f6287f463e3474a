import type { ClawError, ModelEvent } from "@claw/kernel";
import { type FailureContext, ReplyEvents, type StreamDecoder, fieldOf } from "@claw/kernel/kit";
import { type BlockKind, type OpenBlock, finishedBlock, kindOfDelta, openBlock, stopReasonOf, usageEvent } from "./converse-reply.ts";
import type { EventFrame } from "./event-frames.ts";
import { frameFailure } from "./failures.ts";

const maxInputLength = 16 * 1024 * 1024;

/**
 * Reads one reply of ConverseStream. Blocks come out in the order of their index, however their deltas interleave. The reply is
 * whole once it said why it stopped and what it cost.
 */
export class ConverseDecoder implements StreamDecoder<EventFrame> {
  readonly #context: FailureContext;
  /** In the order in which they come out; only the first one's text goes out at once. */
  readonly #blocks: OpenBlock[] = [];
  /** The block that an index means now. */
  readonly #current = new Map<number, OpenBlock>();
  readonly #events: ReplyEvents;
  #stop: { readonly reason: unknown } | undefined;
  #metadata: { readonly usage: unknown } | undefined;
  #hasCalls = false;
  #done = false;

  constructor(context: FailureContext, requestId: string | undefined) {
    this.#context = context;
    this.#events = new ReplyEvents(context, requestId);
  }

  get done(): boolean {
    return this.#done;
  }

  push(batch: readonly EventFrame[]): Generator<ModelEvent, void> {
    return this.#events.of(() => {
      for (const frame of batch) {
        if (this.#done) return;
        this.#read(frame);
      }
    });
  }

  cut(cause?: unknown): ClawError | undefined {
    return this.#done ? undefined : this.#events.cut(cause);
  }

  #read(frame: EventFrame): void {
    if (frame.kind !== "event") throw frameFailure(frame, this.#events.requestId, this.#context);
    switch (frame.name) {
      case "contentBlockStart":
        return this.#start(this.#events.parse(frame.body));
      case "contentBlockDelta":
        return this.#add(this.#events.parse(frame.body));
      case "contentBlockStop":
        return this.#close(fieldOf(this.#events.parse(frame.body), "contentBlockIndex"));
      case "messageStop":
        this.#stop = { reason: fieldOf(this.#events.parse(frame.body), "stopReason") };
        return this.#end();
      case "metadata":
        this.#metadata = { usage: fieldOf(this.#events.parse(frame.body), "usage") };
        return this.#end();
      default:
        // `messageStart`, and whatever a later version of the API adds.
        return undefined;
    }
  }

  #start(event: unknown): void {
    const index = fieldOf(event, "contentBlockIndex");
    if (typeof index !== "number" || this.#current.has(index)) throw this.#events.invalid(`block ${String(index)} begins twice`);
    const start = fieldOf(event, "start");
    // Gateways begin a text or a thought in so many words; which of them it is, its first delta says.
    if (typeof start === "object" && start !== null && Object.keys(start).every((kind) => kind === "text" || kind === "reasoningContent")) return;
    const call = fieldOf(start, "toolUse");
    this.#begin(call === undefined ? openBlock(index, "other") : openBlock(index, "call", { id: text(call, "toolUseId"), name: text(call, "name") }));
  }

  /** Only calls have an event where they begin: what else a block is, its first delta says. */
  #add(event: unknown): void {
    const index = fieldOf(event, "contentBlockIndex");
    const delta = fieldOf(event, "delta");
    if (typeof index !== "number") throw this.#events.invalid("a delta says not to which block it belongs");
    if (delta === undefined) return;
    const block = this.#at(index, kindOfDelta(delta));
    const thought = fieldOf(delta, "reasoningContent");
    switch (block.kind) {
      case "text":
        return this.#text(block, text(delta, "text"));
      case "reasoning":
        block.signature += text(thought, "signature");
        block.redacted += text(thought, "redactedContent");
        return this.#text(block, text(thought, "text"));
      case "call":
        return this.#input(block, text(fieldOf(delta, "toolUse"), "input"));
      case "other":
        return undefined;
      default:
        return block.kind satisfies never;
    }
  }

  #at(index: number, kind: BlockKind): OpenBlock {
    const known = this.#current.get(index);
    if (known?.closed === true) throw this.#events.invalid(`block ${index} goes on after its end`);
    if (known !== undefined && (known.kind === kind || kind === "other" || known.kind === "other")) return known;
    if (known === undefined && kind === "call") throw this.#events.invalid(`block ${index} is a call that never began`);
    if (known?.kind === "call" || kind === "call") throw this.#events.invalid(`block ${index} is a call and something else`);
    // Some models think and speak in one block.
    if (known !== undefined) known.closed = true;
    const block = this.#begin(openBlock(index, kind));
    if (known !== undefined) this.#advance();
    return block;
  }

  #begin(block: OpenBlock): OpenBlock {
    this.#current.set(block.index, block);
    // What is being shown stays first: a block of a lower index may come too late.
    const later = this.#blocks.findIndex(({ index }, place) => place > 0 && index > block.index);
    this.#blocks.splice(later === -1 ? this.#blocks.length : later, 0, block);
    return block;
  }

  #input(block: OpenBlock, piece: string): void {
    block.jsonLength += piece.length;
    if (block.jsonLength > maxInputLength) throw this.#events.invalid(`the input of a tool is over ${maxInputLength} characters`);
    block.json.push(piece);
  }

  #text(block: OpenBlock, piece: string): void {
    if (piece === "") return;
    if (block.kind === "reasoning") block.thoughts.push(piece);
    if (block === this.#blocks[0]) this.#show(block, piece);
    else block.waiting.push(piece);
  }

  #show(block: OpenBlock, piece: string): void {
    this.#events.show(block.kind === "reasoning" ? "reasoning-delta" : "text-delta", piece);
  }

  /** An empty block may end without having begun. */
  #close(index: unknown): void {
    const block = typeof index === "number" ? this.#current.get(index) : undefined;
    if (block !== undefined) block.closed = true;
    this.#advance();
  }

  /** Lets out what no longer waits for an earlier block. */
  #advance(): void {
    for (let block = this.#blocks[0]; block !== undefined; block = this.#blocks[0]) {
      if (block.waiting.length > 0) this.#show(block, block.waiting.splice(0).join(""));
      if (!block.closed) return;
      this.#blocks.shift();
      const whole = finishedBlock(block, this.#context.provider, this.#context.model);
      if (whole === undefined) continue;
      this.#events.emit({ type: "block", block: whole });
      if (whole.type === "tool-call") this.#hasCalls = true;
    }
  }

  #end(): void {
    if (this.#stop === undefined || this.#metadata === undefined) return;
    for (const block of this.#blocks) block.closed = true;
    this.#advance();
    const usage = usageEvent(this.#metadata.usage);
    if (usage !== undefined) this.#events.emit(usage);
    this.#done = true;
    this.#events.end(stopReasonOf(this.#stop.reason, this.#hasCalls));
  }
}

function text(value: unknown, name: string): string {
  const found = fieldOf(value, name);
  return typeof found === "string" ? found : "";
}
