import { posix } from "node:path";
import type { ShellPath, ShellPlace, ShellSpan } from "@claw/kernel";

/** A folder that something may run in, or anywhere below it. */
export interface Folder {
  readonly path: string;
  readonly many: boolean;
  readonly crooked: boolean;
  readonly climbs: boolean;
  /** Whether a `cd` led here: it may have gone through a link. */
  readonly moved: boolean;
}

/** Where nothing is known. */
export const anywhere: Folder = { path: "/", many: true, crooked: false, climbs: false, moved: true };

export const startOf = ({ folder }: ShellPlace): Folder => ({ path: posix.resolve("/", folder), many: false, crooked: false, climbs: false, moved: false });

/** Names that are exactly what they look like, so that the folder need only be put in front. */
const straight = /^(?:[\w@%+,:=-][\w.@%+,:=-]*)(?:\/[\w@%+,:=-][\w.@%+,:=-]*)*$/;

/** Where a name leads from a folder, by its letters alone. */
export function reach(name: string, folder: Folder): Folder {
  const { moved } = folder;
  if (straight.test(name)) {
    if (folder.many) return folder;
    return { ...folder, path: folder.path === "/" ? `/${name}` : `${folder.path}/${name}` };
  }
  const isAbsolute = name.startsWith("/");
  const steps = name.split("/");
  const lastUp = steps.lastIndexOf("..");
  const climbs = lastUp !== -1;
  if (folder.many && !isAbsolute) return climbs ? anywhere : folder;
  const firstName = steps.findIndex((step) => step !== "" && step !== "." && step !== "..");
  const path = posix.resolve(folder.path, name);
  if (isAbsolute) return { path, many: false, crooked: climbs, climbs, moved };
  return {
    path,
    many: false,
    crooked: folder.crooked || (climbs && (moved || (firstName !== -1 && firstName < lastUp))),
    climbs: folder.climbs || climbs,
    moved,
  };
}

/** The folder below which everything is that a pattern, or a name that goes on, may be. */
export function folderOfPattern(pattern: string): string {
  const star = pattern.search(/[*?[]/);
  const cut = pattern.lastIndexOf("/", star === -1 ? undefined : star);
  return cut === -1 ? "." : pattern.slice(0, cut) || "/";
}

export const pathAt = ({ path, many, crooked, climbs }: Folder, { pos, end }: ShellSpan): ShellPath => ({ path, many, crooked, climbs, pos, end });

/** Whether a path lies below one of the roots, by its letters alone. */
export const isInside = (path: string, { roots }: ShellPlace): boolean =>
  roots.some((root) => path === root || root === "/" || (path.startsWith(root) && path.charCodeAt(root.length) === 47));

/** Below this many comparing each with each is the quickest. */
const few = 24;

export function uniquePaths(paths: readonly ShellPath[]): readonly ShellPath[] {
  if (paths.length < 2) return paths;
  if (paths.length > few) return [...new Map(paths.map((path) => [`${path.path}\0${path.many}${path.crooked}${path.climbs}`, path])).values()];
  const kept: ShellPath[] = [];
  for (const path of paths) {
    let isNew = true;
    for (const one of kept) if (one.path === path.path && one.many === path.many && one.crooked === path.crooked && one.climbs === path.climbs) isNew = false;
    if (isNew) kept.push(path);
  }
  return kept;
}
