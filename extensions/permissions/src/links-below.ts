import type { Located, ShellCommand, ShellPath, ShellReport } from "@claw/kernel";
import { isSecretFile } from "@claw/kernel/kit";
import { readFind } from "./find-expression.ts";
import { walk } from "./folder-walk.ts";

/** How a word of a command goes down from a folder: how deep links are followed, and which names it takes of what lies there. */
export interface Descent {
  readonly depth: number;
  matches(relative: string): boolean;
  /** Whether a file in the folder whose name looks like an option would be taken for one. */
  readonly wary: boolean;
}

/** The links below a folder that are met on the way down, by their paths; undefined if there is more than can be looked at. */
export type LinkSearch = (folder: string, descent: Descent) => Promise<readonly string[] | undefined>;

const most = { entries: 50_000, links: 2_000, told: 50 } as const;

const everywhere: Descent = { depth: Number.POSITIVE_INFINITY, matches: () => true, wary: false };

export const linkSearch = (signal: AbortSignal): LinkSearch =>
  async function search(folder, descent) {
    const found: string[] = [];
    const entries = walk(folder, { depth: descent.depth, most: most.entries, skipped: new Set([".git"]) }, signal);
    for (let next = await entries.next(); ; next = await entries.next()) {
      if (next.done === true) return next.value ? found : undefined;
      const { relative, type } = next.value;
      if (descent.wary && relative.startsWith("-")) return search(folder, everywhere);
      if (type !== "link" || !descent.matches(relative)) continue;
      found.push(`${folder}/${relative}`);
      if (found.length > most.links) return undefined;
    }
  };

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
  "awk base64 cat cksum cmp column comm cut expand fmt fold gawk head hexdump jq md5sum nl od paste sed sha1sum sha256sum sort strings tac tail tr uniq wc xxd yq".split(
    " ",
  ),
);

/** Programs that take a link they are given for a link. */
const linkByLink: ReadonlySet<string> = new Set("[ du find git ln mv rm rmdir stat test unlink".split(" "));

type Told = Pick<ShellCommand, "program" | "words" | "typed" | "wrapped">;

