import { lstatSync, readFileSync, readdirSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { isWithin } from "@claw/kernel/kit";

/** What is put over a path of the workspace so that nothing is planted there (safety.md §3.5). */
export type Guarded =
  /** It is bound as it is, so that it cannot be moved away; what it holds may be written. */
  | { readonly type: "pinned"; readonly path: string }
  | { readonly type: "read-only"; readonly path: string }
  /** Nothing is there; what takes the place leaves an empty file behind. git looks into its own files, and passes over devices. */
  | { readonly type: "kept free"; readonly path: string; readonly by: "device" | "empty file" };

/** Files and folders that something outside of the wall obeys. */
const obeyed: readonly string[] = [
  ".claw",
  ".claude",
  ".mcp.json",
  ".vscode",
  ".idea",
  ".devcontainer",
  ".envrc",
  ".husky",
  ".npmrc",
  ".yarnrc.yml",
  ".gitmodules",
  ".gitattributes",
  ".agentsignore",
  "AGENTS.md",
  "CLAUDE.md",
  "CLAUDE.local.md",
  "CLAW.md",
  ".github/workflows",
  ".gitlab-ci.yml",
];
/** Of those, what is kept from being made where it is not there: the rest is ordinary work, and asked about where claw would obey it. */
const namesKeptFree: ReadonlySet<string> = new Set([
  ".claw",
  ".claude",
  ".mcp.json",
  ".vscode",
  ".envrc",
  ".agentsignore",
  "AGENTS.md",
  "CLAUDE.md",
  "CLAUDE.local.md",
  "CLAW.md",
]);
/** Where the home folder is the workspace. */
const ofHome: readonly string[] = [".bashrc", ".bash_profile", ".profile", ".zshrc", ".zshenv", ".gitconfig", ".config", ".local/bin"];

/** Of a repository: what decides which programs git runs. */
const gitObeyed: readonly string[] = ["config", "config.worktree", "hooks", "info/attributes", "commondir"];
const gitKeptFree: ReadonlySet<string> = new Set(["hooks", "info/attributes"]);
/** How many folders are looked through for repositories inside the workspace, and how deep. */
const most = { folders: 400, depth: 3 } as const;

/** Where a link would be obeyed, in one of the session's folders. */
export const obeyedNames = (root: string, home: string | undefined): readonly string[] => [
  ...[...obeyed, ".git"].map((name) => join(root, name)),
  ...(home !== undefined && isWithin(root, home) ? ofHome.map((name) => join(home, name)) : []),
];

/** Everything that is guarded below one of the session's folders, outer first: a mount hides what is below it. */
export function guardedPaths(root: string, home: string | undefined): readonly Guarded[] {
  const named = [
    ...obeyed.flatMap((name) => guardedName(root, join(root, name), namesKeptFree.has(name))),
    ...(home !== undefined && isWithin(root, home) ? ofHome.flatMap((name) => guardedName(root, join(home, name), false)) : []),
  ];
  const all = [...repositories(root).flatMap((folder) => guardedGit(join(folder, ".git"), root)), ...named];
  return [...pins(root, all), ...all.filter(({ type }) => type !== "pinned")];
}

function guardedName(root: string, path: string, isKeptFree: boolean): readonly Guarded[] {
  if (!isThere(path)) return isKeptFree && isFolder(dirname(path)) && realOf(dirname(path)) === dirname(path) ? [keptFree(path)] : [];
  // No mount holds a link itself; what it leads to is held.
  const real = realOf(path);
  return real === undefined || real === root || !isWithin(root, real) ? [] : [{ type: "read-only", path: real }];
}

export const keptFree = (path: string): Guarded => ({ type: "kept free", path, by: path.split("/").includes(".git") ? "empty file" : "device" });

/** Every folder on the way to what is guarded is held in its place, too: with a new one, all below it could be new. */
function pins(root: string, guarded: readonly Guarded[]): readonly Guarded[] {
  const held = new Set(guarded.flatMap(({ type, path }) => (type === "pinned" ? [path] : [])));
  for (const { path } of guarded) for (let folder = dirname(path); folder !== root && isWithin(root, folder); folder = dirname(folder)) held.add(folder);
  return [...held].sort().map((path) => ({ type: "pinned", path }));
}

/** A repository's own files. A `.git` that leads elsewhere: what it leads to is guarded where it is in sight. */
function guardedGit(git: string, root: string): readonly Guarded[] {
  if (!isFolder(git)) {
    const target = isLink(git) ? realOf(git) : linkedGit(git);
    return [
      ...(isLink(git) ? [] : [{ type: "read-only", path: git } as const]),
      ...(target === undefined || !isFolder(target) || !isWithin(root, target) || isWithin(target, git) ? [] : guardedGit(target, root)),
    ];
  }
  // git gives up at a `commondir` that is empty: what is planted there is taken away afterwards (planted-paths.ts).
  const own = gitObeyed.flatMap((name) => guardedName(root, join(git, name), gitKeptFree.has(name) && !isWorktree(git)));
  const modules = modulesIn(join(git, "modules"), most.depth);
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

function linkedGit(file: string): string | undefined {
  try {
    const [, target] = /^gitdir: (.+)$/m.exec(readFileSync(file, "utf8").slice(0, 4096)) ?? [];
    return target === undefined ? undefined : realpathSync(resolve(dirname(file), target.trim()));
  } catch {
    return undefined;
  }
}

/**
 * The folders that hold a `.git`, the root among them, those near the top first; what a package manager puts there is not gone
 * through. Submodules are found however deep they lie.
 */
function repositories(root: string): readonly string[] {
  const found = new Set<string>();
  let level: readonly string[] = [root];
  for (let depth = 0, left: number = most.folders; depth <= most.depth && left > 0; depth += 1) {
    const looked = level.slice(0, left);
    left -= looked.length;
    for (const folder of looked) if (isThere(join(folder, ".git"))) found.add(folder);
    if (depth < most.depth) level = looked.flatMap((folder) => foldersIn(folder).flatMap((name) => (isGoneThrough(name) ? [join(folder, name)] : [])));
  }
  return [...new Set([...found, ...[root, ...found].flatMap((folder) => submodules(folder, root))])];
}

const isGoneThrough = (name: string): boolean => name !== "node_modules" && !name.startsWith(".");

/** The folders of a repository's submodules, as far as they are real ones inside. */
function submodules(repository: string, root: string): readonly string[] {
  const paths = [...textOf(join(repository, ".gitmodules")).matchAll(/^\s*path\s*=\s*(.+?)\s*$/gm)].map(([, path = ""]) => join(repository, path));
  return paths.filter((path) => isWithin(root, path) && isThere(join(path, ".git")) && realOf(path) === path).slice(0, most.folders);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8").slice(0, 200_000);
  } catch {
    return "";
  }
}

function realOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

function foldersIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
  } catch {
    return [];
  }
}

const statOf = (path: string): ReturnType<typeof lstatSync> | undefined => {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
};
const isThere = (path: string): boolean => statOf(path) !== undefined;
const isFolder = (path: string): boolean => statOf(path)?.isDirectory() === true;
const isLink = (path: string): boolean => statOf(path)?.isSymbolicLink() === true;
