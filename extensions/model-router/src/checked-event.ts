import { ClawError, type ModelEvent } from "@claw/kernel";

/** An event as it came from a provider. Providers are other people's code: what is no event is told here, before anybody builds on it. */
export function checkedEvent(event: unknown, address: string): ModelEvent {
  if (isEvent(event)) return event;
  throw new ClawError("MODEL_STREAM_INVALID", `${address} answered with an event that is none: ${excerpt(event)}`, {});
}

function isEvent(event: unknown): event is ModelEvent {
  if (typeof event !== "object" || event === null) return false;
  const { type } = event as { readonly type?: unknown };
  switch (type) {
    case "text-delta": case "reasoning-delta": return typeof (event as { readonly text?: unknown }).text === "string";
    case "block": return isTyped((event as { readonly block?: unknown }).block);
    case "usage": return isUsage((event as { readonly usage?: unknown }).usage);
    case "end": return isReason((event as { readonly reason?: unknown }).reason);
    default: return false;
  }
}

const isTyped = (value: unknown): boolean => typeof value === "object" && value !== null && typeof (value as { readonly type?: unknown }).type === "string";
const isReason = (value: unknown): boolean => value === "stop" || value === "tool-calls" || value === "length" || value === "refusal";

function isUsage(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { inputTokens, outputTokens } = value as { readonly inputTokens?: unknown; readonly outputTokens?: unknown };
  return Number.isFinite(inputTokens) && Number.isFinite(outputTokens);
}

function excerpt(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value).slice(0, 100);
  const { type } = value as { readonly type?: unknown };
  return typeof type === "string" ? `"${type.slice(0, 50)}"` : `an object with ${Object.keys(value).slice(0, 5).join(", ").slice(0, 100) || "nothing in it"}`;
}
