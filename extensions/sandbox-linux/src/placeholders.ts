import { appendFileSync, lstatSync, mkdirSync, readFileSync, readdirSync, rmSync, rmdirSync, unlinkSync } from "node:fs";
import { dirname } from "node:path";

/**
 * The empty files and folders that a mount over nothing leaves behind. They are counted while several programs run at once, written
 * down before they are made, and taken away after the last; what a killed claw left is taken away at the next start.
 */
export interface Placeholders {
  hold(paths: readonly string[]): void;
  release(paths: readonly string[]): void;
  /** Whether a path is such a file or folder, of this process or of another that still runs, and still has nothing in it. */
  holds(path: string): boolean;
}

export function createPlaceholders(journal: string): Placeholders {
  const held = new Map<string, number>();
  collect(journal);
  return {
    hold(paths) {
      const fresh = paths.filter((path) => !held.has(path));
      if (fresh.length > 0) {
        mkdirSync(dirname(journal), { recursive: true, mode: 0o700 });
        appendFileSync(journal, fresh.map((path) => `${JSON.stringify({ pid: process.pid, path })}\n`).join(""), { mode: 0o600 });
      }
      for (const path of paths) held.set(path, (held.get(path) ?? 0) + 1);
    },
    release(paths) {
      for (const path of paths) {
        const count = (held.get(path) ?? 1) - 1;
        if (count > 0) held.set(path, count);
        else held.delete(path);
      }
      const stillUsed = heldByOthers(journal);
      for (const path of paths) if (!held.has(path) && !stillUsed.has(path)) removeEmpty(path);
      if (held.size === 0) collect(journal);
    },
    holds: (path) => isEmpty(path) && (held.has(path) || heldByOthers(journal).has(path)),
  };
}

/** Takes away what is in the journal of processes that are gone, and the journal with it once nothing is left. */
function collect(journal: string): void {
  const entries = entriesOf(journal);
  const stillUsed = heldByOthers(journal);
  for (const { path } of entries) if (!stillUsed.has(path)) removeEmpty(path);
  if (stillUsed.size === 0) rmSync(journal, { force: true });
}

/** What other processes that still run have put there: the wall of theirs would go with it. */
const heldByOthers = (journal: string): ReadonlySet<string> =>
  new Set(entriesOf(journal).flatMap(({ pid, path }) => (pid !== process.pid && isAlive(pid) ? [path] : [])));

interface Entry {
  readonly pid: number;
  readonly path: string;
}

function entriesOf(journal: string): readonly Entry[] {
  try {
    return readFileSync(journal, "utf8")
      .split("\n")
      .flatMap((line) => entryOf(line) ?? []);
  } catch {
    return [];
  }
}

function entryOf(line: string): Entry | undefined {
  try {
    const { pid, path } = JSON.parse(line) as { readonly pid?: unknown; readonly path?: unknown };
    return typeof pid === "number" && Number.isSafeInteger(pid) && pid > 0 && typeof path === "string" && path.startsWith("/") ? { pid, path } : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function isEmpty(path: string): boolean {
  try {
    const stat = lstatSync(path);
    return stat.isDirectory() ? readdirSync(path).length === 0 : stat.isFile() && stat.size === 0;
  } catch {
    return false;
  }
}

/** Only what is still empty was ours. */
function removeEmpty(path: string): void {
  try {
    if (lstatSync(path).isDirectory()) rmdirSync(path);
    else if (isEmpty(path)) unlinkSync(path);
  } catch {
    // Somebody else took it away, or put something into it.
  }
}
