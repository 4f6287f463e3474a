import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import type { LogEntry, SessionSummary } from "@claw/kernel";
import { jsonFrom } from "@claw/kernel/kit";
import type { Place } from "./place.ts";
import { entryFrom } from "./shape.ts";
import { lastLine, readAt } from "./tail.ts";

/** How much of a log's beginning is searched for its first prompt: a first small part, then once a large one. */
const headBytes = [32 * 1024, 1024 * 1024] as const;
const titleLength = 80;

/** What a list shows of a log, from its two ends. One that cannot be read is listed too, and says so in its title. */
export function summaryOf(place: Place): SessionSummary {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(place.log, "r");
    return summarise(descriptor, place);
  } catch (error) {
    return unreadable(place, new Date(0), (error as NodeJS.ErrnoException).code ?? (error as Error).message);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function summarise(descriptor: number, place: Place): SessionSummary {
  const { size, mtime } = fstatSync(descriptor);
  const head = headOf(descriptor, size);
  if (head.first?.type !== "session") return unreadable(place, mtime, size === 0 ? "empty" : "damaged");
  const last = endOf(descriptor, size);
  const { cwd, parent, at } = head.first;
  return {
    session: place.session,
    at: last?.at ?? at,
    title: givenTitle(place) ?? head.prompt ?? (parent === undefined ? "" : `fork of ${parent.session}`),
    cwd,
    entries: (last?.seq ?? 0) + 1,
    ...(parent === undefined ? {} : { parent }),
  };
}

const unreadable = ({ session }: Place, at: Date, why: string): SessionSummary => ({ session, at: at.toISOString(), title: `(${why})`, cwd: "", entries: 0 });

/** Entry 0, and the first line of the first prompt. */
function headOf(descriptor: number, size: number): { readonly first?: LogEntry; readonly prompt?: string } {
  for (const bytes of headBytes) {
    const part = readAt(descriptor, 0, Math.min(bytes, size));
    const isWhole = part.length === size;
    const lines = part
      .toString("utf8")
      .split("\n")
      .slice(0, isWhole ? undefined : -1);
    const prompt = lines.find((line) => line.includes('"type":"prompt"'));
    if (prompt === undefined && !isWhole && bytes !== headBytes.at(-1)) continue;
    const first = entryFrom(jsonFrom(lines[0] ?? ""), 0);
    return { ...(typeof first === "string" ? {} : { first }), ...(prompt === undefined ? {} : promptOf(prompt)) };
  }
  return {};
}

function promptOf(line: string): { readonly prompt?: string } {
  const entry = jsonFrom(line) as { readonly content?: readonly { readonly type?: unknown; readonly text?: unknown }[] } | undefined;
  const text = entry?.content?.find?.((block) => block?.type === "text" && typeof block.text === "string")?.text;
  return typeof text === "string" ? { prompt: oneLine(text) } : {};
}

/** The last entry that is whole. */
function endOf(descriptor: number, size: number): { readonly seq: number; readonly at: string } | undefined {
  const last = lastLine(descriptor, size);
  const found = stampOf(jsonFrom(last.bytes.toString()));
  return found ?? (last.start === 0 ? undefined : stampOf(jsonFrom(lastLine(descriptor, last.start).bytes.toString())));
}

function stampOf(value: unknown): { readonly seq: number; readonly at: string } | undefined {
  const { seq, at } = (value ?? {}) as { readonly seq?: unknown; readonly at?: unknown };
  return typeof seq === "number" && typeof at === "string" ? { seq, at } : undefined;
}

function givenTitle(place: Place): string | undefined {
  try {
    return oneLine(readFileSync(place.title, "utf8"));
  } catch {
    return undefined;
  }
}

export function oneLine(text: string): string {
  const line = (text.trimStart().split("\n", 1)[0] ?? "").replace(/\p{Cc}/gu, " ").trim();
  return line.length > titleLength ? `${line.slice(0, titleLength - 1)}…` : line;
}

/** Newest first; of two at the same instant the one with the later id. */
export function newestFirst(one: SessionSummary, other: SessionSummary): number {
  return compare(other.at, one.at) || compare(other.session, one.session);
}

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);
