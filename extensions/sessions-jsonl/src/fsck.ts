import { statSync } from "node:fs";
import { ClawError } from "@claw/kernel";
import type { Place } from "./place.ts";
import { readLog } from "./read.ts";

export interface Report {
  readonly session: string;
  /** Whole entries from the beginning on. */
  readonly entries: number;
  readonly bytes: number;
  /** True if a living process writes to it. */
  readonly inUse: boolean;
  /** What was cut off at the end; the next start mends it. */
  readonly torn?: string;
  readonly damaged?: { readonly line?: number; readonly message: string };
  /** All of it in one sentence. */
  readonly text: string;
}

/** Reads a log to its end and says what is wrong with it. Changes nothing. */
export async function fsck(place: Place, inUse: boolean): Promise<Report> {
  const torn: string[] = [];
  let entries = 0;
  let fault: ClawError<"SESSION_DAMAGED"> | undefined;
  try {
    for await (const entry of readLog(place, (message) => torn.push(message))) entries = entry.seq + 1;
  } catch (error) {
    if (!ClawError.is(error, "SESSION_DAMAGED")) throw error;
    fault = error;
  }
  const [tail] = torn;
  const line = fault?.data.line;
  const verdict = fault?.message ?? tail ?? "every line is whole";
  return {
    session: place.session,
    entries,
    bytes: statSync(place.log).size,
    inUse,
    ...(tail === undefined ? {} : { torn: tail }),
    ...(fault === undefined ? {} : { damaged: { message: fault.message, ...(line === undefined ? {} : { line }) } }),
    text: `${entries} entries; ${verdict}${inUse ? "; a process is using it" : ""}${fault?.fix === undefined ? "" : `; ${fault.fix}`}`,
  };
}
