import { dirname, join, resolve } from "node:path";
import { isWithin } from "@claw/kernel/kit";
import { entriesIn, isThere, realOf, textOf } from "./disk.ts";
import { ofAnyFolder } from "./obeyed-names.ts";

/** What was found below one of the session's folders, as far as it is looked through. */
export interface Below {
  /** The folders that hold a `.git`, the top one among them, those near the top first. */
  readonly repositories: readonly string[];
  /** The folders that are a repository themselves. */
  readonly bare: readonly string[];
  /** Paths below the top that an agent would obey which is started beside them. */
  readonly obeyed: readonly string[];
}

/** How many folders are looked through, and how deep. */
const most = { folders: 400, depth: 3, modules: 200_000 } as const;

/** What a package manager puts there is not gone through. Submodules are found however deep they lie. */
export function lookBelow(root: string): Below {
  const [repositories, bare, obeyed]: [Set<string>, string[], string[]] = [new Set(), [], []];
  let level: readonly string[] = [root];
  for (let depth = 0, left: number = most.folders; depth <= most.depth && left > 0; depth += 1) {
    const looked = level.slice(0, left);
    left -= looked.length;
    level = looked.flatMap((folder) => {
      const entries = entriesIn(folder);
      const names = new Set(entries.map(({ name }) => name));
      if (names.has(".git")) repositories.add(folder);
      if (["HEAD", "objects", "refs"].every((name) => names.has(name))) bare.push(folder);
      if (folder !== root) obeyed.push(...[...ofAnyFolder].flatMap((name) => (names.has(name) ? [join(folder, name)] : [])));
      return entries.flatMap((entry) => (entry.isDirectory() && isGoneThrough(entry.name) ? [join(folder, entry.name)] : []));
    });
  }
  const modules = [root, ...repositories].flatMap((folder) => submodules(folder, root));
  return { repositories: [...new Set([...repositories, ...modules])], bare, obeyed };
}

const isGoneThrough = (name: string): boolean => name !== "node_modules" && !name.startsWith(".");

/** The folders of a repository's submodules, as far as they are real ones inside. */
function submodules(repository: string, root: string): readonly string[] {
  const text = textOf(join(repository, ".gitmodules"), most.modules);
  const paths = [...text.matchAll(/^\s*path\s*=\s*(.+?)\s*$/gm)].map(([, path = ""]) => join(repository, path));
  return paths.filter((path) => isWithin(root, path) && isThere(join(path, ".git")) && realOf(path) === path).slice(0, most.folders);
}

/** Where a `.git` that is a file leads. */
export function linkedGit(file: string): string | undefined {
  const [, target] = /^gitdir: (.+)$/m.exec(textOf(file, 4096)) ?? [];
  return target === undefined ? undefined : realOf(resolve(dirname(file), target.trim()));
}
