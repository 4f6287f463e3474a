import type { LogEntry } from "./contracts/session.ts";
import { ClawError } from "./errors.ts";
import { isRecord } from "./plain-data.ts";

/** Refuses what a store reads and no fold can stand on: a store is other people's code. Throws SESSION_DAMAGED. */
export function requireEntry(entry: unknown, seq: number, session: string): asserts entry is LogEntry {
  if (isRecord(entry) && entry["seq"] === seq && isSound(entry)) return;
  const fix = seq === 0 ? "begin a new session" : `claw session fork ${session} --at ${seq - 1}, which goes on from the entry before it`;
  throw new ClawError("SESSION_DAMAGED", `session ${session} cannot be read: its entry ${seq} is none`, { session, line: seq + 1 }, { fix });
}

function isSound({ type, content, summary, through, text, key }: Readonly<Record<string, unknown>>): boolean {
  switch (type) {
    case "prompt":
    case "reply":
    case "tool-result":
      return Array.isArray(content) && content.every(isBlock);
    case "compacted":
      return typeof summary === "string" && Number.isSafeInteger(through);
    case "note":
      return typeof text === "string";
    case "changed":
      return typeof key === "string";
    // A later version's types are kept and ignored.
    default:
      return typeof type === "string";
  }
}

function isBlock(block: unknown): boolean {
  if (!isRecord(block)) return false;
  const { type, text, id, input } = block;
  if (type === "text" || type === "reasoning") return typeof text === "string";
  return type === "tool-call" ? typeof id === "string" && isRecord(input) : typeof type === "string";
}
