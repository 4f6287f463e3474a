import type { ExportBatch, LogEntry } from "@claw/kernel";
import { type Attributes, attributesOf, present } from "./attributes.ts";
import { wordOf } from "./plain-name.ts";

export interface LogRecord {
  readonly unixNano: bigint;
  readonly severity: keyof typeof severities;
  readonly event: string;
  readonly attributes: Attributes;
}

/** Numbers of the log data model. */
export const severities = { INFO: 9, WARN: 13, ERROR: 17 } as const;

/** What is added of an entry to what may always be said. */
export type Addition = (entry: LogEntry) => Attributes;

/** A batch as records, in its order; before them how many were left out, if any. */
export function recordsOf({ session, entries, dropped }: ExportBatch, now: Date, addition: Addition): readonly LogRecord[] {
  const common = present({ "session.id": wordOf(session) });
  const records = entries.map((entry) => recordOf(entry, common, addition));
  if (dropped === 0) return records;
  const event = "claw.dropped";
  const attributes = { "event.name": event, ...common, "claw.dropped_count": dropped };
  return [{ unixNano: records[0]?.unixNano ?? nanosOf(now.toISOString()), severity: "WARN", event, attributes }, ...records];
}

function recordOf(entry: LogEntry, common: Attributes, addition: Addition): LogRecord {
  const event = eventOf(entry);
  // The same id twice: backends look for the one, those that know the conventions of models for the other.
  const conversation = entry.type === "reply" || entry.type === "tool-result" ? present({ "gen_ai.conversation.id": common["session.id"] }) : {};
  return {
    unixNano: nanosOf(entry.at),
    severity: hasFailed(entry) ? "ERROR" : "INFO",
    event,
    attributes: { "event.name": event, ...common, ...conversation, ...attributesOf(entry), ...addition(entry) },
  };
}

/** Where the conventions have a name for an event it is that one. */
const eventOf = ({ type }: LogEntry): string =>
  type === "reply" ? "gen_ai.client.inference.operation.details" : `claw.${(wordOf(type) ?? "unknown").replaceAll("-", "_")}`;

const hasFailed = (entry: LogEntry): boolean =>
  entry.type === "fault" || (entry.type === "turn-end" && entry.reason === "failed") || (entry.type === "tool-result" && entry.outcome === "failed");

/** An ISO time with up to nine digits of a second, as logs have them; 0, which means unknown, for what is none. */
function nanosOf(at: string): bigint {
  const [, seconds = "", fraction = ""] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/.exec(at) ?? [];
  const ms = Date.parse(`${seconds}Z`);
  return Number.isNaN(ms) || ms < 0 ? 0n : BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, "0"));
}
