import type { ShellCommand, ShellPath, ShellReport } from "@claw/kernel";
import { walk } from "./folder-walk.ts";

/** The links below a folder, so deep and no deeper, by their paths; undefined if there is more than can be looked at. */
export type LinkSearch = (folder: string, depth: number, matches: (relative: string) => boolean) => Promise<readonly string[] | undefined>;

const most = { entries: 50_000, links: 2_000 } as const;

export const linkSearch =
  (signal: AbortSignal): LinkSearch =>
  async (folder, depth, matches) => {
    const found: string[] = [];
    const entries = walk(folder, { depth, most: most.entries, skipped: new Set([".git"]) }, signal);
    for (let next = await entries.next(); ; next = await entries.next()) {
      if (next.done === true) return next.value ? found : undefined;
      const { relative, type } = next.value;
      if (type !== "link" || !matches(relative)) continue;
      found.push(`${folder}/${relative}`);
      if (found.length > most.links) return undefined;
    }
  };

/** How a word of a command goes down from a folder: how deep links are followed, and which names it takes of what lies there. */
export interface Descent {
  readonly depth: number;
  matches(relative: string): boolean;
}

const all = (): boolean => true;

/** Options with which programs that follow no links follow them. */
const following: Readonly<Record<string, RegExp>> = {
  "[": /^$/,
  ag: /^-[^-]*f|^--follow/,
  cloc: /^--?follow/,
  cp: /^-[^-]*[HL]|^--deref|^--follow/,
  du: /^-[^-]*[DHL]|^--deref/,
  eza: /^-[^-]*X|^--follow|^--deref/,
  exa: /^-[^-]*X|^--follow|^--deref/,
  fd: /^-[^-]*L|^--follow/,
  fdfind: /^-[^-]*L|^--follow/,
  find: /^-(?:[HL]|follow)$/,
  git: /^$/,
  grep: /^-[^-]*R|^--deref/,
  egrep: /^-[^-]*R|^--deref/,
  fgrep: /^-[^-]*R|^--deref/,
  ls: /^-[^-]*[HL]|^--deref/,
  lsd: /^-[^-]*L|^--deref/,
  rg: /^-[^-]*L|^--follow/,
  scc: /^--include-symlinks/,
  stat: /^-[^-]*L|^--deref/,
  tar: /^[^-]*h|^-[^-]*h|^--deref/,
  test: /^$/,
  tokei: /^$/,
  tree: /^-[^-]*l/,
};

/** Programs that take each file they are given and never go through a folder. */
const fileByFile: ReadonlySet<string> = new Set(
  "awk base64 cat cksum cmp column comm cut expand fmt fold gawk head hexdump jq md5sum nl od paste sed sha1sum sha256sum sort strings tac tail tr uniq wc xxd yq".split(" "),
);

/** Programs that take a link they are given for a link. */
const linkByLink: ReadonlySet<string> = new Set("[ du find git ln mv rm rmdir stat test unlink".split(" "));

/** Whether a program that goes through a folder follows the links in it. What is not known to leave them alone does. */
export function followsLinks({ program, words, wrapped }: Pick<ShellCommand, "program" | "words" | "wrapped">): boolean {
  const options = program !== undefined && Object.hasOwn(following, program) ? following[program] : undefined;
  return options === undefined || words.slice(wrapped + 1).some((word) => word === undefined || options.test(word));
}

/** How far a path that a command reads goes down; undefined where no link is followed on the way. */
export function descentOf(path: ShellPath, command: ShellCommand, { text }: ShellReport): Descent | undefined {
  if (!path.many || path.path === "/") return undefined;
  const follows = followsLinks(command);
  if (follows && !isIn(fileByFile, command)) return { depth: Number.POSITIVE_INFINITY, matches: all };
  return follows || !isIn(linkByLink, command) ? descentOfPattern(text.slice(path.pos, path.end)) : undefined;
}

/** The same of a path that it writes: what goes through folders to write takes links for what they are. */
export const descentOfWrite = (path: ShellPath, command: ShellCommand, { text }: ShellReport): Descent | undefined =>
  path.many && path.path !== "/" && !isIn(linkByLink, command) ? descentOfPattern(text.slice(path.pos, path.end)) : undefined;

const descentOfPattern = (word: string): Descent | undefined =>
  /[*?[{$`]/.test(word) ? { depth: depthOf(word), matches: matcherOf(word) } : undefined;

/** A pattern leads no deeper than it has parts; what a variable in it holds may lead anywhere. */
const depthOf = (word: string): number => (/[$`]/.test(word) ? Number.POSITIVE_INFINITY : word.split("/").length);

const isIn = (programs: ReadonlySet<string>, { program }: ShellCommand): boolean => program !== undefined && programs.has(program);

/** Which names a word stands for: those a pattern in its last part matches, or everything below where it says more than that. */
export function matcherOf(word: string): (relative: string) => boolean {
  const name = word.replaceAll(/["']/g, "").split("/").at(-1) ?? "";
  const isSimple = /^[\w.*-]+$/.test(name) && /^(?:[^*]*\*){1,4}[^*]*$/.test(name) && !/[*?[{$`\\]/.test(word.slice(0, word.length - name.length));
  if (!isSimple) return all;
  const shape = new RegExp(`^${name.startsWith("*") ? "(?!\\.)" : ""}${name.split("*").map(RegExp.escape).join(".*")}$`, "s");
  return (relative) => !relative.includes("/") && shape.test(relative);
}
