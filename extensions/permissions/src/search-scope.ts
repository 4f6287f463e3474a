import type { ShellCommand } from "@claw/kernel";
import { gitTellsNames, stashShown } from "./git-telling.ts";
import { namePattern } from "./name-pattern.ts";

/** Of which files below a folder a command's output may show the content. */
export interface SearchScope {
  /** Whether files and folders whose names begin with a dot are among them. */
  readonly hidden: boolean;
  /** Whether what `.gitignore` names is; some know of that only inside a repository. */
  readonly ignored: boolean | "without-repository";
  /** Only those with one of these names. */
  readonly names?: readonly RegExp[];
  /** Whether all this is so only of a folder that is in no repository. */
  readonly onlyWithoutRepository?: boolean;
  /** Whether files are among them that an ignore file takes in with `!`, whatever else is said of them. */
  readonly takenIn?: boolean;
  /** Whether it is so of all the session's folders, whatever the command names. */
  readonly whole?: boolean;
}

type Told = Pick<ShellCommand, "program" | "words" | "wrapped">;

/** Programs that tell names and sizes of what is below and nothing of what is in it. */
const namesOnly: ReadonlySet<string> = new Set("cloc df du fd fdfind file find scc tokei tree wc".split(" "));
const greps: ReadonlySet<string> = new Set(["grep", "egrep", "fgrep", "rgrep"]);
export const everything: SearchScope = { hidden: true, ignored: true };

/** Undefined where it tells names alone. What is not known of a command shows everything. */
export function searchScope({ program, words, wrapped }: Told): SearchScope | undefined {
  const given = words.slice(wrapped + 1).filter((word) => word !== undefined);
  if (program !== undefined && tellsOf.has(program)) return undefined;
  // What is known only once it runs is a revision to git, or a path, and that is for who knows its reads.
  if (program === "git") return git(given);
  const launched = program === "xargs" ? behindXargs({ words })?.program : undefined;
  if (launched !== undefined && tellsOf.has(launched)) return undefined;
  // What is known only once it runs is no action of find's, or it would not be proven.
  if (program !== "find" && (program === undefined || words.includes(undefined))) return everything;
  if (namesOnly.has(program)) return given.some((word) => /^--?(?:exec|ok|x$|X$)/.test(word)) ? everything : undefined;
  if (program === "rg") return ripgrep(given);
  if (program === "ag") return silverSearcher(given);
  if (program === "gofmt") return { ...everything, names: [/\.go$/] };
  if (program === "diff" && given.some((word) => /^-[abBEiNrsw]*q[abBEiNrsw]*$|^--brief$/.test(word))) return undefined;
  return greps.has(program) ? grep(given) : everything;
}

/** Whether it looks for text in files and does nothing else, with whatever options. */
export const isSearch = ({ program }: Told): boolean => program !== undefined && (program === "rg" || program === "ag" || greps.has(program));

/** Whether a command's output holds nothing of what the files below are made of. */
export const tellsNamesOnly = (command: Told): boolean => searchScope(command) === undefined;

/** Programs that tell of a file they are given its name, kind, size and dates, with whatever options. */
const tellsOf: ReadonlySet<string> = new Set("[ [[ basename dirname eza exa ls lsd readlink realpath stat test".split(" "));

/** What xargs runs, where its own options are plain. */
export function behindXargs({
  words,
  typed = [],
}: Pick<Told, "words"> & { readonly typed?: readonly string[] }): (Told & { readonly typed: readonly string[] }) | undefined {
  let at = 1;
  while (/^-(?:[0rtx]+|[nLPI]\S*)$|^--(?:null|no-run-if-empty)$/.test(words[at] ?? "")) at += /^-[nLPI]$/.test(words[at] ?? "") ? 2 : 1;
  const program = words[at];
  return program === undefined || program.startsWith("-") ? undefined : { program, words: words.slice(at), typed: typed.slice(at), wrapped: 0 };
}

/** Whether it says of the files it names no more than that they are there, how large and of what kind. */
export function tellsOfNamed(command: Told): boolean {
  const { program, words } = command;
  if (program === undefined || words.includes(undefined)) return false;
  if (tellsOf.has(program)) return true;
  return gitTellsNames(command);
}

/** A first option that has names or counts printed and nothing else. */
const ripgrepNames = /^-(?=[FHINPSUabinoqsvwx]*[cl])[FHINPSUabcilnoqsvwx]+$|^--(?:count|count-matches|files|files-with-matches|files-without-match)$/;

