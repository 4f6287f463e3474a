import { ClawError, type CallScope } from "@claw/kernel";
import { isWithin } from "@claw/kernel/kit";
import { lstatSync, realpathSync, type Dirent } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { AgentsIgnore, AgentsRules } from "./agents-ignore.ts";
import { openListed } from "./listed-folder.ts";

/** So many entries are looked at, in so many folders at a time, and so many of them can be kept out of sight. */
const maxSeen = 200_000;
const goSize = 64;
const maxFound = 500;
/** A folder that changed so short a time ago may change again without its time telling. */
const restlessMs = 2500;
/** Walks that are remembered: one for each set of folders and rules. */
const maxWalks = 4;

/** What a folder held when it was read. */
interface Seen {
  readonly stamp: string;
  readonly count: number;
  /** What to keep out of sight, absolute. */
  readonly named: readonly string[];
  readonly folders: readonly string[];
}

export type IgnoredPaths = (call: CallScope) => Promise<readonly string[]>;

/**
 * What `.agentsignore` names in the session's folders, as it is on the disk now; a folder stands for all below it. Every program that
 * is started asks: a folder that did not change since is not read again.
 */
export function createIgnoredPaths(agents: AgentsIgnore): IgnoredPaths {
  const walks = new Map<string, Map<string, Seen>>();
  return async (call) => {
    const rules = await agents.rulesForOnce(call);
    if (rules === undefined) return [];
    const before = walks.get(rules.text);
    const now = new Map<string, Seen>();
    const found = await walk(rules, before, now, call);
    walks.delete(rules.text);
    if (walks.size >= maxWalks) walks.delete([...walks.keys()][0] ?? "");
    walks.set(rules.text, now);
    return found;
  };
}

async function walk(rules: AgentsRules, before: ReadonlyMap<string, Seen> | undefined, now: Map<string, Seen>, call: CallScope): Promise<readonly string[]> {
  const found = new Set<string>();
  // From the outermost folder in: one inside another is walked once.
  const stack = rules.folders.toSorted((a, b) => b.length - a.length);
  let count = 0;
  for (let folder = stack.pop(); folder !== undefined; folder = stack.pop()) {
    if (now.has(folder)) continue;
    if (now.size % goSize === 0) await setImmediate(undefined, { signal: call.signal });
    const seen = look(folder, rules, before?.get(folder));
    now.set(folder, seen);
    count += seen.count;
    if (count > maxSeen) throw tooMany(folder, count, maxSeen, "entries of folders would have to be looked at");
    for (const path of seen.named) found.add(path);
    if (found.size > maxFound) throw tooMany(folder, found.size, maxFound, "files are named by it one by one");
    stack.push(...seen.folders);
  }
  return [...found].toSorted();
}

function look(folder: string, rules: AgentsRules, before: Seen | undefined): Seen {
  const verdict = rules.verdict(folder, true);
  if (ClawError.is(verdict)) throw verdict;
  const stamp = stampOf(folder);
  if (before !== undefined && stamp !== "" && before.stamp === stamp) return before;
  using opened = openListed(folder);
  // What cannot be read here cannot be read by the programs of the same person either.
  const entries = opened?.entries ?? [];
  const named = entries.filter((entry) => rules.verdict(join(folder, entry.name), entry.isDirectory()) === "named");
  const links = named.some((entry) => entry.isSymbolicLink());
  const hidden = new Set(named);
  return {
    // Where a link leads changes without the folder.
    stamp: links ? "" : stamp,
    count: entries.length,
    named: named.flatMap((entry) => hiddenBy(entry, join(folder, entry.name), rules)),
    folders: entries.filter((entry) => entry.isDirectory() && !hidden.has(entry)).map(({ name }) => join(folder, name)),
  };
}

/** What tells that a folder is the same and has the same entries; empty when nothing does. */
function stampOf(folder: string): string {
  const stats = lstatSync(folder, { bigint: true, throwIfNoEntry: false });
  if (stats === undefined || !stats.isDirectory()) return "";
  const { dev, ino, mtimeNs, ctimeNs, ctimeMs } = stats;
  return Math.abs(Date.now() - Number(ctimeMs)) < restlessMs ? "" : [dev, ino, mtimeNs, ctimeNs].join(" ");
}

/** A link is no content: what it leads to is, when that is in a folder with rules and not the whole of it. */
function hiddenBy(entry: Dirent, path: string, rules: AgentsRules): readonly string[] {
  if (!entry.isSymbolicLink()) return [path];
  try {
    const target = realpathSync.native(path);
    const isOurs = rules.folders.some((folder) => isWithin(folder, target)) && !rules.folders.some((folder) => isWithin(target, folder));
    return isOurs ? [target] : [];
  } catch {
    return [];
  }
}

const tooMany = (path: string, count: number, max: number, what: string): ClawError =>
  new ClawError(
    "PATH_TOO_LARGE",
    `.agentsignore cannot be kept: more than ${max} ${what}`,
    { path, bytes: count, maxBytes: max },
    { fix: "name whole folders in .agentsignore, such as secrets/ or node_modules/" },
  );
