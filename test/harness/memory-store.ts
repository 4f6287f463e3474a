import { mkdirSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { ClawError, type LogEntry, type SessionStore } from "@claw/kernel";

/** A session store in memory; spilled output goes to files under `folder`. */
export function memoryStore(folder: string): SessionStore {
  const logs = new Map<string, LogEntry[]>();
  const locked = new Set<string>();
  const logOf = (session: string): LogEntry[] => {
    const log = logs.get(session);
    if (log === undefined) throw new ClawError("SESSION_NOT_FOUND", `there is no session ${session}`, { session });
    return log;
  };
  const scratch = (session: string): string => join(folder, session);
  return {
    scratch,
    async create(first) {
      if (logs.has(first.id)) throw new ClawError("SESSION_LOCKED", `session ${first.id} exists`, { session: first.id });
      logs.set(first.id, [first]);
      locked.add(first.id);
    },
    async open(session) {
      logOf(session);
      if (locked.has(session)) throw new ClawError("SESSION_LOCKED", `session ${session} is open already`, { session });
      locked.add(session);
    },
    async append(session, entry) {
      const log = logOf(session);
      if (!locked.has(session)) throw new ClawError("SESSION_WRITE_FAILED", `session ${session} is not open for writing`, { session });
      if (entry.seq !== log.length) throw new ClawError("SESSION_WRITE_FAILED", `session ${session}: entry ${entry.seq} does not follow ${log.length - 1}`, { session });
      // What is stored is what a file would hold.
      log.push(JSON.parse(JSON.stringify(entry)) as LogEntry);
    },
    async *read(session) {
      yield* logOf(session);
    },
    async *list(workspace) {
      const newest = [...logs].sort(([a, one], [b, other]) => (other.at(-1)?.at ?? "").localeCompare(one.at(-1)?.at ?? "") || b.localeCompare(a));
      for (const [session, log] of newest) {
        const [first] = log;
        if (first?.type !== "session" || (workspace !== undefined && first.workspace !== workspace)) continue;
        const prompt = log.find((entry) => entry.type === "prompt");
        const text = prompt?.type === "prompt" ? prompt.content.find((block) => block.type === "text") : undefined;
        const title = text?.type === "text" ? (text.text.split("\n")[0] ?? "") : "";
        yield { session, at: log.at(-1)?.at ?? first.at, title, cwd: first.cwd, entries: log.length, ...(first.parent === undefined ? {} : { parent: first.parent }) };
      }
    },
    async find(reference, workspace) {
      if (logs.has(reference)) return reference;
      const matching: string[] = [];
      for await (const { session } of this.list(workspace)) if (reference === "latest" || reference === "last" || session.startsWith(reference)) matching.push(session);
      const [found] = matching;
      if (found === undefined || (matching.length > 1 && reference !== "latest" && reference !== "last")) {
        throw new ClawError("SESSION_NOT_FOUND", `no session is meant by ${JSON.stringify(reference)}`, { session: reference });
      }
      return found;
    },
    async spill(session, name) {
      mkdirSync(scratch(session), { recursive: true });
      const path = join(scratch(session), name);
      const file = await open(path, "a", 0o600);
      return { path, write: async (bytes) => void (await file.write(bytes)), [Symbol.asyncDispose]: () => file.close() };
    },
    async close(session) {
      locked.delete(session);
    },
  };
}
