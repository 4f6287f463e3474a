import type { ModelEvent } from "../src/contracts/model.ts";
import { isJsonObject } from "./json-object.ts";

/** Whether a value is an event that a provider may stream; `retry`, `prefix` and `notice` are none of them. For what others wrote: a provider's events, recorded ones. */
export function isModelEvent(value: unknown): value is Exclude<ModelEvent, { readonly type: "retry" | "prefix" | "notice" }> {
  if (!isJsonObject(value)) return false;
  switch (value["type"]) {
    case "text-delta":
    case "reasoning-delta":
      return typeof value["text"] === "string";
    case "block":
      return isSaidBlock(value["block"]);
    case "usage":
      return isUsage(value["usage"]);
    case "end":
      return isReason(value["reason"]) && isOptionalText(value["requestId"]) && isOptionalText(value["model"]);
    default:
      return false;
  }
}

/** The blocks a model can say; the answer to a call is none of them. */
function isSaidBlock(block: unknown): boolean {
  if (!isJsonObject(block)) return false;
  const { type, text, id, name, input, malformed, mediaType, data, luggage } = block;
  if (luggage !== undefined && !isJsonObject(luggage)) return false;
  switch (type) {
    case "text":
    case "reasoning":
      return typeof text === "string";
    case "tool-call":
      return typeof id === "string" && typeof name === "string" && isJsonObject(input) && isOptionalText(malformed);
    case "image":
    case "document":
      return typeof mediaType === "string" && typeof data === "string";
    case "unknown":
      return luggage !== undefined;
    default:
      return false;
  }
}

function isUsage(usage: unknown): boolean {
  if (!isJsonObject(usage)) return false;
  const { inputTokens, outputTokens, cacheReadTokens = 0, cacheWriteTokens = 0, reasoningTokens = 0, costUsd = 0 } = usage;
  return [inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, reasoningTokens, costUsd].every(isCount);
}

const isCount = (value: unknown): boolean => typeof value === "number" && Number.isFinite(value) && value >= 0;
const isReason = (value: unknown): boolean => value === "stop" || value === "tool-calls" || value === "length" || value === "refusal";
const isOptionalText = (value: unknown): boolean => value === undefined || typeof value === "string";
