import { posix } from "node:path";
import type { ShellPath, ShellPlace, ShellSpan } from "@claw/kernel";
import { signs, wordSigns } from "./signs.ts";

/** A folder that something may run in, or anywhere below it. */
export interface Folder {
  readonly path: string;
  readonly many: boolean;
  readonly crooked: boolean;
  /** The folders that `..` was taken out of, if it is crooked; undefined of more than can be told. */
  readonly over?: readonly string[];
  readonly climbs: boolean;
  /** Whether a `cd` led here: it may have gone through a link. */
  readonly moved: boolean;
}

/** Where nothing is known. */
export const anywhere: Folder = { path: "/", many: true, crooked: false, climbs: false, moved: true };

export const startOf = ({ folder }: ShellPlace): Folder => ({ path: posix.resolve("/", folder), many: false, crooked: false, climbs: false, moved: false });

export const baseName = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** Signs of which names are made that are exactly what they look like. */
const straight = signs(`${wordSigns}@%+,:=-`);
const [slash, dot] = [47, 46] as const;

/** Whether the folder need only be put in front of a name: no step of it is empty, or begins with a dot. */
function isStraight(name: string): boolean {
  let begins = true;
  for (let at = 0; at < name.length; at += 1) {
    const code = name.charCodeAt(at);
    if (code === slash) {
      if (begins) return false;
      begins = true;
    } else if (straight[code] === 1 || (code === dot && !begins)) begins = false;
    else return false;
  }
  return !begins;
}

/** Where a name leads from a folder, by its letters alone. */
export function reach(name: string, folder: Folder): Folder {
  const { moved } = folder;
  if (isStraight(name)) {
    if (folder.many) return folder;
    const path = folder.path === "/" ? `/${name}` : `${folder.path}/${name}`;
    return { ...folder, path };
  }
  const isAbsolute = name.startsWith("/");
  const steps = name.split("/");
  const lastUp = steps.lastIndexOf("..");
  const climbs = lastUp !== -1;
  if (folder.many && !isAbsolute) return climbs ? anywhere : folder;
  const path = posix.resolve(folder.path, name);
  const from = isAbsolute ? unmoved : folder;
  const further = climbs ? climbed(steps, from) : [];
  const over = [...(from.over ?? []), ...further];
  const crooked = from.crooked || further.length > 0;
  // Of a way that was too long once, not all is known.
  const isKnown = crooked && over.length <= mostClimbed && (from.over !== undefined || !from.crooked);
  return { path, many: false, crooked, ...(isKnown ? { over } : {}), climbs: from.climbs || climbs, moved };
}

/** Out of more folders than this no way is told. */
const mostClimbed = 32;

const unmoved: Folder = { path: "/", many: false, crooked: false, climbs: false, moved: false };

/** The folders that may be links and that `..` is taken out of on the way. */
function climbed(steps: readonly string[], { path: start, moved }: Folder): readonly string[] {
  const over: string[] = [];
  const names = start.split("/").filter((name) => name !== "");
  let mayBeLink = moved;
  for (const step of steps) {
    if (step === "" || step === ".") continue;
    if (step === "..") {
      if (mayBeLink && over.length <= mostClimbed) over.push(`/${names.join("/")}`);
      names.pop();
    } else {
      mayBeLink = true;
      names.push(step);
    }
  }
  return over;
}

/** Whether two paths say the same of the same place. */
export const isSamePath = (one: Omit<ShellPath, "pos" | "end">, other: Omit<ShellPath, "pos" | "end">): boolean =>
  one.path === other.path && one.many === other.many && one.climbs === other.climbs && wayOf(one) === wayOf(other);

/** How a path gets to where it says. */
export const wayOf = ({ crooked, over }: Pick<ShellPath, "crooked" | "over">): string => (crooked ? `\0${over?.join("\0") ?? ""}` : "");

/** The folder below which everything is that a pattern, or a name that goes on, may be. */
export function folderOfPattern(pattern: string): string {
  const star = pattern.search(/[*?[]/);
  const cut = pattern.lastIndexOf("/", star === -1 ? undefined : star);
  return cut === -1 ? "." : pattern.slice(0, cut) || "/";
}

export const pathAt = ({ path, many, crooked, over, climbs }: Folder, { pos, end }: ShellSpan): ShellPath =>
  over === undefined ? { path, many, crooked, climbs, pos, end } : { path, many, crooked, over, climbs, pos, end };

/** Whether a path lies below one of the roots, by its letters alone. */
export const isInside = (path: string, { roots }: ShellPlace): boolean =>
  roots.some((root) => path === root || root === "/" || (path.startsWith(root) && path.charCodeAt(root.length) === 47));

/** Below this many comparing each with each is the quickest. */
const few = 12;

export function uniquePaths(paths: readonly ShellPath[]): readonly ShellPath[] {
  if (paths.length < 2) return paths;
  const kept: ShellPath[] = [];
  if (paths.length > few) {
    /** By path, a bit for each kind that was seen of it. */
    const seen = new Map<string, number>();
    for (const path of paths) {
      const kind = 1 << ((path.many ? 1 : 0) | (path.crooked ? 2 : 0) | (path.climbs ? 4 : 0));
      const way = path.crooked ? path.path + wayOf(path) : path.path;
      const before = seen.get(way) ?? 0;
      if ((before & kind) !== 0) continue;
      seen.set(way, before | kind);
      kept.push(path);
    }
    return kept;
  }
  for (const path of paths) {
    let isNew = true;
    for (const one of kept) if (isSamePath(one, path)) isNew = false;
    if (isNew) kept.push(path);
  }
  return kept;
}
