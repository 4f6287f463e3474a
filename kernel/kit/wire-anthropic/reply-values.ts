import type { CallBlock, ContentBlock, Usage } from "../../src/contracts/message.ts";
import type { StopReason } from "../../src/contracts/model.ts";
import { type Fields, countOf, fieldsOf, stringOf } from "../json-object.ts";
import { stampedLuggage } from "../luggage.ts";
import { objectOfJson } from "../wire-json.ts";

/** Whose reply it is. */
interface Origin {
  readonly provider: string;
  readonly model: string;
}

/** A finished block that deltas alone do not say; undefined for plain text. */
export function blockOf(type: string, fields: Fields, thoughts: readonly string[], json: string, of: Origin): ContentBlock | undefined {
  switch (type) {
    case "text":
      return undefined;
    case "thinking": {
      const { signature } = fields;
      const text = thoughts.join("");
      if (typeof signature === "string" && signature !== "") {
        return { type: "reasoning", text, luggage: stampedLuggage(of.provider, of.model, { signature }) };
      }
      // Without a signature it cannot be sent back: it is shown, and kept as what was shown.
      return text === "" ? undefined : { type: "reasoning", text };
    }
    case "tool_use":
      return callOf(fields, json, of);
    default: {
      const input = objectOfJson(json);
      return { type: "unknown", luggage: stampedLuggage(of.provider, of.model, { type, ...fields, ...(input === undefined ? {} : { input }) }) };
    }
  }
}

function callOf({ id, name, input, caller }: Fields, json: string, of: Origin): CallBlock {
  // No argument at all comes as "", and some servers send the whole input at once.
  const read = json === "" ? fieldsOf(input) : objectOfJson(json);
  return {
    type: "tool-call",
    id: stringOf(id),
    name: stringOf(name),
    input: read ?? {},
    ...(read === undefined ? { malformed: json } : {}),
    ...(caller === undefined || caller === null || fieldsOf(caller)["type"] === "direct" ? {} : { luggage: stampedLuggage(of.provider, of.model, { caller }) }),
  };
}

export function usageOf(usage: Fields): Usage {
  const cacheReadTokens = countOf(usage["cache_read_input_tokens"]);
  const cacheWriteTokens = countOf(usage["cache_creation_input_tokens"]);
  const reasoningTokens = countOf(fieldsOf(usage["output_tokens_details"])["thinking_tokens"]);
  return {
    inputTokens: countOf(usage["input_tokens"]) ?? 0,
    outputTokens: countOf(usage["output_tokens"]) ?? 0,
    ...(cacheReadTokens === undefined ? {} : { cacheReadTokens }),
    ...(cacheWriteTokens === undefined ? {} : { cacheWriteTokens }),
    ...(reasoningTokens === undefined ? {} : { reasoningTokens }),
  };
}

/**
 * `pause_turn` is a reply that a server tool made too long: it is unfinished, as with `length`, and a further request goes on
 * with it. A reason that we do not know is taken by what the reply holds.
 */
export function stopReasonOf(reason: unknown, hasCalls: boolean): StopReason {
  switch (reason) {
    case "end_turn":
    case "stop_sequence":
      return "stop";
    case "tool_use":
      return "tool-calls";
    case "max_tokens":
    case "model_context_window_exceeded":
    case "pause_turn":
      return "length";
    case "refusal":
      return "refusal";
    default:
      return hasCalls ? "tool-calls" : "stop";
  }
}
