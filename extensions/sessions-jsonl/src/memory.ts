import { rm } from "node:fs/promises";
import { join } from "node:path";
import { ClawError, type LogEntry, type SessionStore, type SessionSummary } from "@claw/kernel";
import { isNewest, isPath, matching, newestOf } from "./find.ts";
import { sessionNotFound } from "./read.ts";
import { openSpill } from "./spill.ts";
import { newestFirst, oneLine } from "./summary.ts";

/**
 * A store that writes no session: what is on the disk can be read and gone on with, what is added lives in memory.
 * Spilled output still needs a folder, and it goes when the session is closed.
 */
export function memoryStore(disk: SessionStore, scratchRoot: string): SessionStore & AsyncDisposable {
  const added = new Map<string, LogEntry[]>();
  const open = new Set<string>();
  const scratch = (session: string): string => join(scratchRoot, session);

  function begin(session: string): void {
    if (open.has(session)) throw new ClawError("SESSION_LOCKED", `session ${session} is in use by this process`, { session, pid: process.pid });
    open.add(session);
  }

  async function end(session: string): Promise<void> {
    if (open.delete(session)) await rm(scratch(session), { recursive: true, force: true });
  }

  async function summaries(workspace: string | undefined): Promise<readonly SessionSummary[]> {
    const all = [...added.values()].flatMap((entries) => summaryOf(entries, workspace));
    for await (const stored of disk.list(workspace)) all.push(stored);
    return all.toSorted(newestFirst);
  }

  return {
    async create(first) {
      if (added.has(first.id)) throw new ClawError("USAGE", `there is already a session ${first.id}`, {});
      begin(first.id);
      added.set(first.id, [first]);
    },
    async open(session) {
      if (!added.has(session)) {
        disk.scratch(session);
        added.set(session, []);
      }
      begin(session);
    },
    async append(session, entry) {
      const entries = added.get(session);
      if (entries === undefined || !open.has(session)) throw new ClawError("SESSION_WRITE_FAILED", `session ${session} is not open for writing`, { session });
      const last = entries.at(-1)?.seq;
      if (last !== undefined && entry.seq !== last + 1) {
        throw new ClawError("SESSION_WRITE_FAILED", `entry ${entry.seq} of session ${session} is not the next one, which is ${last + 1}`, { session });
      }
      entries.push(entry);
    },
    async *read(session, onTorn) {
      const entries = added.get(session);
      if (entries?.[0]?.seq !== 0) yield* disk.read(session, onTorn);
      yield* entries ?? [];
    },
    async *list(workspace) {
      yield* await summaries(workspace);
    },
    async find(reference, workspace) {
      if (isNewest(reference)) return newestOf(await summaries(workspace));
      if (isPath(reference)) return disk.find(reference, workspace);
      const [here, everywhere] = [await summaries(workspace), await summaries(undefined)];
      return matching(
        reference,
        here.map(({ session }) => session),
        () => everywhere.map(({ session }) => session),
      );
    },
    scratch,
    async spill(session, name) {
      if (!added.has(session)) throw sessionNotFound(session);
      return openSpill(session, scratch(session), name);
    },
    close: end,
    async [Symbol.asyncDispose]() {
      await Promise.all([...open].map(end));
    },
  };
}

/** Of a session that was begun here; one gone on with is listed by the disk. */
function summaryOf(entries: readonly LogEntry[], workspace: string | undefined): SessionSummary[] {
  const [first] = entries;
  if (first?.type !== "session" || (workspace !== undefined && first.workspace !== workspace)) return [];
  const prompt = entries.find((entry) => entry.type === "prompt")?.content.find((block) => block.type === "text");
  const given = entries.findLast((entry) => entry.type === "changed" && entry.key === "title");
  const title = given?.type === "changed" && typeof given.value === "string" ? given.value : (prompt?.text ?? "");
  const { id, cwd, parent } = first;
  return [
    { session: id, at: entries.at(-1)?.at ?? first.at, title: oneLine(title), cwd, entries: entries.length, ...(parent === undefined ? {} : { parent }) },
  ];
}
