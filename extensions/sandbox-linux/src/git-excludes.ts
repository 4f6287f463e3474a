import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { isWithin } from "@claw/kernel/kit";
import { textOf } from "./disk.ts";
import type { Places } from "./places.ts";
import type { Guarded } from "./protected-paths.ts";

const mostOwn = 100_000;

export interface Copy {
  readonly from: string;
  readonly to: string;
}

/**
 * The empty files in the place of names that are not there are nobody's work: git, inside, neither shows nor adds them. It looks
 * into its usual file in the home folder, which has what the person has there, too. Empty folders git does not see anyway.
 */
export function createGitExcludes(state: string, home: string | undefined): (guarded: readonly Guarded[], places: Places) => readonly Copy[] {
  const made = new Map<string, string>();
  return (guarded, { roots, writable, readable }) => {
    const names = guarded.flatMap((one) =>
      one.type === "kept free" && one.by === "empty file" && roots.includes(dirname(one.path)) ? [basename(one.path)] : [],
    );
    const to = join(home ?? "/", ".config/git/ignore");
    // Where something of the disk's is in sight there, nothing can be put.
    if (home === undefined || home === "/" || names.length === 0 || [...writable, ...readable].some((one) => isWithin(one, to) || isWithin(to, one))) return [];
    const text = `${textOf(to, mostOwn)}\n${[...new Set(names)].map((name) => `/${name}\n`).join("")}`;
    let from = made.get(text);
    if (from === undefined) {
      from = join(state, "sandbox", `git-ignore-${createHash("sha256").update(text).digest("hex").slice(0, 16)}`);
      mkdirSync(dirname(from), { recursive: true, mode: 0o700 });
      writeFileSync(from, text, { mode: 0o600 });
      made.set(text, from);
    }
    return [{ from, to }];
  };
}
