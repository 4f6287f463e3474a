import type { Compaction } from "../contracts/compactor.ts";
import type { ResolvedModel } from "../contracts/model.ts";
import type { TurnEvent } from "../contracts/session.ts";
import { ClawError } from "../errors.ts";
import { messageOf } from "../failure-message.ts";
import { isRecord } from "../plain-data.ts";
import type { Session } from "../session.ts";
import { soundUsage } from "../sound-content.ts";
import { unlessAborted } from "../unless-aborted.ts";
import { charactersOf } from "./context-size.ts";
import type { TurnHost } from "./host.ts";

/**
 * Compacts the session when it is due, or at once when the person asks. PreCompact may put it off; a failure is logged and the
 * turn goes on. Answers whether it is worth asking again in this turn.
 */
export async function* compactStep(
  session: Session,
  model: ResolvedModel,
  host: TurnHost,
  signal: AbortSignal,
  manual?: { readonly instructions?: string },
): AsyncGenerator<TurnEvent, boolean> {
  const trigger = manual === undefined ? "auto" : "manual";
  try {
    const compactor = await unlessAborted(host.compactor(), signal);
    if (compactor === undefined) return false;
    const tokens = session.contextTokens;
    if (manual === undefined && !compactor.due(tokens, model)) return true;
    const about = { session: session.id, cwd: session.cwd, trigger, tokens } as const;
    const blocked = await host.bus.fire("PreCompact", "guard", about, signal);
    await host.bus.fire("PreCompact", "observe", about, signal);
    if (blocked !== undefined) return true;
    const scope = { session: session.id, cwd: session.cwd, roots: session.roots, scratch: host.store.scratch(session.id), signal };
    const compaction: unknown = await unlessAborted(compactor.compact({ entries: [...session.history.entries], model, trigger, ...manual }, scope), signal);
    if (compaction === undefined) return true;
    const { summary, through, tokensBefore, tokensAfter, usage, writtenBy } = soundCompaction(compaction, session);
    yield await session.append({
      type: "compacted",
      summary,
      through,
      trigger,
      tokensBefore,
      tokensAfter,
      ...(usage === undefined ? {} : { usage: soundUsage({ ...usage }) }),
      ...(typeof writtenBy === "string" ? { writtenBy } : {}),
    });
    await host.bus.fire("PostCompact", "observe", { ...about, summary, tokensAfter }, signal);
    return true;
  } catch (error) {
    if (signal.aborted || manual !== undefined || session.isBroken) throw error;
    const code = ClawError.is(error) ? error.code : "EXTENSION_FAILED";
    yield await session.append({ type: "fault", extension: host.ownerOf("compactor"), where: "compact", code, message: messageOf(error) });
    return false;
  }
}

/** A compaction that leaves a history a provider accepts, and a shorter one; throws otherwise. */
function soundCompaction(answer: unknown, session: Session): Compaction {
  const why = isRecord(answer) ? unsoundness(answer, session) : "is no compaction";
  if (why !== undefined)
    throw new ClawError("EXTENSION_FAILED", `the service "compactor" answered with something that ${why}`, { extension: "compactor", at: "compact" });
  const compaction = answer as unknown as Compaction;
  return { ...compaction, summary: compaction.summary.toWellFormed() };
}

function unsoundness({ summary, through, tokensBefore, tokensAfter }: Readonly<Record<string, unknown>>, { history }: Session): string | undefined {
  if (typeof summary !== "string" || summary.trim() === "") return "has no summary";
  if (typeof through !== "number" || !Number.isSafeInteger(through)) return "has no place in the log";
  if (typeof tokensBefore !== "number" || typeof tokensAfter !== "number" || !(tokensAfter < tokensBefore))
    return "does not say that it makes the session shorter";
  const last = history.entries.at(-1)?.seq ?? -1;
  const replaced = history.entries.filter((entry) => entry.seq <= through || entry.type === "compacted");
  if (through > last || !replaced.some(({ type }) => type !== "compacted"))
    return `stands in for no part of the log (through ${through}, the last entry is ${last})`;
  if (summary.length >= charactersOf(replaced)) return "is no shorter than what it stands in for";
  const open = new Set<string>();
  for (const entry of replaced) {
    if (entry.type === "reply" && entry.partial !== true) for (const block of entry.content) if (block.type === "tool-call") open.add(block.id);
    if (entry.type === "tool-result") open.delete(entry.call);
  }
  return history.entries.some((entry) => entry.type === "tool-result" && entry.seq > through && open.has(entry.call))
    ? "parts a call from its result"
    : undefined;
}
