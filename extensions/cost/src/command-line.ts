import { parseArgs } from "node:util";
import { ClawError, type CommandCall } from "@claw/kernel";

const groupings = ["session", "model", "extension"] as const;
export type Grouping = (typeof groupings)[number];

export interface Asked {
  readonly call: CommandCall;
  /** An id, its beginning, `latest` or a path. */
  readonly session?: string;
  readonly by?: Grouping;
  /** Milliseconds; what came earlier is not counted. */
  readonly since?: number;
}

const usage = "claw cost [SESSION] [--json] [--by session|model|extension] [--since DATE]";

/** What the words and flags ask for; USAGE for what they cannot mean. */
export function readCommandLine(asked: CommandCall): Asked {
  const { positionals, values } = parsed(asked.argv);
  const [session, extra] = positionals;
  if (extra !== undefined) throw wrong(`cost was given too much: ${JSON.stringify(extra)}`);
  const { by, since } = values;
  if (by !== undefined && !isGrouping(by)) throw wrong(`--by takes ${groupings.join(", ")}, not ${JSON.stringify(by)}`);
  return {
    call: values.json === true ? { ...asked, json: true } : asked,
    ...(session === undefined ? {} : { session }),
    ...(by === undefined ? {} : { by }),
    ...(since === undefined ? {} : { since: timeOf(since) }),
  };
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], allowPositionals: true, options: { json: { type: "boolean" }, by: { type: "string" }, since: { type: "string" } } });
  } catch (error) {
    throw wrong(`cost: ${(error as Error).message.split(". ", 1)[0]}`);
  }
}

const isGrouping = (text: string): text is Grouping => groupings.some((one) => one === text);

/** A day, or a time of it, counted in UTC as logs are unless it says otherwise. */
function timeOf(text: string): number {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(Z|[+-]\d{2}:\d{2})?)?$/.exec(text);
  const [, day = "", clock = "00:00", zone = "Z"] = match ?? [];
  const time = Date.parse(`${day}T${clock}${zone}`);
  // A day that a month does not have would count as one of the next.
  const isDay = match !== null && !Number.isNaN(time) && new Date(`${day}T00:00Z`).toISOString().startsWith(day);
  if (isDay) return time;
  throw wrong(`--since takes a date such as 2026-11-23 or 2026-11-23T09:30, not ${JSON.stringify(text)}`);
}

const wrong = (message: string): ClawError<"USAGE"> => new ClawError("USAGE", message, { hint: usage });
