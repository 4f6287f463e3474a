import { ClawError, type ModelEvent } from "@claw/kernel";
import { isModelEvent } from "@claw/kernel/kit";

/** An event as it came from a provider. Providers are other people's code: what is no event is told here, before anybody builds on it. */
export function checkedEvent(event: unknown, address: string): ModelEvent {
  if (isModelEvent(event)) return event;
  throw new ClawError("MODEL_STREAM_INVALID", `${address} answered with an event that is none: ${excerpt(event)}`, {});
}

function excerpt(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value).slice(0, 100);
  const { type } = value as { readonly type?: unknown };
  return typeof type === "string" ? `"${type.slice(0, 50)}"` : `an object with ${Object.keys(value).slice(0, 5).join(", ").slice(0, 100) || "nothing in it"}`;
}
