import { isJsonObject, isModelEvent } from "@claw/kernel/kit";
import { version, type Header, type Line } from "./exchange.ts";

/** Deeper than anything that is recorded; those who walk it further on would run out of stack. */
const maxDepth = 500;

/** What is wrong with the first line of a cassette, or nothing. */
export function headerProblem(value: unknown): string | undefined {
  if (!isJsonObject(value) || !("cassette" in value)) return "is no cassette";
  const { cassette, claw, model } = value;
  if (cassette !== version) return `is a cassette of version ${JSON.stringify(cassette)?.slice(0, 40)}, and this claw plays version ${version}`;
  if (typeof claw !== "string") return "does not say which claw recorded it";
  if (!isJsonObject(model) || typeof model["address"] !== "string" || !isInfo(model["info"])) return "does not say which model was recorded";
  return undefined;
}

/** What is wrong with a further line, or nothing. `kept` is how many messages the request before it has. */
export function lineProblem(value: unknown, kept: number): string | undefined {
  if (!isJsonObject(value)) return "is no exchange";
  if (!isShallow(value, maxDepth)) return "is nested too deeply";
  const { request, events, error } = value;
  if (!isJsonObject(request)) return "has no request";
  const { keep, messages, tools, system } = request;
  if (!Number.isSafeInteger(keep) || (keep as number) < 0 || (keep as number) > kept)
    return `keeps ${JSON.stringify(keep)?.slice(0, 40)} messages of a request that has ${kept}`;
  if (!isList(messages) || !messages.every((message) => isJsonObject(message) && isList(message["content"]))) return "has messages that are none";
  if (!isList(tools) || !tools.every((tool) => typeof tool === "string")) return "has tools that are no names";
  if (system !== undefined && !isList(system)) return "has a system prompt that is none";
  if (!isList(events)) return "has no events";
  const wrong = events.findIndex((event) => !isModelEvent(event));
  if (wrong !== -1) return `has an event that is none (number ${wrong + 1})`;
  if (error !== undefined && !isError(error)) return "has an error that is none";
  return undefined;
}

export const isHeader = (value: unknown): value is Header => headerProblem(value) === undefined;
export const isLine = (value: unknown, kept: number): value is Line => lineProblem(value, kept) === undefined;

function isInfo(info: unknown): boolean {
  if (!isJsonObject(info)) return false;
  const { id, contextWindow, tools, reasoning, efforts = [], price } = info;
  return (
    typeof id === "string" &&
    isCount(contextWindow) &&
    typeof tools === "boolean" &&
    typeof reasoning === "boolean" &&
    isList(efforts) &&
    efforts.every((effort) => typeof effort === "string") &&
    (price === undefined || isPrice(price))
  );
}

const isPrice = (price: unknown): boolean =>
  isJsonObject(price) &&
  isCount(price["input"]) &&
  isCount(price["output"]) &&
  [price["cacheRead"], price["cacheWrite"]].every((part) => part === undefined || isCount(part)) &&
  (price["tiers"] === undefined ||
    (isList(price["tiers"]) && price["tiers"].every((tier) => isJsonObject(tier) && isPrice(tier) && isCount(tier["inputTokensAbove"]))));
const isError = (error: unknown): boolean =>
  isJsonObject(error) &&
  typeof error["code"] === "string" &&
  /^[A-Z][A-Z0-9_]{0,60}$/.test(error["code"]) &&
  typeof error["message"] === "string" &&
  isJsonObject(error["data"]) &&
  typeof error["retryable"] === "boolean" &&
  (error["fix"] === undefined || typeof error["fix"] === "string");
const isShallow = (value: unknown, left: number): boolean =>
  typeof value !== "object" || value === null || (left > 0 && Object.values(value).every((part) => isShallow(part, left - 1)));
const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);
const isCount = (value: unknown): boolean => typeof value === "number" && Number.isFinite(value) && value >= 0;
