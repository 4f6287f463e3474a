import type { ResolvedModel } from "../contracts/model.ts";
import type { LogEntry, TurnEvent } from "../contracts/session.ts";
import { ClawError } from "../errors.ts";
import type { Session } from "../session.ts";
import type { TurnHost } from "./host.ts";

/** Characters a token stands for where no provider has counted: measured over prose and code, on the safe side. */
const charactersPerToken = 3.2;

/** Compacts the session when it is due, or at once when the person asks. PreCompact may put it off; a failure is logged and the turn goes on. */
export async function* compactStep(session: Session, model: ResolvedModel, host: TurnHost, signal: AbortSignal, manual?: { readonly instructions?: string }): AsyncGenerator<TurnEvent, void> {
  const compactor = await host.compactor();
  if (compactor === undefined) return;
  const tokens = contextTokens(session);
  const trigger = manual === undefined ? "auto" : "manual";
  if (manual === undefined && !compactor.due(tokens, model)) return;
  const about = { session: session.id, cwd: session.cwd, trigger, tokens } as const;
  const blocked = await host.bus.fire("PreCompact", "guard", about, signal);
  await host.bus.fire("PreCompact", "observe", about, signal);
  if (blocked !== undefined) return;
  try {
    const scope = { session: session.id, cwd: session.cwd, roots: session.roots, scratch: host.store.scratch(session.id), signal };
    const compaction = await compactor.compact({ entries: session.history.entries, model, trigger, ...manual }, scope);
    if (compaction === undefined) return;
    const { summary, through, tokensBefore, tokensAfter } = compaction;
    yield await session.append({ type: "compacted", summary, through, trigger, tokensBefore, tokensAfter });
    await host.bus.fire("PostCompact", "observe", { ...about, summary, tokensAfter }, signal);
  } catch (error) {
    if (signal.aborted || manual !== undefined) throw error;
    const code = ClawError.is(error) ? error.code : "EXTENSION_FAILED";
    yield await session.append({ type: "fault", extension: "compactor", where: "compact", code, message: error instanceof Error ? error.message : String(error) });
  }
}

/** The size of the next request: what the provider counted last, and an estimate of what came since. */
export function contextTokens(session: Session): number {
  const last = session.lastUsage;
  const counted = last === undefined ? 0 : last.usage.inputTokens + (last.usage.cacheReadTokens ?? 0) + (last.usage.cacheWriteTokens ?? 0) + last.usage.outputTokens;
  const since = last === undefined ? session.history.entries : session.entries.slice(last.at);
  return counted + Math.ceil(since.reduce((sum, entry) => sum + characters(entry), 0) / charactersPerToken);
}

function characters(entry: LogEntry): number {
  switch (entry.type) {
    case "prompt":
    case "reply":
    case "tool-result":
      return entry.content.reduce((sum, block) => sum + (block.type === "text" || block.type === "reasoning" ? block.text.length : block.type === "tool-call" ? JSON.stringify(block.input).length : 4_000), 0);
    case "note": return entry.text.length;
    case "compacted": return entry.summary.length;
    default: return 0;
  }
}
