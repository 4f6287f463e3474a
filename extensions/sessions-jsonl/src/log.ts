import { appendFileSync, closeSync, constants, fdatasync, fstatSync, fsyncSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { ClawError, type LogEntry } from "@claw/kernel";
import { jsonFrom } from "@claw/kernel/kit";
import { folderOf, type Place } from "./place.ts";
import { damaged, sessionNotFound } from "./read.ts";
import { lastLine } from "./tail.ts";
import { writing, writeFailure } from "./write-failure.ts";

export type FsyncPolicy = "turn" | "always" | "never";

/** An open log: the only way an entry reaches its file. */
export interface Log {
  /** What was cut off at the end when it was opened. */
  readonly torn?: string;
  /** One write of one whole line, before it resolves. */
  append(entry: LogEntry): Promise<void>;
  close(): void;
}

const flush = (descriptor: number): Promise<void> =>
  new Promise((resolve, reject) => fdatasync(descriptor, (error) => (error === null ? resolve() : reject(error))));
const appendOnly = constants.O_RDWR | constants.O_APPEND;

/** Begins the file of a log; it must not exist. */
export function createLog(place: Place, fsync: FsyncPolicy): Log {
  const descriptor = writing(place.session, place.log, () => openSync(place.log, appendOnly | constants.O_CREAT | constants.O_EXCL, 0o600));
  return logOn(descriptor, place, fsync, { size: 0, next: 0 });
}

/** Opens a log to go on with. A torn last line is moved to a file beside it, so that the log is whole again. */
export function resumeLog(place: Place, fsync: FsyncPolicy): Log {
  const descriptor = openExisting(place);
  try {
    return logOn(descriptor, place, fsync, mend(descriptor, place));
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

function openExisting(place: Place): number {
  try {
    return openSync(place.log, appendOnly);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") throw sessionNotFound(place.session);
    throw writeFailure(place.session, place.log, error);
  }
}

interface End {
  /** Bytes of whole lines. */
  size: number;
  /** The number of the next entry. */
  next: number;
  readonly torn?: string;
}

function logOn(descriptor: number, place: Place, fsync: FsyncPolicy, end: End): Log {
  let folderSynced = false;

  function write(line: Buffer): void {
    const { size, nlink } = fstatSync(descriptor);
    if (nlink === 0) throw new ClawError("SESSION_WRITE_FAILED", `${place.log} was deleted while the session was running`, { session: place.session });
    // What a write that failed half-way has left; the lock makes sure that it is ours.
    if (size > end.size) ftruncateSync(descriptor, end.size);
    try {
      for (let written = 0; written < line.length;) written += writeSync(descriptor, line, written);
    } catch (error) {
      try {
        ftruncateSync(descriptor, end.size);
      } catch {
        // The next append or the next start does it; what failed first is what to report.
      }
      throw error;
    }
    end.size += line.length;
  }

  async function sync(): Promise<void> {
    await flush(descriptor);
    if (folderSynced || process.platform === "win32") return;
    // The name of a new file is an entry of its folder, which is flushed on its own.
    const folder = openSync(folderOf(place), "r");
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
    folderSynced = true;
  }

  return {
    ...(end.torn === undefined ? {} : { torn: end.torn }),
    async append(entry) {
      if (entry.seq !== end.next) {
        throw new ClawError("SESSION_WRITE_FAILED", `entry ${entry.seq} of session ${place.session} is not the next one, which is ${end.next}`, {
          session: place.session,
        });
      }
      const line = Buffer.from(`${JSON.stringify(entry)}\n`);
      writing(place.session, place.log, () => write(line));
      end.next += 1;
      if (fsync === "always" || (fsync === "turn" && entry.type === "turn-end")) {
        await sync().catch((error: unknown) => {
          throw writeFailure(place.session, place.log, error);
        });
      }
    },
    close: () => closeSync(descriptor),
  };
}

/** Finds the last whole line, moves what is torn after it out of the log, and says where the next entry goes. */
function mend(descriptor: number, place: Place): End {
  const { size } = fstatSync(descriptor);
  const last = lastLine(descriptor, size);
  const value = jsonFrom(last.bytes.toString());
  if (value !== undefined) {
    // Whole but for its line feed: stored, and only that is missing.
    if (!last.ended) writing(place.session, place.log, () => writeSync(descriptor, "\n"));
    return { size: last.ended ? size : size + 1, next: nextAfter(value, place) };
  }
  if (last.start === 0) throw damaged(place, 0, size === 0 ? "is missing: the log is empty" : "is no JSON");
  const before = jsonFrom(lastLine(descriptor, last.start).bytes.toString());
  const torn = `the last line of session ${place.session} (${last.bytes.length} bytes) was cut off; it is kept in ${place.torn}`;
  const end = { size: last.start, next: nextAfter(before, place), torn };
  writing(place.session, place.torn, () => appendFileSync(place.torn, Buffer.concat([last.bytes, Buffer.from("\n")]), { mode: 0o600 }));
  writing(place.session, place.log, () => ftruncateSync(descriptor, last.start));
  return end;
}

function nextAfter(value: unknown, place: Place): number {
  const seq = typeof value === "object" && value !== null && "seq" in value ? value.seq : undefined;
  if (typeof seq === "number" && Number.isSafeInteger(seq) && seq >= 0) return seq + 1;
  throw new ClawError(
    "SESSION_DAMAGED",
    `the end of session ${place.session} is no entry of a log`,
    { session: place.session },
    { fix: `claw session fsck ${place.session}` },
  );
}
