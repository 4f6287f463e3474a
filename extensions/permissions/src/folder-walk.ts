import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";

export interface WalkedEntry {
  /** From the folder that is gone through, with `/`. */
  readonly relative: string;
  readonly type: "file" | "folder" | "link" | "other";
}

export interface WalkOptions {
  /** How far down: 1 is what lies in the folder itself. */
  readonly depth: number;
  /** After so many entries it ends. */
  readonly most: number;
  /** Folders that are not gone into, by their names. */
  readonly skipped: ReadonlySet<string>;
}

const inOneGo = 2_000;

/** What lies below a folder, a folder at a time, links not followed; answers at the end whether that was all. */
export async function* walk(folder: string, { depth, most, skipped }: WalkOptions, signal: AbortSignal): AsyncGenerator<WalkedEntry, boolean> {
  const pending: { readonly relative: string; readonly level: number }[] = [{ relative: "", level: 1 }];
  let seen = 0;
  for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
    for (const entry of entriesOf(join(folder, next.relative))) {
      if (seen >= most) return false;
      seen += 1;
      if (seen % inOneGo === 0) {
        await setImmediate();
        signal.throwIfAborted();
      }
      const relative = next.relative === "" ? entry.name : `${next.relative}/${entry.name}`;
      const type = entry.isSymbolicLink() ? "link" : entry.isDirectory() ? "folder" : entry.isFile() ? "file" : "other";
      if (type === "folder" && next.level < depth && !skipped.has(entry.name)) pending.push({ relative, level: next.level + 1 });
      yield { relative, type };
    }
  }
  return true;
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    // What cannot be listed here cannot be listed by a command either.
    return [];
  }
}
