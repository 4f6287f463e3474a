import { appendFileSync, lstatSync, mkdirSync, readFileSync, rmSync, rmdirSync, unlinkSync } from "node:fs";
import { dirname } from "node:path";

/**
 * The empty files that a device bound over nothing leaves behind. They are counted while several programs run at once, written
 * down before they are made, and taken away after the last; what a killed claw left is taken away at the next start.
 */
export interface Placeholders {
  hold(paths: readonly string[]): void;
  release(paths: readonly string[]): void;
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
        else {
          held.delete(path);
          removeEmpty(path);
        }
      }
      if (held.size === 0) collect(journal);
    },
  };
}

/** Takes away what is in the journal of processes that are gone, and the journal with it once nothing is left. */
function collect(journal: string): void {
  let lines: readonly string[];
  try {
    lines = readFileSync(journal, "utf8").split("\n");
  } catch {
    return;
  }
  let others = 0;
  for (const line of lines) {
    const entry = entryOf(line);
    if (entry === undefined) continue;
    if (entry.pid !== process.pid && isAlive(entry.pid)) others += 1;
    else removeEmpty(entry.path);
  }
  if (others === 0) rmSync(journal, { force: true });
}

function entryOf(line: string): { readonly pid: number; readonly path: string } | undefined {
  try {
    const { pid, path } = JSON.parse(line) as { readonly pid?: unknown; readonly path?: unknown };
    return typeof pid === "number" && typeof path === "string" && path.startsWith("/") ? { pid, path } : undefined;
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

/** Only what is still empty was ours. bubblewrap makes a file for a device and a folder for a folder. */
function removeEmpty(path: string): void {
  try {
    const stat = lstatSync(path);
    if (stat.isFile() && stat.size === 0) unlinkSync(path);
    else if (stat.isDirectory()) rmdirSync(path);
  } catch {
    // Somebody else took it away, or put something into it.
  }
}
