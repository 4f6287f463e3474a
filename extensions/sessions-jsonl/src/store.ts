import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { ClawError, type LogEntry, type SessionStore } from "@claw/kernel";
import { releaseLock, takeLock, thisProcess } from "@claw/kernel/kit";
import { isNewest, isPath, logAt, matching, newestOf } from "./find.ts";
import { createLog, resumeLog, type FsyncPolicy, type Log } from "./log.ts";
import { folderOf, isPlainName, locate, placeIn, placeOfLog, placesOf, type Place } from "./place.ts";
import { damaged, readLog, sessionNotFound } from "./read.ts";
import type { Redact } from "./redact.ts";
import { openSpill } from "./spill.ts";
import { newestFirst, summaryOf } from "./summary.ts";
import { writing } from "./write-failure.ts";

export interface DiskOptions {
  /** The folder that holds a folder for each workspace. */
  readonly root: string;
  readonly fsync: FsyncPolicy;
  readonly redact: Redact;
  readonly now: () => number;
}

/** A store of logs in files, and what its own command needs besides. */
export interface DiskStore extends SessionStore, Disposable {
  /** Throws SESSION_NOT_FOUND. */
  place(session: string): Place;
}

interface Writer {
  readonly log: Log;
  readonly place: Place;
}

export function diskStore({ root, fsync, redact, now }: DiskOptions): DiskStore {
  const writers = new Map<string, Writer>();
  /** Logs found by their path, outside of `root`. */
  const elsewhere = new Map<string, Place>();

  function place(session: string): Place {
    const found = writers.get(session)?.place ?? elsewhere.get(session) ?? locate(root, session);
    if (found === undefined) throw sessionNotFound(session);
    return found;
  }

  /** The writer of a log that `make` opens, once the lock is ours. */
  function begin(at: Place, make: () => Log): Writer {
    writing(at.session, folderOf(at), () => mkdirSync(folderOf(at), { recursive: true, mode: 0o700 }));
    const taken = writing(at.session, at.lock, () => takeLock(at.lock, thisProcess(), now));
    if (taken.by === "other") throw lockedBy(at, taken.holder);
    try {
      const writer = { log: make(), place: at };
      writers.set(at.session, writer);
      return writer;
    } catch (error) {
      releaseLock(at.lock);
      throw error;
    }
  }

  function end(session: string): void {
    const writer = writers.get(session);
    if (writer === undefined) return;
    writers.delete(session);
    writer.log.close();
    releaseLock(writer.place.lock);
  }

  async function append(session: string, entry: LogEntry): Promise<void> {
    const writer = writers.get(session);
    if (writer === undefined) throw new ClawError("SESSION_WRITE_FAILED", `session ${session} is not open for writing`, { session });
    const clean = redact(entry);
    await writer.log.append(clean);
    if (clean.type === "changed" && clean.key === "title" && typeof clean.value === "string") {
      const { title } = writer.place;
      const { value } = clean;
      writing(session, title, () => writeFileSync(title, value, { mode: 0o600 }));
    }
  }

  return {
    place,
    append,
    async create(first) {
      if (!isPlainName(first.id) || !isPlainName(first.workspace)) {
        throw new ClawError("USAGE", `${JSON.stringify(isPlainName(first.id) ? first.workspace : first.id)} cannot be the name of a session's file`, {
          hint: "give a UUID",
        });
      }
      if (locate(root, first.id) !== undefined) throw new ClawError("USAGE", `there is already a session ${first.id}`, { hint: `claw --resume ${first.id}` });
      const at = placeIn(root, first.workspace, first.id);
      begin(at, () => createLog(at, fsync));
      try {
        await append(first.id, first);
      } catch (error) {
        end(first.id);
        rmSync(at.log, { force: true });
        throw error;
      }
    },
    async open(session) {
      const at = place(session);
      begin(at, () => resumeLog(at, fsync));
    },
    async *read(session, onTorn) {
      // Opening a log has cut its torn end off already; who reads it is to know all the same.
      const torn = writers.get(session)?.log.torn;
      if (torn !== undefined) onTorn?.(torn);
      yield* readLog(place(session), onTorn);
    },
    async *list(workspace) {
      yield* placesOf(root, workspace).map(summaryOf).toSorted(newestFirst);
    },
    async find(reference, workspace) {
      if (isNewest(reference)) return newestOf(placesOf(root, workspace).map(summaryOf));
      if (!isPath(reference)) return matching(reference, ids(placesOf(root, workspace)), () => ids(placesOf(root, undefined)));
      const { log, name } = logAt(reference);
      const at = placeOfLog(name, log);
      for await (const first of readLog(at)) {
        if (first.type !== "session") break;
        elsewhere.set(first.id, placeOfLog(first.id, log));
        return first.id;
      }
      throw damaged(at, 0, "is missing: the log is empty");
    },
    scratch: (session) => place(session).scratch,
    spill: async (session, name) => openSpill(session, place(session).scratch, name),
    close: async (session) => end(session),
    [Symbol.dispose]() {
      for (const session of writers.keys()) end(session);
    },
  };
}

const ids = (places: readonly Place[]): readonly string[] => places.map(({ session }) => session);

function lockedBy(at: Place, holder: { readonly pid: number; readonly host: string } | undefined): ClawError {
  const who = holder === undefined ? "another process" : `process ${holder.pid} on ${holder.host}`;
  const data = { session: at.session, ...(holder === undefined ? {} : { pid: holder.pid }) };
  return new ClawError("SESSION_LOCKED", `session ${at.session} is in use by ${who}`, data, {
    fix: `wait for it to end, go on in a copy with --fork-session, or delete ${at.lock} if it is gone`,
  });
}
