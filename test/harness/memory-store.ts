import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ClawError, type LogEntry, type SessionStore } from "@claw/kernel";

/** A session store in memory; spilled output goes to files under `folder`, which is made for the first of them. */
export function memoryStore(folder: string = join(tmpdir(), `claw-spilled-${randomUUID()}`)): SessionStore {
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
      if (entry.seq !== log.length)
        throw new ClawError("SESSION_WRITE_FAILED", `session ${session}: entry ${entry.seq} does not follow ${log.length - 1}`, { session });
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
        yield {
          session,
          at: log.at(-1)?.at ?? first.at,
          title: titleOf(log),
          cwd: first.cwd,
          entries: log.length,
          ...(first.parent === undefined ? {} : { parent: first.parent }),
        };
      }
    },
    async find(reference, workspace) {
      if (logs.has(reference)) return reference;
      const matching: string[] = [];
      for await (const { session } of this.list(workspace))
        if (reference === "latest" || reference === "last" || session.startsWith(reference)) matching.push(session);
      const [found] = matching;
      if (found === undefined || (matching.length > 1 && reference !== "latest" && reference !== "last")) {
        const candidates = matching.length === 0 ? "" : `: it may be ${matching.join(", ")}`;
        throw new ClawError("SESSION_NOT_FOUND", `no session is meant by ${JSON.stringify(reference)}${candidates}`, { session: reference });
      }
      return found;
    },
    async spill(session, name) {
      mkdirSync(scratch(session), { recursive: true });
      const file = await openNew(
        scratch(session),
        name
          .replace(/[^A-Za-z0-9._-]/g, "_")
          .replace(/^\.+/, "_")
          .slice(0, 100),
      );
      const { path } = file;
      return { path, write: async (bytes) => void (await file.handle.write(bytes)), [Symbol.asyncDispose]: () => file.handle.close() };
    },
    async close(session) {
      locked.delete(session);
    },
  };
}

/** The title given last, or the first prompt's first line. */
function titleOf(log: readonly LogEntry[]): string {
  const given = log.findLast((entry) => entry.type === "changed" && entry.key === "title");
  if (given?.type === "changed" && typeof given.value === "string") return given.value.trim();
  const prompt = log.find((entry) => entry.type === "prompt");
  const text = prompt?.type === "prompt" ? prompt.content.find((block) => block.type === "text") : undefined;
  return text?.type === "text" ? (text.text.trim().split("\n")[0] ?? "").trim() : "";
}

/** A new file of this name, or of the name and a number. */
async function openNew(folder: string, name: string): Promise<{ readonly path: string; readonly handle: FileHandle }> {
  for (let count = 1; ; count += 1) {
    const path = join(folder, count === 1 ? name : `${count}-${name}`);
    try {
      return { path, handle: await open(path, "wx", 0o600) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}
