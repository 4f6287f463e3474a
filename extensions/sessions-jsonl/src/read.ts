import { open } from "node:fs/promises";
import { ClawError, type LogEntry } from "@claw/kernel";
import { jsonFrom, jsonl } from "@claw/kernel/kit";
import type { Place } from "./place.ts";
import { entryFrom } from "./shape.ts";

/** Longer than any entry can become; a file that has one is no log. */
const maxLineBytes = 256 * 1024 * 1024;
const chunkBytes = 256 * 1024;

/**
 * The entries of a log, in order. Only a last line may be no JSON: it was being written when the process or the machine
 * stopped, is left out and reported. Anything else that does not fit is SESSION_DAMAGED, after the entries before it.
 */
export async function* readLog(place: Place, onTorn?: (message: string) => void, maxBytes: number = maxLineBytes): AsyncGenerator<LogEntry, void> {
  let seq = 0;
  let torn: string | undefined;
  try {
    for await (const { text } of jsonl(chunksOf(place), maxBytes)) {
      if (torn !== undefined) throw damaged(place, seq, "is no JSON");
      const value = jsonFrom(text);
      if (value === undefined) {
        torn = text;
        continue;
      }
      const entry = entryFrom(value, seq);
      if (typeof entry === "string") throw damaged(place, seq, entry);
      yield entry;
      seq += 1;
    }
  } catch (error) {
    throw error instanceof RangeError ? damaged(place, seq, `is over ${maxBytes} bytes`) : error;
  }
  if (torn !== undefined) onTorn?.(`session ${place.session}: the last line (${Buffer.byteLength(torn)} bytes) was cut off and is left out`);
}

async function* chunksOf(place: Place): AsyncGenerator<Uint8Array, void> {
  try {
    await using file = await open(place.log, "r");
    for (let position = 0; ;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") throw sessionNotFound(place.session);
    throw new ClawError("SESSION_DAMAGED", `cannot read ${place.log}: ${(error as Error).message}`, { session: place.session }, { cause: error });
  }
}

export const sessionNotFound = (session: string): ClawError =>
  new ClawError("SESSION_NOT_FOUND", `there is no session ${session}`, { session }, { fix: "claw session list --all" });

/** Line numbers count from 1, entries from 0. */
export function damaged(place: Place, seq: number, why: string): ClawError {
  const fix =
    seq === 0
      ? "restore the file from a copy, or begin a new session"
      : `claw session fork ${place.session} --at ${seq - 1}, which goes on from the entry before it`;
  return new ClawError("SESSION_DAMAGED", `line ${seq + 1} of session ${place.session} ${why}`, { session: place.session, line: seq + 1 }, { fix });
}
