import { lstatSync, readFileSync, readdirSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { isWithin } from "@claw/kernel/kit";

/** What is put over a path of the workspace so that nothing is planted there (safety.md §3.5). */
export type Guarded =
  /** It is bound as it is, so that it cannot be moved away; what it holds may be written. */
  | { readonly type: "pinned"; readonly path: string }
  | { readonly type: "read-only"; readonly path: string }
  /** Nothing is there; a device takes the place, and leaves an empty file behind. */
  | { readonly type: "kept free"; readonly path: string };

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
const keptFree: ReadonlySet<string> = new Set([
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

/** Everything that is guarded below one of the session's folders, outer first: a mount hides what is below it. */
export function guardedPaths(root: string, home: string | undefined): readonly Guarded[] {
  const named = [...obeyed, ...(root === home ? ofHome : [])].flatMap((name): Guarded[] => {
    const path = join(root, name);
    if (isThere(path)) return isLink(path) ? [] : [{ type: "read-only", path }];
    return keptFree.has(name) && isThere(dirname(path)) ? [{ type: "kept free", path }] : [];
  });
  return [...repositories(root).flatMap((folder) => guardedGit(join(folder, ".git"), root)), ...named];
}

/** A repository's own files. A `.git` that is a file leads elsewhere: what it leads to is guarded where it is in sight. */
function guardedGit(git: string, root: string): readonly Guarded[] {
  if (isLink(git)) return [];
  if (!isFolder(git)) {
    const target = linkedGit(git);
    return [{ type: "read-only", path: git }, ...(target === undefined || !isWithin(root, target) || target === git ? [] : guardedGit(target, root))];
  }
  const own = gitObeyed.flatMap((name): Guarded[] => {
    const path = join(git, name);
    if (isThere(path)) return [{ type: "read-only", path }];
    // git gives up at a `commondir` that is empty: what is planted there is taken away afterwards (planted-paths.ts).
    return gitKeptFree.has(name) && isThere(dirname(path)) ? [{ type: "kept free", path }] : [];
  });
  const modules = foldersIn(join(git, "modules")).flatMap((name) => guardedGit(join(git, "modules", name), root));
  return [{ type: "pinned", path: git }, ...own, ...modules];
}

function linkedGit(file: string): string | undefined {
  try {
    const [, target] = /^gitdir: (.+)$/m.exec(readFileSync(file, "utf8").slice(0, 4096)) ?? [];
    return target === undefined ? undefined : realpathSync(resolve(dirname(file), target.trim()));
  } catch {
    return undefined;
  }
}

/** The folders that hold a `.git`, the root among them; what a package manager puts there is not gone through. */
function repositories(root: string): readonly string[] {
  const found: string[] = [];
  let looked = 0;
  const look = (folder: string, depth: number): void => {
    if (looked++ > most.folders) return;
    if (isThere(join(folder, ".git"))) found.push(folder);
    if (depth === most.depth) return;
    for (const name of foldersIn(folder)) if (name !== ".git" && name !== "node_modules" && !name.startsWith(".")) look(join(folder, name), depth + 1);
  };
  look(root, 0);
  return found;
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
