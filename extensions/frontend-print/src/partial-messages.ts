import type { ReplyEntry } from "@claw/kernel";
import { wireBlock, wireStopReason, wireUsage } from "./messages-api.ts";

type Kind = "text" | "thinking";

const noUsage = wireUsage({ inputTokens: 0, outputTokens: 0 });

/**
 * The deltas of a reply as events of the Messages API's stream. Blocks that come whole, such as tool calls, follow when the reply
 * is complete. An attempt that is given up just ends: the next one begins a message of its own.
 */
export class PartialMessages {
  readonly #model: () => string;
  #id: string | undefined;
  #index = -1;
  #open: Kind | undefined;
  #streamed = new Set<Kind>();

  constructor(model: () => string) {
    this.#model = model;
  }

  /** Events for a piece of text of a kind. `id` is the message's. */
  delta(kind: Kind, text: string, id: string): readonly object[] {
    const begun = this.#begin(id);
    const changed =
      this.#open === kind
        ? []
        : [...this.#stop(), this.#start(kind === "text" ? { type: "text", text: "" } : { type: "thinking", thinking: "", signature: "" })];
    this.#open = kind;
    this.#streamed.add(kind);
    const delta = kind === "text" ? { type: "text_delta", text } : { type: "thinking_delta", thinking: text };
    return [...begun, ...changed, { type: "content_block_delta", index: this.#index, delta }];
  }

  /** Events for what of a reply has not been streamed. */
  blocks(reply: ReplyEntry, id: string): readonly object[] {
    const events: object[] = [...this.#begin(id), ...this.#stop()];
    for (const block of reply.content) {
      const isCall = block.type === "tool-call";
      const kind = block.type === "text" ? "text" : block.type === "reasoning" ? "thinking" : undefined;
      const wire = wireBlock(block);
      if (wire === undefined || (kind !== undefined && this.#streamed.has(kind))) continue;
      events.push(this.#start(isCall ? { ...wire, input: {} } : wire));
      if (isCall)
        events.push({ type: "content_block_delta", index: this.#index, delta: { type: "input_json_delta", partial_json: JSON.stringify(block.input) } });
      events.push({ type: "content_block_stop", index: this.#index });
    }
    return events;
  }

  /** Events that end a message. */
  end(reply: ReplyEntry): readonly object[] {
    this.reset();
    const usage = reply.usage === undefined ? noUsage : wireUsage(reply.usage);
    return [{ type: "message_delta", delta: { stop_reason: wireStopReason(reply.reason), stop_sequence: null }, usage }, { type: "message_stop" }];
  }

  /** Forgets a message that is given up. */
  reset(): void {
    [this.#id, this.#index, this.#open, this.#streamed] = [undefined, -1, undefined, new Set()];
  }

  #begin(id: string): readonly object[] {
    if (this.#id === id) return [];
    this.reset();
    this.#id = id;
    return [
      {
        type: "message_start",
        message: { id, type: "message", role: "assistant", model: this.#model(), content: [], stop_reason: null, stop_sequence: null, usage: noUsage },
      },
    ];
  }

  #start(block: object): object {
    this.#index += 1;
    return { type: "content_block_start", index: this.#index, content_block: block };
  }

  #stop(): readonly object[] {
    if (this.#open === undefined) return [];
    this.#open = undefined;
    return [{ type: "content_block_stop", index: this.#index }];
  }
}
