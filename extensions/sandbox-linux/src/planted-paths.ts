import { lstatSync, readlinkSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { isWithin } from "@claw/kernel/kit";
import { entriesIn, isLink, isThere, realOf } from "./disk.ts";
import { type Below, lookBelow } from "./folders-below.ts";
import { followedByGit } from "./git-followed.ts";
import { armedParts } from "./new-repositories.ts";
import { workspaceEndings } from "./obeyed-names.ts";
import { type Guarded, obeyedAt } from "./protected-paths.ts";
import { asideOf, newMark, putAside } from "./put-aside.ts";

/**
 * What a program made that no mount could keep from being made, and that something outside would obey. It is put aside once the
 * program has ended: a name that is not there cannot be held without something in its place, which git and package managers would see.
 */
export interface Planted {
  /** What is there now, and where it will be. */
  found(): readonly { readonly path: string; readonly aside: string }[];
  takeBack(log: (message: string) => void): void;
}

export interface Watched {
  readonly root: string;
  readonly below: Below;
}

/** The kernel stamps files with a clock that ticks. */
const clockSlackMs = 50;
/** git gives up where one of these is empty, and obeys them as its configuration: they are taken away. */
const ofGit: readonly string[] = ["commondir", "config.worktree"];

/** Remembers what is there before a program runs. What the person allowed it to write is its own. */
export function watchPlanted(watched: readonly Watched[], guarded: readonly Guarded[], home: string | undefined, allowed: readonly string[]): Planted {
  const mark = newMark();
  const held = new Set(guarded.flatMap(({ type, path }) => (type === "kept free" ? [path] : [])));
  const began = Date.now() - clockSlackMs;
  const bare = new Set(watched.flatMap(({ below }) => below.bare));
  const gits = guarded.filter(({ type, path }) => type === "pinned" && (bare.has(path) || path.split("/").includes(".git")));
  const gitFiles = gits.flatMap(({ path }) => ofGit.map((name) => join(path, name)).filter((one) => !isThere(one)));
  const roots = watched.map(({ root, below }) => {
    const followed = [...below.repositories.map((folder) => join(folder, ".git")), ...below.bare].flatMap((git) => followedByGit(git, root));
    const names = [...obeyedAt(root, home).map(({ path }) => path), ...followed].flatMap((path) => absentBehind(path, root));
    return { root, below, names: names.filter((path) => !held.has(path)), endings: new Set(endingsIn(root)) };
  });
  const found = (): readonly string[] => {
    const paths = roots.flatMap(({ root, below, names, endings }) => {
      const after = lookBelow(root);
      const known = new Set(below.repositories);
      const isNewProject = (path: string): boolean => after.repositories.some((one) => one !== root && !known.has(one) && isWithin(one, path));
      return [
        ...names.filter(isThere),
        ...endingsIn(root).filter((path) => !endings.has(path)),
        // What came with a repository of its own is that project's, where claw asks whether it is trusted.
        ...after.obeyed.filter((path) => !below.obeyed.includes(path) && !isNewProject(path) && hasChanged(path, began)),
        ...armedParts(below, after, root, (git) => hasChanged(git, began)),
      ];
    });
    return [...new Set(paths)].filter((path) => !allowed.some((one) => isWithin(one, path)));
  };
  return {
    found: () => found().map((path) => ({ path, aside: asideOf(path, mark) })),
    takeBack(log) {
      const failures: unknown[] = [];
      const tried = (step: () => void): void => {
        try {
          step();
        } catch (error) {
          failures.push(error);
        }
      };
      for (const path of gitFiles) if (isThere(path)) tried(() => rmSync(path, { recursive: true, force: true }));
      for (const path of found())
        tried(() => {
          putAside(path, mark);
          log(`put aside what a program made: ${path} is ${asideOf(path, mark)} now`);
        });
      if (failures.length > 0) throw failures[0];
    },
  };
}

/** Not only what was looked through before: that much of a large folder is seen once more or less is in it. */
const hasChanged = (path: string, since: number): boolean => (lstatSync(path, { throwIfNoEntry: false })?.ctimeMs ?? 0) >= since;

const endingsIn = (root: string): readonly string[] =>
  entriesIn(root).flatMap(({ name }) => (workspaceEndings.some((ending) => name.endsWith(ending)) ? [join(root, name)] : []));

/** The path itself where nothing is there; of a link that leads nowhere yet, where it leads inside. */
function absentBehind(path: string, root: string): readonly string[] {
  if (!isThere(path)) return [path];
  let target = path;
  for (let hops = 0; hops < 10 && isLink(target); hops += 1) target = resolve(realOf(dirname(target)) ?? dirname(target), readlinkSync(target));
  return target !== path && isWithin(root, target) && !isThere(target) ? [target] : [];
}
