import { lstatSync, readdirSync, realpathSync, type Dirent } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { ClawError, type CallScope, type DeniedPaths, type Workspace } from "@claw/kernel";
import { isWithin } from "@claw/kernel/kit";
import { locatedOrNothing } from "./decision.ts";
import { type Bases, isForbidden, type PathPattern, type Place } from "./path-pattern.ts";
import type { RuleSet } from "./rules.ts";

export type DeniedSearch = (call: CallScope) => Promise<DeniedPaths>;

/** More entries of folders are not looked at, nor are more kept from a program one by one: past these nothing may start that could touch them. */
const limits = { seen: 200_000, found: 250 } as const;
const inOneGo = 50;
/** A folder that has changed since may have done so twice within one tick of its clock. */
const restlessMs = 2_000;
/** What dependencies bring along is not the person's. */
const dependencies: ReadonlySet<string> = new Set([".git", "node_modules", "site-packages", "dist-packages"]);
/** No file is called so: a pattern that takes it in takes in whatever may be made in its folder. */
const anyName = "\u0001";

interface Seen {
  readonly stamp: string;
  readonly count: number;
  readonly read: readonly string[];
  readonly write: readonly string[];
  readonly folders: readonly Visited[];
}

interface Visited {
  readonly place: Place;
  /** Whether it is kept from being written already, with a folder above it. */
  readonly held: boolean;
}

type Kind = "read" | "write";

const nothing: DeniedPaths = { read: [], write: [] };

/**
 * What of the session's folders deny rules keep from every program: the wall holds it against those whose text does not show what they touch.
 * A folder that did not change since the last program is not read again.
 */
export function deniedSearch({ deny }: RuleSet, workspace: Pick<Workspace, "locate">, home: string | undefined): DeniedSearch {
  const patternsOf = (kind: Kind): readonly PathPattern[] =>
    deny.flatMap(({ reach, spec }) => (reach.type === "family" && reach.effect === kind && spec.type === "path" ? [spec.pattern] : []));
  const patterns = { read: patternsOf("read"), write: patternsOf("write") };
  if (patterns.read.length + patterns.write.length === 0) return async () => nothing;
  let last: { readonly key: string; readonly walk: ReadonlyMap<string, Seen> } | undefined;
  return async (call) => {
    const bases = await basesOf(call, workspace, home);
    const key = JSON.stringify(bases);
    const before = last?.key === key ? last.walk : undefined;
    const walk = new Map<string, Seen>();
    const found = { read: new Set<string>(), write: new Set<string>() };
    const stack = bases.roots.map((place): Visited => ({ place, held: false }));
    let count = 0;
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const { real } = next.place;
      if (walk.has(real)) continue;
      if (walk.size % inOneGo === 0) await setImmediate(undefined, { signal: call.signal });
      const seen = look(next, before?.get(real), patterns, bases);
      walk.set(real, seen);
      count += seen.count;
      if (count > limits.seen) throw tooMany(real, count, limits.seen, "entries of folders would have to be looked at");
      for (const path of seen.read) found.read.add(path);
      for (const path of seen.write) found.write.add(path);
      const held = found.read.size + found.write.size;
      if (held > limits.found) throw tooMany(real, held, limits.found, "files are named by them one by one");
      stack.push(...seen.folders);
    }
    last = { key, walk };
    return { read: [...found.read].sort(), write: [...found.write].sort() };
  };
}

async function basesOf(call: CallScope, workspace: Pick<Workspace, "locate">, home: string | undefined): Promise<Bases> {
  const at = async (path: string): Promise<Place> => ({ path, real: (await locatedOrNothing(() => workspace.locate(path, call), call.signal))?.real ?? path });
  return { cwd: await at(call.cwd), roots: await Promise.all(call.roots.map(at)), home: home === undefined ? undefined : await at(home) };
}

function look({ place: folder, held }: Visited, before: Seen | undefined, patterns: Readonly<Record<Kind, readonly PathPattern[]>>, bases: Bases): Seen {
  const isDenied = (kind: Kind, place: Place): boolean => patterns[kind].some((pattern) => isForbidden(pattern, place, bases));
  const whole = (kind: Kind): boolean => isDenied(kind, below(folder, anyName));
  const stamp = stampOf(folder.real);
  if (before !== undefined && stamp !== "" && before.stamp === stamp) return before;
  if (whole("read")) return { stamp, count: 0, read: [folder.real], write: [], folders: [] };
  const entries = entriesOf(folder.real);
  const deniedOf = (kind: Kind): readonly Dirent[] => entries.filter(({ name }) => isDenied(kind, below(folder, name)));
  const isWhole = !held && whole("write");
  const [read, write] = [deniedOf("read"), held || isWhole ? [] : deniedOf("write")];
  const taken = new Set(read);
  const heldHere = new Set(write);
  const hasLinks = [...read, ...write].some((entry) => entry.isSymbolicLink());
  return {
    // Where a link leads changes without the folder.
    stamp: hasLinks ? "" : stamp,
    count: entries.length,
    read: read.flatMap((entry) => contentOf(entry, folder, bases)),
    write: isWhole ? [folder.real] : write.flatMap((entry) => contentOf(entry, folder, bases)),
    // What may not be written may hold what may not be read.
    folders: entries.flatMap((entry) =>
      entry.isDirectory() && !taken.has(entry) && !dependencies.has(entry.name)
        ? [{ place: below(folder, entry.name), held: held || isWhole || heldHere.has(entry) }]
        : [],
    ),
  };
}

const below = ({ path, real }: Place, name: string): Place => ({ path: join(path, name), real: join(real, name) });

/** A link is no content: what it leads to is, where that is in the session's folders. */
function contentOf(entry: Dirent, folder: Place, { roots }: Bases): readonly string[] {
  const path = join(folder.real, entry.name);
  if (!entry.isSymbolicLink()) return [path];
  try {
    const target = realpathSync.native(path);
    return roots.some(({ real }) => target !== real && isWithin(real, target)) ? [target] : [];
  } catch {
    return [];
  }
}

function stampOf(folder: string): string {
  const stats = lstatSync(folder, { bigint: true, throwIfNoEntry: false });
  if (stats === undefined || !stats.isDirectory() || Math.abs(Date.now() - Number(stats.ctimeMs)) < restlessMs) return "";
  return [stats.dev, stats.ino, stats.mtimeNs, stats.ctimeNs].join(" ");
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    // What cannot be listed here cannot be read by the programs of the same person either.
    return [];
  }
}

const tooMany = (path: string, count: number, max: number, what: string): ClawError =>
  new ClawError(
    "PATH_TOO_LARGE",
    `deny rules cannot be kept in the sandbox: more than ${max} ${what}`,
    { path, bytes: count, maxBytes: max },
    { fix: "name whole folders in them, such as Read(secrets/**) or Edit(src/**)" },
  );
