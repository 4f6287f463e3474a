import { lstatSync, readFileSync, readdirSync, realpathSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { problemOfIndex } from "./repository-index.ts";

/**
 * Whether git, run in a folder, starts no program that the repository there names: its configuration holds nothing but keys that
 * are known to be harmless. Where there is no repository there is nothing to obey. Answers why not, or undefined.
 */
export type RepositoryCheck = (folder: string) => string | undefined;

const maxConfigBytes = 200_000;
const maxRemembered = 64;
const maxSubmoduleDepth = 8;

/** `section.key`, `*` for any name in between. Everything else is taken for one that starts a program, or reaches a host: partial clones fetch what they lack. */
const harmless: readonly RegExp[] = [
  /^core\.(?:repositoryformatversion|filemode|bare|logallrefupdates|ignorecase|precomposeunicode|symlinks|autocrlf|eol|safecrlf|quotepath|abbrev|untrackedcache|compression|bigfilethreshold|longpaths|protecthfs|protectntfs|checkstat|trustctime|sparsecheckout|sparsecheckoutcone|preloadindex|hidedotfiles|createobject)$/,
  /^user\.(?:name|email|signingkey)$/,
  /^remote\.[^\n]*\.(?:url|pushurl|fetch|push|tagopt|prune|pruneTags|mirror|skipdefaultupdate|skipfetchall)$/i,
  /^branch\.[^\n]*\.(?:remote|merge|rebase|pushremote|description|vscode-merge-base|gh-merge-base|github-pr-owner-number|autosetupmerge)$/i,
  /^branch\.(?:autosetupmerge|autosetuprebase|sort)$/,
  /^(?:init|pull|push|fetch|rebase|merge|status|log|diff|color|column|advice|gc|pack|index|feature|rerere|tag|format|blame|grep|i18n|http|maintenance|submodule|stash|help|commit|clone|checkout|switch|apply|repack|versionsort|worktree)\.(?:defaultbranch|rebase|ff|default|autosetupremote|followtags|prune|prunetags|autosquash|autostash|updaterefs|showstash|branch|short|showuntrackedfiles|relativepaths|date|decorate|abbrevcommit|follow|renames|renamelimit|algorithm|colormoved|mnemonicprefix|noprefix|ui|branch|status|diff|interactive|auto|autodetach|threads|version|manyfiles|enabled|autoupdate|sort|signoff|pretty|linenumber|patterntype|commitencoding|logoutputencoding|postbuffer|lowspeedlimit|lowspeedtime|recurse|active|conflictstyle|stat|verbose|cleanup|gpgsign|defaultremotename|guess|whitespace|suffix|strategy)$/,
  /^submodule\.[^\n]*\.(?:active|url|branch|ignore|fetchrecursesubmodules|shallow)$/i,
  /^extensions\.(?:objectformat|noop|refstorage|relativeworktrees|preciousobjects)$/,
  /^lfs\.(?:repositoryformatversion|[^\n]*\.access|locksverify)$/i,
  /^(?:gitg|vscode|gui)\./,
];

interface Checked {
  readonly stamp: string;
  readonly why: string | undefined;
}

export function repositoryCheck(): RepositoryCheck {
  const remembered = new Map<string, Checked>();
  return (folder) => {
    const found = gitFolderOf(folder);
    if (found === undefined) return undefined;
    if ("why" in found) return found.why;
    const files = [...new Set([join(found.common, "config"), join(found.git, "config.worktree"), ...submoduleConfigs(join(found.common, "modules"))])];
    const hook = join(found.common, "hooks/post-index-change");
    const stamp = [...files, hook, join(found.git, "index")].map(stampOf).join();
    const before = remembered.get(found.git);
    if (before?.stamp === stamp) return before.why;
    const why =
      files.map(problemOf).find((one) => one !== undefined) ??
      // The only hook that commands run that do not mean to change anything: `git diff` refreshes the index.
      (isThere(hook) ? `${hook} would be run` : problemOfIndex(found.git));
    if (remembered.size >= maxRemembered) remembered.clear();
    remembered.set(found.git, { stamp, why });
    return why;
  };
}

/** Whether git would find a repository in a folder. */
export const isInRepository = (folder: string): boolean => gitFolderOf(folder) !== undefined;

/** The repository that git would use in a folder: it looks upwards, and takes a bare one as well. */
function gitFolderOf(folder: string): { readonly git: string; readonly common: string } | { readonly why: string } | undefined {
  let current: string;
  try {
    current = realpathSync(folder);
  } catch {
    return { why: `${folder} cannot be looked at` };
  }
  for (;;) {
    const entry = join(current, ".git");
    const stat = lstatSync(entry, { throwIfNoEntry: false });
    if (stat !== undefined) {
      const git = stat.isFile() ? linkedFolder(entry) : stat.isDirectory() ? entry : undefined;
      return git === undefined ? { why: `${entry} leads elsewhere` } : commonOf(git);
    }
    if (["HEAD", "objects", "refs"].every((name) => isThere(join(current, name)))) return { why: `${current} is a bare repository` };
    if (dirname(current) === current) return undefined;
    current = dirname(current);
  }
}

function linkedFolder(file: string): string | undefined {
  try {
    const [, target = ""] = /^gitdir: ([^\n]+)\n?$/.exec(readFileSync(file, "utf8").slice(0, 5_000)) ?? [];
    const git = target === "" ? "" : realpathSync(resolve(dirname(file), target));
    // A worktree or a submodule of a repository: git keeps these in places of its own.
    return git !== "" && /\/\.git\/(?:worktrees|modules)\//.test(git) ? git : undefined;
  } catch {
    return undefined;
  }
}

function commonOf(git: string): { readonly git: string; readonly common: string } | { readonly why: string } {
  const file = join(git, "commondir");
  if (!isThere(file)) return { git, common: git };
  try {
    const common = realpathSync(resolve(git, readFileSync(file, "utf8").trim()));
    return git.startsWith(`${common}/worktrees/`) ? { git, common } : { why: `${file} leads elsewhere` };
  } catch {
    return { why: `${file} cannot be read` };
  }
}

/** What git says is the top of the work tree, where nothing in its configuration may have it say something else. */
export function topOf(folder: string, check: RepositoryCheck): string | undefined {
  try {
    if (check(folder) !== undefined) return undefined;
    for (let current = realpathSync(folder); ; current = dirname(current)) {
      if (isThere(join(current, ".git"))) return current;
      if (dirname(current) === current) return undefined;
    }
  } catch {
    return undefined;
  }
}

const isThere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

/** git obeys the configuration of submodules as well: each has its own, in a folder that may lie deeper than its name. */
function submoduleConfigs(folder: string, depth: number = 0): readonly string[] {
  if (depth > maxSubmoduleDepth) return [];
  let names: readonly string[];
  try {
    names = readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    const path = join(folder, name);
    return lstatSync(join(path, "HEAD"), { throwIfNoEntry: false }) === undefined
      ? submoduleConfigs(path, depth + 1)
      : [join(path, "config"), ...submoduleConfigs(join(path, "modules"), depth + 1)];
  });
}

function stampOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false, bigint: true });
  return stat === undefined ? "-" : `${stat.ino}:${stat.mtimeNs}:${stat.ctimeNs}:${stat.size}`;
}

function problemOf(file: string): string | undefined {
  let text: string;
  try {
    if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > maxConfigBytes) return `${file} is too long to be checked`;
    text = readFileSync(file, "utf8");
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? undefined : `${file} cannot be read`;
  }
  const keys = keysOf(text);
  if (keys === undefined) return `${file} cannot be understood`;
  const key = keys.find((one) => !harmless.some((pattern) => pattern.test(one)));
  return key === undefined ? undefined : `${file} sets ${key}, which may start a program`;
}

/** The keys of a configuration file, as `section.name.key`; undefined for what is not plainly one. */
export function keysOf(text: string): readonly string[] | undefined {
  const keys: string[] = [];
  let section: string | undefined;
  for (const line of text.replace(/^\uFEFF/, "").split("\n")) {
    const rest = line.trim();
    // Where a value goes on in the next line is one more way to be read wrongly: not in a comment, but before a carriage return.
    if (rest.endsWith("\\")) return undefined;
    if (rest === "" || rest.startsWith("#") || rest.startsWith(";")) continue;
    if (rest.startsWith("[")) {
      const [, name, inner, after = ""] = /^\[([A-Za-z0-9.-]+)(?:[ \t]+"((?:[^"\\\n]|\\["\\])*)")?\][ \t]*(.*)$/.exec(rest) ?? [];
      // A key behind the header on its own line is rare, and one more way to be read wrongly.
      if (name === undefined || !(after === "" || after.startsWith("#") || after.startsWith(";"))) return undefined;
      section = inner === undefined ? name.toLowerCase() : `${name.toLowerCase()}.${inner}`;
      continue;
    }
    const [, key] = /^([A-Za-z][A-Za-z0-9-]*)[ \t]*(?:=|$|#|;)/.exec(rest) ?? [];
    if (key === undefined || section === undefined) return undefined;
    keys.push(`${section}.${key.toLowerCase()}`);
  }
  return keys;
}
