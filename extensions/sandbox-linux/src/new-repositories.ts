import { join, resolve } from "node:path";
import { isWithin } from "@claw/kernel/kit";
import { entriesIn, isLink, isRealFile, isRealFolder, isThere, realOf, textOf } from "./disk.ts";
import { type Below, linkedGit } from "./folders-below.ts";

/** What a repository's configuration has by itself: none of it runs a program. Everything else is taken for what does. */
const harmless: readonly RegExp[] = [
  /^core\.(?:repositoryformatversion|filemode|bare|logallrefupdates|ignorecase|precomposeunicode|symlinks|autocrlf|eol|safecrlf|worktree|sparsecheckout|sparsecheckoutcone)$/,
  /^user\.(?:name|email)$/,
  /^remote\.[^\n]*\.(?:url|pushurl|fetch|tagopt|mirror)$/,
  /^branch\.[^\n]*\.(?:remote|merge|rebase)$/,
  /^submodule\.(?:[^\n]*\.)?(?:active|url|branch)$/,
  /^extensions\.(?:objectformat|refstorage|relativeworktrees)$/,
  /^(?:init\.defaultbranch|pull\.(?:rebase|ff)|lfs\.repositoryformatversion|index\.version|gc\.auto|maintenance\.auto)$/,
];
const mostConfig = 200_000;

/** The parts of new repositories that would make git run programs of their choosing: a program may make a repository, not arm it. */
export function armedParts(before: Below, after: Below, root: string, isNew: (git: string) => boolean): readonly string[] {
  const gitsOf = ({ repositories, bare }: Below): readonly string[] => [...repositories.map((folder) => join(folder, ".git")), ...bare];
  const known = new Set(gitsOf(before));
  return gitsOf(after).flatMap((git) => (known.has(git) || !isNew(git) ? [] : partsOf(git, root)));
}

function partsOf(git: string, root: string): readonly string[] {
  if (isRealFolder(git)) return partsOfFolder(git);
  const target = isLink(git) ? realOf(git) : linkedGit(git);
  return target === undefined || !isWithin(root, target) || !isRealFolder(target) ? [git] : partsOfFolder(target);
}

function partsOfFolder(git: string): readonly string[] {
  const [config, hooks, common] = [join(git, "config"), join(git, "hooks"), join(git, "commondir")];
  return [
    ...(isThere(config) && !isPlain(config) ? [config] : []),
    ...(isThere(join(git, "config.worktree")) ? [join(git, "config.worktree")] : []),
    ...(isThere(hooks) && (!isRealFolder(hooks) || entriesIn(hooks).some(({ name }) => !name.endsWith(".sample"))) ? [hooks] : []),
    // A worktree's folder lies in that of its repository.
    ...(isThere(common) && !isWithin(join(resolve(git, textOf(common, 4096).trim()), "worktrees"), git) ? [common] : []),
  ];
}

/** Whether every line is a section, a harmless key, a remark or nothing. */
function isPlain(file: string): boolean {
  const text = textOf(file, mostConfig);
  if (!isRealFile(file) || text.length === mostConfig) return false;
  let section = "";
  return text.split("\n").every((line) => {
    if (/^\s*(?:[#;].*)?$/.test(line)) return true;
    const [, name, sub] = /^\s*\[([\w.-]+)(?:\s+"([^"\\]*)")?\]\s*$/.exec(line) ?? [];
    if (name !== undefined) {
      section = sub === undefined ? name.toLowerCase() : `${name.toLowerCase()}.${sub}`;
      return true;
    }
    const [, key] = /^\s*([A-Za-z][\w-]*)\s*(?:=[^\\]*)?$/.exec(line) ?? [];
    return key !== undefined && harmless.some((pattern) => pattern.test(`${section}.${key.toLowerCase()}`));
  });
}