/** Options that take no value from the next word: what stands behind one is an option itself if it looks like one. */
const grepClosed =
  /^-[EFGHILPRTUZabchilnoqrsvwxyz]+$|^--[a-z-]+=|^--(?:recursive|line-number|ignore-case|no-messages|word-regexp|with-filename|only-matching|(?:fixed-string|extended-regexp|perl-regexp)s?)$/;
const ripgrepClosed = /^-[FHILNPSUabchilnopqsuvwxz0.]+$|^-g.|^--[a-z-]+=|^--(?:hidden|line-number|ignore-case|smart-case|no-heading|no-ignore|follow)$/;

/** Whether the word at a place is what it seems to be: neither another option's value nor behind the end of the options. */
function isOption(given: readonly string[], index: number, closed: RegExp): boolean {
  const before = given[index - 1];
  return (before === undefined || !before.startsWith("-") || closed.test(before)) && !given.slice(0, index).includes("--");
}

function grep(given: readonly string[]): SearchScope {
  // Where names are left out as well, the order of the two kinds counts.
  if (given.some((word) => /^--exc(?!lude-dir)/.test(word))) return everything;
  const names = given.flatMap((word, index) => {
    if (!word.startsWith("--inc")) return [];
    const [, glob] = /^--include=(.+)$/s.exec(word) ?? [];
    return glob === undefined || !isOption(given, index, grepClosed) ? [undefined] : [namePattern(glob, false)];
  });
  return narrowed(names, everything);
}

/** What a glob names is searched, hidden or ignored or not. */
function narrowed(names: readonly (RegExp | undefined)[], scope: SearchScope): SearchScope {
  if (names.length === 0) return scope;
  const known = names.filter((name) => name !== undefined);
  return known.length < names.length ? everything : { ...everything, names: known };
}

/** What its user calls a type is searched for hidden or not, and so is what a file of patterns takes in with `!`. */
const unhiding = /^--(?:hidden$|type-add|ignore-file)/;

function ripgrep(given: readonly string[]): SearchScope | undefined {
  if (ripgrepNames.test(given[0] ?? "") && !given.slice(1).some((word) => word.startsWith("--"))) return undefined;
  const flags = given.map((word) => clusterOf(word).flags).join("");
  const levels = flags.split("u").length - 1 + given.filter((word) => word === "--unrestricted").length;
  return narrowed(globsOf(given), {
    hidden: levels > 1 || flags.includes(".") || given.some((word) => unhiding.test(word)),
    ignored: levels > 0 || given.some((word) => word.startsWith("--no-ignore")) ? true : "without-repository",
    takenIn: true,
  });
}

/** A word of short options: those without a value, then the one that takes what follows. */
function clusterOf(word: string): { readonly flags: string; readonly valued?: string; readonly value?: string } {
  const [, flags, valued, value] = /^-(?!-)([^ABCEMTdefgjmrt]*)([ABCEMTdefgjmrt]?)(.*)$/s.exec(word) ?? [];
  return flags === undefined ? { flags: "" } : { flags, valued: valued ?? "", value: value ?? "" };
}

/** The globs that take files in; undefined stands for one that may be any. */
function globsOf(given: readonly string[]): readonly (RegExp | undefined)[] {
  return given.flatMap((word, index) => {
    const { flags, valued, value = "" } = clusterOf(word);
    const [, isLong, inner] = /^--(i?glob)(?:=(.*))?$/s.exec(word) ?? [];
    if (valued !== "g" && isLong === undefined) return [];
    const glob = isLong === undefined && value !== "" ? value : (inner ?? given[index + 1] ?? "");
    if (glob.startsWith("!") && flags === "") return [];
    return [flags === "" && isOption(given, index, ripgrepClosed) ? namePattern(glob, true) : undefined];
  });
}

const silverSearcher = (given: readonly string[]): SearchScope =>
  given.some((word) => /^-[^-]*[atuU]|^--(?:all|hidden|search|skip|unrestricted)/.test(word)) ? everything : { hidden: false, ignored: false };

/**
 * Of git's commands only two go through files below a folder: `grep` those it keeps, `diff` any where there is no repository, and both where they are told to.
 * What is in a stash is as near to them as it can be told: it holds what was kept, and what was not where it is asked for.
 */
function git(given: readonly string[]): SearchScope | undefined {
  const stashed = stashShown(given);
  if (stashed !== undefined) return { hidden: true, ignored: stashed === "all", whole: true };
  if (given.includes("diff")) return given.some((word) => word.startsWith("--no-i")) ? everything : { ...everything, onlyWithoutRepository: true };
  if (!given.includes("grep")) return undefined;
  return { hidden: true, ignored: given.some((word) => word.startsWith("--no-")) };
}