/** Whether a program that goes through a folder follows the links in it. What is not known to leave them alone does. */
export const followsLinks = (command: Told): boolean => hasUnknown(command, /[$`]/) || isToldToFollow(command);

/** Whether some word is known only once it runs, and was typed so. */
const hasUnknown = ({ words, typed }: Told, shape: RegExp): boolean => words.some((word, index) => word === undefined && shape.test(typed[index] ?? "$"));

function isToldToFollow({ program, words, wrapped }: Told): boolean {
  // What find hands to a program is opened, links too.
  if (program === "find" && handsLinksOn(words.slice(wrapped + 1))) return true;
  const options = program !== undefined && Object.hasOwn(following, program) ? following[program] : undefined;
  return options === undefined || words.slice(wrapped + 1).some((word) => word !== undefined && options.test(word));
}

function handsLinksOn(words: readonly (string | undefined)[]): boolean {
  if (!words.some((word) => word !== undefined && /^-(?:exec|ok)/.test(word))) return false;
  const reading = words.includes(undefined) ? undefined : readFind(words.filter((word) => word !== undefined));
  return reading === undefined || reading.shown.some(({ links }) => links);
}

/** What begins with no sign of its own may turn out to be an option. */
const optionLike = /^["']*[^\w./~"']/;

/** How far a path that a command reads goes down; undefined where no link is followed on the way. */
export function descentOf(path: ShellPath, command: ShellCommand, { text }: ShellReport): Descent | undefined {
  if (!path.many || path.path === "/") return undefined;
  if (isIn(linkByLink, command) && !isToldToFollow(command)) return undefined;
  const isFileByFile = isIn(fileByFile, command);
  const depth = Math.max(...unheard(command, text).map(depthOf), 0);
  if (!isFileByFile && followsLinks(command)) return everywhere;
  if (depth > 0) return { ...everywhere, depth, wary: !isFileByFile };
  // Only what a pattern begins with may become an option.
  return descentOfPattern(text.slice(path.pos, path.end), !isFileByFile && hasUnknown(command, optionLike));
}

/** The same of a path that it writes: what goes through folders to write takes links for what they are. */
export const descentOfWrite = (path: ShellPath, command: ShellCommand, { text }: ShellReport): Descent | undefined =>
  path.many && path.path !== "/" && !isIn(linkByLink, command) ? descentOfPattern(text.slice(path.pos, path.end), false) : undefined;

const descentOfPattern = (word: string, wary: boolean): Descent | undefined =>
  /[*?[{$`]/.test(word) ? { depth: depthOf(word), matches: matcherOf(word, false), wary } : undefined;

/** A pattern leads no deeper than it has parts; what a variable in it holds may lead anywhere. */
const depthOf = (word: string): number => (/[$`]/.test(word) ? Number.POSITIVE_INFINITY : word.split("/").length);

const isIn = (programs: ReadonlySet<string>, { program }: Told): boolean => program !== undefined && programs.has(program);

/** The words that stand for several files and of which no path tells: of two for the same folder the report has one. */
const unheard = ({ words, typed, reads, writes }: ShellCommand, text: string): readonly string[] =>
  typed.filter((word, index) => words[index] === undefined && ![...reads, ...writes].some(({ pos, end }) => text.slice(pos, end) === word));

/** Which names of a folder a path that a command reads stands for. */
export const namesOf = (path: ShellPath, command: ShellCommand, text: string): ((relative: string) => boolean) =>
  unheard(command, text).length > 0 ? everywhere.matches : matcherOf(text.slice(path.pos, path.end), goesDown(command));

/** Whether a command goes into a folder that it is given: `grep` does so only where it is told to. */
export function goesDown(command: Told): boolean {
  if (isIn(fileByFile, command)) return false;
  if (!isIn(plainGreps, command) || hasUnknown(command, optionLike)) return true;
  return command.words.slice(command.wrapped + 1).some((word) => word !== undefined && /^-[^-]*[rRd]|^--(?:rec|deref|dir)/.test(word));
}

const plainGreps: ReadonlySet<string> = new Set(["grep", "egrep", "fgrep"]);

/** Which names a word stands for: those a pattern in its last part matches, and what is below them where the command goes down; everything where it says more than that. */
function matcherOf(word: string, down: boolean): (relative: string) => boolean {
  // A folder that is given to what takes files alone.
  if (!down && /^[\w./-]+$/.test(word)) return () => false;
  const name = word.replaceAll(/["']/g, "").split("/").at(-1) ?? "";
  const isSimple = /^[\w.*-]+$/.test(name) && /^(?:[^*]*\*){1,4}[^*]*$/.test(name) && !/[*?[{$`\\]/.test(word.slice(0, word.length - name.length));
  if (!isSimple) return everywhere.matches;
  const shape = new RegExp(`^${name.startsWith("*") ? "(?!\\.)" : ""}${name.split("*").map(RegExp.escape).join(".*")}$`, "s");
  return (relative) => (down || !relative.includes("/")) && shape.test(relative.split("/", 1)[0] ?? "");
}

/** The links that a call's commands go through and that do not simply lead to a file of the session's: by the path that stands for many, and where each leads. */
export async function linksThrough(
  report: ShellReport,
  located: ReadonlyMap<string, Located>,
  search: LinkSearch,
  locate: (path: string) => Promise<Located | undefined>,
): Promise<{ readonly links: ReadonlyMap<ShellPath, readonly ShellPath[]>; readonly located: ReadonlyMap<string, Located> }> {
  const links = new Map<ShellPath, readonly ShellPath[]>();
  const places = new Map<string, Located>();
  for (const { path, descent } of descentsOf(report)) {
    const folder = located.get(path.path);
    if (folder?.kind !== "folder" || !folder.inside) continue;
    const found = await search(folder.real, descent);
    const awry: ShellPath[] = found === undefined ? [anything] : [];
    for (const link of found ?? []) {
      const place = await locate(link);
      if (place !== undefined && isPlainPlace(place)) continue;
      if (awry.length >= most.told) {
        awry.push(anything);
        break;
      }
      if (place !== undefined) places.set(link, place);
      awry.push({ ...path, path: link, many: false });
    }
    if (awry.length > 0) links.set(path, awry);
  }
  return { links, located: places };
}

/** What stands for more than can be looked at. */
const anything: ShellPath = { path: "/", many: true, crooked: false, climbs: false, pos: 0, end: 0 };

const isPlainPlace = ({ inside, ignored, links, real }: Located): boolean => inside && ignored !== true && (links ?? 1) === 1 && !isSecretFile(real);

const descentsOf = (report: ShellReport): readonly { readonly path: ShellPath; readonly descent: Descent }[] =>
  report.commands.flatMap((command) =>
    command.quoted
      ? []
      : [
          ...command.reads.map((path) => ({ path, descent: descentOf(path, command, report) })),
          ...command.writes.map((path) => ({ path, descent: descentOfWrite(path, command, report) })),
        ].flatMap(({ path, descent }) => (descent === undefined ? [] : [{ path, descent }])),
  );
