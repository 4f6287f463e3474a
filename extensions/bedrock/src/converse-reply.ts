import type { ContentBlock, ModelEvent, StopReason, Usage } from "@claw/kernel";
import { fieldOf, objectOfJson, stampedLuggage } from "@claw/kernel/kit";

/** What a content block of a reply is; `other` is one that claw has no word for. */
export type BlockKind = "text" | "reasoning" | "call" | "other";

/** A content block on its way. */
export interface OpenBlock {
  readonly index: number;
  readonly kind: BlockKind;
  readonly id: string;
  readonly name: string;
  readonly json: string[];
  jsonLength: number;
  /** All of its text, where it goes back as it came. */
  readonly thoughts: string[];
  signature: string;
  redacted: string;
  /** Text that waits for an earlier block to end. */
  readonly waiting: string[];
  closed: boolean;
}

export const openBlock = (index: number, kind: BlockKind, call: { readonly id: string; readonly name: string } = { id: "", name: "" }): OpenBlock => ({
  index,
  kind,
  ...call,
  json: [],
  jsonLength: 0,
  thoughts: [],
  signature: "",
  redacted: "",
  waiting: [],
  closed: false,
});

/** A finished block that deltas alone do not say; undefined for plain text, and for thinking that could not be sent back. */
export function finishedBlock(block: OpenBlock, provider: string, model: string): ContentBlock | undefined {
  switch (block.kind) {
    case "call": {
      const json = block.json.join("");
      // No argument at all comes as "".
      const input = json === "" ? {} : objectOfJson(json);
      return { type: "tool-call", id: block.id, name: block.name, input: input ?? {}, ...(input === undefined ? { malformed: json } : {}) };
    }
    case "reasoning": {
      const text = block.thoughts.join("");
      if (block.redacted !== "") return { type: "reasoning", text, luggage: stampedLuggage(provider, model, { redactedContent: block.redacted }) };
      return block.signature === "" ? undefined : { type: "reasoning", text, luggage: stampedLuggage(provider, model, { signature: block.signature }) };
    }
    default:
      return undefined;
  }
}

/** What a delta may hold, by what kind of block it belongs to. */
export function kindOfDelta(delta: unknown): BlockKind {
  if (typeof fieldOf(delta, "text") === "string") return "text";
  if (fieldOf(delta, "reasoningContent") !== undefined) return "reasoning";
  return fieldOf(delta, "toolUse") === undefined ? "other" : "call";
}

/** A reason that we do not know is taken by what the reply holds. */
export function stopReasonOf(reason: unknown, hasCalls: boolean): StopReason {
  switch (reason) {
    case "end_turn":
    case "stop_sequence":
      return "stop";
    case "tool_use":
      return "tool-calls";
    case "max_tokens":
    case "model_context_window_exceeded":
      return "length";
    case "guardrail_intervened":
    case "content_filtered":
      return "refusal";
    default:
      return hasCalls ? "tool-calls" : "stop";
  }
}

/** The `usage` of a `metadata` event; undefined when it reports none. Its input tokens are those outside of the cache. */
export function usageEvent(usage: unknown): ModelEvent | undefined {
  if (typeof usage !== "object" || usage === null) return undefined;
  const count = (name: string): number | undefined => {
    const value = fieldOf(usage, name);
    return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
  };
  const cacheReadTokens = count("cacheReadInputTokens");
  const cacheWriteTokens = count("cacheWriteInputTokens");
  const said: Usage = {
    inputTokens: count("inputTokens") ?? 0,
    outputTokens: count("outputTokens") ?? 0,
    ...(cacheReadTokens === undefined ? {} : { cacheReadTokens }),
    ...(cacheWriteTokens === undefined ? {} : { cacheWriteTokens }),
  };
  return { type: "usage", usage: said };
}
