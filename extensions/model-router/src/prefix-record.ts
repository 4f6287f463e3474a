import type { PrefixRecord, PrefixSegment } from "@claw/kernel";
import { isJsonObject } from "@claw/kernel/kit";
import { isParts } from "./prefix-parts.ts";

const names = ["tools", "system", "history"] as const;

/** A record as a log gives it back: undefined when it is none, as in a log that was edited. */
export function readRecord(value: unknown): PrefixRecord | undefined {
  if (!isJsonObject(value)) return undefined;
  const { model, segments, tokens } = value;
  if (typeof model !== "string" || !Array.isArray(segments) || !segments.every(isSegment)) return undefined;
  if (segments.length !== names.length || !names.every((name, index) => segments[index]?.name === name)) return undefined;
  return { model, segments, shares: {}, ...(isCount(tokens) ? { tokens } : {}) };
}

function isSegment(value: unknown): value is PrefixSegment {
  if (!isJsonObject(value)) return false;
  const { name, bytes, fingerprint, messages = 0, parts = "" } = value;
  return names.some((one) => one === name) && isCount(bytes) && typeof fingerprint === "string" && isCount(messages) && isParts(parts);
}

const isCount = (value: unknown): value is number => typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
