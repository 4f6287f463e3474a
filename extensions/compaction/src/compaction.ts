import type { Compaction, CompactionInput, Compactor, LogEntry, Models, ResolvedModel } from "@claw/kernel";
import { keepFrom } from "./boundary.ts";
import { charactersOf, contextTokens, rateOf, tokensOf } from "./estimate.ts";
import { requestOf, summarise } from "./summary.ts";

export interface CompactionOptions {
  readonly enabled: boolean;
  readonly thresholdPercent: number;
  readonly keepTokens: number;
  /** The address of the model that writes summaries; the session's own when absent. */
  readonly model?: string;
}

/** What a model's answer needs at the most before it counts as room that may be used. */
const mostReserved = 32_000;

/** The tokens a model can be given beside its answer. */
export function roomOf({ info: { contextWindow, maxOutputTokens = mostReserved } }: ResolvedModel): number {
  return Math.max(0, contextWindow - Math.min(maxOutputTokens, mostReserved, contextWindow / 4));
}

/** Below this a summary would hardly be shorter than what it stands for. */
const worthTokens = 1_000;

/** Which entries are summed up, and which stay as they are. Undefined if there is too little to sum up. */
export function splitOf(entries: readonly LogEntry[], keepTokens: number): { readonly old: readonly LogEntry[]; readonly through: number } | undefined {
  // The last compaction comes first and is not one of those that may be kept: it is merged.
  const earlier = entries.filter(({ type }) => type === "compacted");
  const own = entries.filter(({ type }) => type !== "compacted");
  const rate = rateOf(own);
  const from = keepFrom(own, keepTokens, rate);
  const last = from === undefined ? undefined : own[from - 1];
  if (from === undefined || last === undefined) return undefined;
  const old = own.slice(0, from);
  return old.some((entry) => charactersOf(entry) > 0) && tokensOf(old, rate) >= worthTokens ? { old: [...earlier, ...old], through: last.seq } : undefined;
}

export const compactorOf = (
  { enabled, thresholdPercent, keepTokens, model: address }: CompactionOptions,
  models: Pick<Models, "resolve" | "stream">,
): Compactor => ({
  due: (tokens, model) => enabled && roomOf(model) > 0 && tokens >= (thresholdPercent / 100) * roomOf(model),

  async compact({ entries, model, trigger, instructions }: CompactionInput, { session, signal }): Promise<Compaction | undefined> {
    // Keeping nearly as much as there is room for would be due again at once.
    const most = Math.min(keepTokens, Math.floor((roomOf(model) * thresholdPercent) / 200));
    const rate = rateOf(entries);
    // Who asks for it wants it, however short the session is.
    const split = splitOf(entries, trigger === "manual" ? Math.min(most, Math.floor(tokensOf(entries, rate) / 4)) : most);
    if (split === undefined) return undefined;
    const summariser = address === undefined ? model : await models.resolve(address, signal);
    const {
      text: summary,
      usage,
      writtenBy,
    } = await summarise(requestOf({ entries: split.old, model: summariser, wishes: instructions, session }), models, signal);
    const before = contextTokens(entries, rate);
    const after = before - tokensOf(split.old, rate) + Math.ceil(summary.length / rate);
    return {
      summary,
      through: split.through,
      tokensBefore: before,
      tokensAfter: Math.max(0, Math.min(before, after)),
      ...(usage === undefined ? {} : { usage, writtenBy }),
    };
  },
});
