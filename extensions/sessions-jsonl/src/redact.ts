import type { LogEntry } from "@claw/kernel";
import { mapStrings, secretFilter } from "@claw/kernel/kit";

export type Redact = (entry: LogEntry) => LogEntry;

/** Takes secrets out of an entry, before it is written. */
export function redactor(environment: Readonly<Record<string, string | undefined>>): Redact {
  const filter = secretFilter(environment, (name) => `[redacted:${name}]`);
  return (entry) => mapStrings(entry, filter) as LogEntry;
}
