import { statSync } from "node:fs";
import { basename, isAbsolute, resolve } from "node:path";
import { ClawError, type SessionSummary } from "@claw/kernel";
import { newestFirst } from "./summary.ts";

const newestWords: readonly string[] = ["latest", "last", "recent"];
const listed = 5;

/** Whether a reference means a file and not an id. */
export const isPath = (reference: string): boolean => isAbsolute(reference) || /[/\\]/.test(reference) || reference.endsWith(".jsonl");

export const isNewest = (reference: string): boolean => newestWords.includes(reference.toLowerCase());

/** The file a path means, and the id its name suggests. */
export function logAt(reference: string): { readonly log: string; readonly name: string } {
  const log = resolve(reference);
  if (statSync(log, { throwIfNoEntry: false })?.isFile() !== true)
    throw new ClawError("SESSION_NOT_FOUND", `there is no session log at ${log}`, { session: reference }, { fix: "claw session list --all" });
  return { log, name: basename(log, ".jsonl") };
}

/** The session used last, by its last entry and not by a file's time. */
export function newestOf(summaries: readonly SessionSummary[]): string {
  const [newest] = summaries.filter(({ entries }) => entries > 0).toSorted(newestFirst);
  if (newest !== undefined) return newest.session;
  throw new ClawError("SESSION_NOT_FOUND", "there is no session of this folder yet", { session: "latest" }, { fix: "claw session list --all" });
}

/** The one id that a reference is, or begins: of this workspace's, and of everybody's when there it is none. */
export function matching(reference: string, here: readonly string[], everywhere: () => readonly string[]): string {
  const near = within(reference, here);
  const found = near.length > 0 ? near : within(reference, everywhere());
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0) return only;
  if (only === undefined)
    throw new ClawError("SESSION_NOT_FOUND", `there is no session ${reference}`, { session: reference }, { fix: "claw session list --all" });
  const names = found.slice(0, listed).join(", ") + (found.length > listed ? `, and ${found.length - listed} more` : "");
  throw new ClawError(
    "SESSION_NOT_FOUND",
    `${reference} is the beginning of ${found.length} sessions: ${names}`,
    { session: reference },
    { fix: "give more of the id" },
  );
}

function within(reference: string, ids: readonly string[]): readonly string[] {
  if (reference === "" || ids.includes(reference)) return ids.filter((id) => id === reference);
  return ids.filter((id) => id.toLowerCase().startsWith(reference.toLowerCase()));
}
