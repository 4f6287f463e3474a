import type { Header, Line } from "./exchange.ts";
import { version } from "./exchange.ts";

/** Deeper than anything that is recorded; those who walk it further on would run out of stack. */
const maxDepth = 500;

type Fields = Readonly<Record<string, unknown>>;

/** What is wrong with the first line of a cassette, or nothing. */
export function headerProblem(value: unknown): string | undefined {
  if (!isFields(value) || !("cassette" in value)) return "is no cassette";
  const { cassette, claw, model } = value;
  if (cassette !== version) return `is a cassette of version ${JSON.stringify(cassette)?.slice(0, 40)}, and this claw plays version ${version}`;
  if (typeof claw !== "string") return "does not say which claw recorded it";
  if (!isFields(model) || typeof model["address"] !== "string" || !isInfo(model["info"])) return "does not say which model was recorded";
  return undefined;
}

/** What is wrong with a further line, or nothing. `kept` is how many messages the request before it has. */
export function lineProblem(value: unknown, kept: number): string | undefined {
  if (!isFields(value)) return "is no exchange";
  if (!isShallow(value, maxDepth)) return "is nested too deeply";
  const { request, events, error } = value;
  if (!isFields(request)) return "has no request";
  const { keep, messages, tools, system } = request;
  if (!Number.isSafeInteger(keep) || (keep as number) < 0 || (keep as number) > kept) return `keeps ${JSON.stringify(keep)?.slice(0, 40)} messages of a request that has ${kept}`;
  if (!isList(messages) || !messages.every((message) => isFields(message) && isList(message["content"]))) return "has messages that are none";
  if (!isList(tools) || !tools.every((tool) => typeof tool === "string")) return "has tools that are no names";
  if (system !== undefined && !isList(system)) return "has a system prompt that is none";
  if (!isList(events)) return "has no events";
  const wrong = events.findIndex((event) => !isEvent(event));
  if (wrong !== -1) return `has an event that is none (number ${wrong + 1})`;
  if (error !== undefined && !isError(error)) return "has an error that is none";
  return undefined;
}

export const isHeader = (value: unknown): value is Header => headerProblem(value) === undefined;
export const isLine = (value: unknown, kept: number): value is Line => lineProblem(value, kept) === undefined;

function isEvent(event: unknown): boolean {
  if (!isFields(event)) return false;
  switch (event["type"]) {
    case "text-delta": case "reasoning-delta": return typeof event["text"] === "string";
    case "block": return isFields(event["block"]) && isBlock(event["block"]);
    case "usage": return isUsage(event["usage"]);
    case "end": return ["stop", "tool-calls", "length", "refusal"].includes(event["reason"] as string) && isOptional(event["requestId"], "string");
    default: return false;
  }
}

/** The blocks a model can say; the answer to a call is none of them. */
function isBlock({ type, text, id, name, input, malformed, mediaType, data, luggage }: Fields): boolean {
  if (luggage !== undefined && !isFields(luggage)) return false;
  switch (type) {
    case "text": case "reasoning": return typeof text === "string";
    case "tool-call": return typeof id === "string" && typeof name === "string" && isFields(input) && isOptional(malformed, "string");
    case "image": case "document": return typeof mediaType === "string" && typeof data === "string";
    case "unknown": return luggage !== undefined;
    default: return false;
  }
}

function isUsage(usage: unknown): boolean {
  if (!isFields(usage) || !isCount(usage["inputTokens"]) || !isCount(usage["outputTokens"])) return false;
  return ["cacheReadTokens", "cacheWriteTokens", "reasoningTokens", "costUsd"].every((name) => usage[name] === undefined || isCount(usage[name]));
}

function isInfo(info: unknown): boolean {
  if (!isFields(info)) return false;
  const { id, contextWindow, tools, reasoning, efforts = [], price } = info;
  return typeof id === "string" && isCount(contextWindow) && typeof tools === "boolean" && typeof reasoning === "boolean"
    && isList(efforts) && efforts.every((effort) => typeof effort === "string") && (price === undefined || isPrice(price));
}

const isPrice = (price: unknown): boolean =>
  isFields(price) && isCount(price["input"]) && isCount(price["output"]) && [price["cacheRead"], price["cacheWrite"]].every((part) => part === undefined || isCount(part))
  && (price["tiers"] === undefined || (isList(price["tiers"]) && price["tiers"].every((tier) => isPrice(tier) && isCount((tier as Fields)["inputTokensAbove"]))));
const isError = (error: unknown): boolean =>
  isFields(error) && typeof error["code"] === "string" && /^[A-Z][A-Z0-9_]{0,60}$/.test(error["code"]) && typeof error["message"] === "string" && isFields(error["data"])
  && typeof error["retryable"] === "boolean" && isOptional(error["fix"], "string");
const isShallow = (value: unknown, left: number): boolean => typeof value !== "object" || value === null || (left > 0 && Object.values(value).every((part) => isShallow(part, left - 1)));
const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);
const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);
const isCount = (value: unknown): boolean => typeof value === "number" && Number.isFinite(value) && value >= 0;
const isOptional = (value: unknown, type: "string"): boolean => value === undefined || typeof value === type;
