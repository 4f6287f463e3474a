import { dirname, join } from "node:path";
import { isWithin } from "@claw/kernel/kit";
import { entriesIn, foldersIn, isLink, isRealFolder, isThere, realOf } from "./disk.ts";
import { type Below, linkedGit, lookBelow } from "./folders-below.ts";
import { followedByGit } from "./git-followed.ts";
import { ofHome, ofWorkspace, type ObeyedName, workspaceEndings } from "./obeyed-names.ts";

/** What is put over a path of the workspace so that nothing is planted there (safety.md §3.5). */
export type Guarded =
  /** It is bound as it is, so that it cannot be moved away; what it holds may be written. */
  | { readonly type: "pinned"; readonly path: string }
  | { readonly type: "read-only"; readonly path: string }
  /** Nothing is there; what takes the place is there outside, too, while the program runs. */
  | { readonly type: "kept free"; readonly path: string; readonly by: "empty folder" | "empty file" };

/** Of a repository: what decides which programs git runs. */
const gitObeyed: readonly string[] = ["config", "config.worktree", "hooks", "info/attributes", "commondir"];
const gitKeptFree: ReadonlySet<string> = new Set(["hooks", "info/attributes"]);
const modulesDepth = 3;

/** Each name that is obeyed at the top of one of the session's folders, with its path. */
export const obeyedAt = (root: string, home: string | undefined): readonly (ObeyedName & { readonly path: string })[] => [
  ...ofWorkspace.map((one) => ({ ...one, path: join(root, one.name) })),
  ...(home !== undefined && isWithin(root, home) ? ofHome.map((one) => ({ ...one, path: join(home, one.name) })) : []),
];

/** Where a link would be obeyed, in one of the session's folders. */
export const obeyedNames = (root: string, home: string | undefined): readonly string[] => [
  join(root, ".git"),
  ...new Set(obeyedAt(root, home).map(({ path }) => path)),
];

/** Everything that is guarded below one of the session's folders, outer first: a mount hides what is below it. */
export function guardedPaths(root: string, home: string | undefined, below: Below = lookBelow(root)): readonly Guarded[] {
  const endings = entriesIn(root).flatMap(({ name }) => (workspaceEndings.some((ending) => name.endsWith(ending)) ? [join(root, name)] : []));
  const named = [
    ...obeyedAt(root, home).flatMap(({ path, absent }) => guardedName(root, path, absent === "put aside" ? undefined : absent)),
    ...[...endings, ...below.obeyed].flatMap((path) => guardedName(root, path, undefined)),
  ];
  const repositories = [...below.repositories.map((folder) => join(folder, ".git")), ...below.bare];
  const followed = repositories.flatMap((git) => followedByGit(git, root)).flatMap((path) => guardedName(root, path, undefined));
  const all = [...repositories.flatMap((git) => guardedGit(git, root)), ...named, ...followed];
  return [...pins(root, all), ...all.filter(({ type }) => type !== "pinned")];
}

function guardedName(root: string, path: string, absent: "file" | "folder" | undefined): readonly Guarded[] {
  if (!isThere(path)) {
    const isHeld = absent !== undefined && isRealFolder(dirname(path)) && realOf(dirname(path)) === dirname(path);
    return isHeld ? [{ type: "kept free", path, by: absent === "file" ? "empty file" : "empty folder" }] : [];
  }
  // No mount holds a link itself; what it leads to is held.
  const real = realOf(path);
  return real === undefined || real === root || !isWithin(root, real) ? [] : [{ type: "read-only", path: real }];
}

/** What of one of the session's folders must not be written, whatever it is. */
export function heldIn(root: string, paths: readonly string[]): readonly Guarded[] {
  const held = paths.flatMap((path): Guarded[] => (path !== root && isWithin(root, path) ? [{ type: "read-only", path }] : []));
  return [...pins(root, held), ...held];
}

/** What another program's wall has put there for now, by what it is. */
export const keptFree = (path: string): Guarded => ({ type: "kept free", path, by: isRealFolder(path) ? "empty folder" : "empty file" });

/** Every folder on the way to what is guarded is held in its place, too: with a new one, all below it could be new. */
function pins(root: string, guarded: readonly Guarded[]): readonly Guarded[] {
  const held = new Set(guarded.flatMap(({ type, path }) => (type === "pinned" ? [path] : [])));
  for (const { path } of guarded) for (let folder = dirname(path); folder !== root && isWithin(root, folder); folder = dirname(folder)) held.add(folder);
  return [...held].sort().map((path) => ({ type: "pinned", path }));
}

/** A repository's own files. A `.git` that leads elsewhere: what it leads to is guarded where it is in sight. */
function guardedGit(git: string, root: string): readonly Guarded[] {
  if (!isRealFolder(git)) {
    const target = isLink(git) ? realOf(git) : linkedGit(git);
    return [
      ...(isLink(git) ? [] : [{ type: "read-only", path: git } as const]),
      ...(target === undefined || !isRealFolder(target) || !isWithin(root, target) || isWithin(target, git) ? [] : guardedGit(target, root)),
    ];
  }
  // git gives up at a `commondir` that is empty: what is planted there is taken away afterwards (planted-paths.ts).
  const own = gitObeyed.flatMap((name) => guardedName(root, join(git, name), gitKeptFree.has(name) && !isWorktree(git) ? "file" : undefined));
  const modules = modulesIn(join(git, "modules"), modulesDepth);
  const worktrees = foldersIn(join(git, "worktrees")).map((name) => join(git, "worktrees", name));
  return [{ type: "pinned", path: git }, ...own, ...[...modules, ...worktrees].flatMap((folder) => guardedGit(folder, root))];
}

/** The folder of a worktree has a `commondir`; its hooks and attributes are those of that one. */
const isWorktree = (git: string): boolean => isThere(join(git, "commondir"));

/** The repositories of submodules, whose names may have slashes. */
const modulesIn = (folder: string, depth: number): readonly string[] =>
  foldersIn(folder).flatMap((name) => {
    const path = join(folder, name);
    return isThere(join(path, "HEAD")) || isThere(join(path, "config")) || depth === 0 ? [path] : modulesIn(path, depth - 1);
  });
