import type { LogEntry, PrefixBreak, PrefixRecord } from "@claw/kernel";
import { isJsonObject } from "@claw/kernel/kit";

/** Whole tokens; `input` is what was neither read from nor written to a cache. */
export interface Tokens {
  readonly input: number;
  readonly read: number;
  readonly write: number;
  readonly output: number;
}

/** `retried` is what attempts cost that came to nothing, `summary` what a compaction did, `judgement` what a classifier's model did. */
export type ChargeKind = "reply" | "retried" | "summary" | "judgement";

/** Something that was paid for, or would have been. */
export interface Charge {
  readonly kind: ChargeKind;
  readonly seq: number;
  readonly at: string;
  readonly model: string;
  /** Undefined when the provider reported none. */
  readonly tokens: Tokens | undefined;
  /** Billionths of a dollar, so that sums are exact; undefined when no price was known. */
  readonly nano: number | undefined;
  /** How long the reply took. */
  readonly ms: number;
  readonly prefix: Pick<PrefixRecord, "shares" | "expectedReadTokens" | "broken"> | undefined;
}

const none: Tokens = { input: 0, read: 0, write: 0, output: 0 };
export const tokensOf = ({ tokens }: Charge): Tokens => tokens ?? none;

/** What an entry of a log charges. Logs can be edited: what is no number counts as nothing. */
export function chargesOf(entry: LogEntry): readonly Charge[] {
  const { seq, at } = entry;
  if (entry.type === "compacted") {
    if (entry.usage === undefined) return [];
    return [
      { kind: "summary", seq, at, model: typeof entry.writtenBy === "string" ? entry.writtenBy : "unknown", ms: 0, prefix: undefined, ...paid(entry.usage) },
    ];
  }
  if (entry.type === "judged") return entry.opinions.flatMap((opinion) => judgements(opinion, { seq, at }));
  if (entry.type !== "reply") return [];
  const prefix = prefixOf(entry.prefix);
  // A reply that was cut off does not say itself which model had taken over.
  const asked = entry.partial === true && typeof entry.prefix?.model === "string" ? entry.prefix.model : entry.model;
  const reply = { seq, at, model: asked, ms: count(entry.ms) };
  const wasted: readonly Charge[] = entry.wasted === undefined ? [] : [{ kind: "retried", ...reply, prefix, ...paid(entry.wasted) }];
  return [...wasted, { kind: "reply", ...reply, prefix, ...paid(entry.usage) }];
}

function judgements(opinion: unknown, where: Pick<Charge, "seq" | "at">): readonly Charge[] {
  const spent = isJsonObject(opinion) ? opinion["spent"] : undefined;
  if (!Array.isArray(spent)) return [];
  return spent.filter(isJsonObject).map(({ model, usage }) => ({
    kind: "judgement",
    ...where,
    model: typeof model === "string" ? model : "unknown",
    ms: 0,
    prefix: undefined,
    ...paid(usage),
  }));
}

function paid(usage: unknown): Pick<Charge, "tokens" | "nano"> {
  if (!isJsonObject(usage)) return { tokens: undefined, nano: undefined };
  const { inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens, costUsd } = usage;
  const isPriced = typeof costUsd === "number" && Number.isFinite(costUsd) && costUsd >= 0;
  return {
    tokens: { input: count(inputTokens), read: count(cacheReadTokens), write: count(cacheWriteTokens), output: count(outputTokens) },
    nano: isPriced ? count(costUsd * 1e9) : undefined,
  };
}

function prefixOf(value: unknown): Charge["prefix"] {
  if (!isJsonObject(value)) return undefined;
  const { shares, expectedReadTokens, broken } = value;
  const known = isJsonObject(shares) ? Object.entries(shares).map(([who, bytes]) => [who, count(bytes)] as const) : [];
  return {
    shares: Object.fromEntries(known.filter(([, bytes]) => bytes > 0)),
    ...(typeof expectedReadTokens === "number" ? { expectedReadTokens: count(expectedReadTokens) } : {}),
    ...(isBreak(broken) ? { broken } : {}),
  };
}

function isBreak(value: unknown): value is PrefixBreak {
  if (!isJsonObject(value)) return false;
  const { segment, byte, at, by } = value;
  const isText = (text: unknown): boolean => typeof text === "string";
  return isText(segment) && isText(by) && (byte === undefined || typeof byte === "number") && (at === undefined || isText(at));
}

/** More than any request is charged; with less, sums stay exact. */
const most = 1e13;

const count = (value: unknown): number => (typeof value === "number" && value >= 0 && value <= most ? Math.round(value) : 0);
