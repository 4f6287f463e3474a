import type { ShellCommand, ShellPath, ShellReport } from "@claw/kernel";
import { type Handed, namesHanded, readFind } from "./find-expression.ts";
import { goesDown } from "./links-below.ts";
import { namePattern } from "./name-pattern.ts";
import { behindXargs, tellsOfNamed } from "./search-scope.ts";

/** Files that one command lists and another reads: below these folders, with these names where they are known. */
export interface ListedFiles extends Listing {
  readonly folders: readonly ShellPath[];
}

/** Which files below a folder are handed on. */
export interface Listing {
  readonly names: readonly RegExp[] | undefined;
  /** What is in a name that has it taken for several, or for another; undefined where each is taken for what it is. */
  readonly odd: RegExp | undefined;
  /** Whether neither folders nor links are among them. */
  readonly filesOnly: boolean;
  /** Whether only files that git keeps are. */
  readonly kept?: boolean;
}

const nowhere = /<\s*\/dev\/null\b/g;
const blanks = /[\s'"\\]/;
const patterns = /[\s'"\\*?[\]]/;

/** Which files a path stands for that is known only once it runs, where the text shows who lists them; undefined where it does not. */
export function listedFiles(path: ShellPath, command: ShellCommand, { text, commands }: ShellReport): ListedFiles | undefined {
  // What is redirected to a command takes the place of the pipe in front of it, or of the loop it stands in.
  if (text.replaceAll(nowhere, "").includes("<")) return undefined;
  const word = text.slice(path.pos, path.end);
  if (command.program === "find") return command.reads.length === 1 ? handedByFind(path, command) : undefined;
  const reader = command.words[0] === "xargs" ? behindXargs(command) : command;
  // Told of nothing, what goes through folders goes through its own.
  if (reader === undefined || (goesDown(reader) && !tellsOfNamed(reader))) return undefined;
  if (reader !== command && !/[$`]/.test(word)) {
    const isExact = command.words.some((one) => one !== undefined && /^-0$|^--null$/.test(one));
    return filesOf(chainTo(command, commands, text), isExact ? undefined : blanks);
  }
  const [, quote = ""] = /^("?)\$\(/.exec(word) ?? [];
  if (word.startsWith(`${quote}$(`)) return filesOf(chainWithin(path.pos + quote.length + 2, path.end - quote.length, commands, text), patterns);
  const [, name] = /^"?\$\{?([a-z_][a-z0-9_]*)\}?"?$/.exec(word) ?? [];
  return name === undefined ? undefined : filesOf(...variableSource(name, commands, text));
}

/** The commands of a pipeline, from the one that lists. */
type Chain = readonly ShellCommand[] | undefined;

/** What is written where a variable gets its values, once and nowhere else in the text. */
function variableSource(name: string, commands: readonly ShellCommand[], text: string): readonly [Chain, RegExp] {
  const settings = [...text.matchAll(new RegExp(`\\bread\\b[^;|&\\n]*\\s${name}\\b|\\bfor\\s+${name}\\s+in\\s|\\b${name}\\+?=|\\$\\{${name}:?=`, "g"))];
  const [setting] = settings;
  if (setting === undefined || settings.length > 1 || /\b(?:mapfile|readarray|getopts|printf\s+-v|declare|local|select|eval)\b/.test(text))
    return [undefined, blanks];
  const after = setting.index + setting[0].length;
  if (setting[0].startsWith("for")) {
    const close = /^\$\((?:[^()]|\([^()]*\))*\)\s*(?:;|\n)\s*do\b/.exec(text.slice(after))?.[0].lastIndexOf(")");
    return [close === undefined ? undefined : chainWithin(after + 2, after + close + 1, commands, text), patterns];
  }
  const reader = commands.find(({ program, pos, end }) => program === "read" && pos <= setting.index && after <= end);
  return [reader === undefined || reader.words.at(-1) !== name ? undefined : chainTo(reader, commands, text), blanks];
}

/** The pipeline whose output a command reads. */
function chainTo(command: ShellCommand, commands: readonly ShellCommand[], text: string): Chain {
  const chain: ShellCommand[] = [];
  let next = command;
  for (;;) {
    const before = commands[commands.indexOf(next) - 1];
    if (before === undefined || before.quoted || !/^\s*\|\s*(?:while\s+)?$/.test(text.slice(before.end, next.pos))) return undefined;
    chain.unshift(before);
    if (!passes(before)) return chain;
    next = before;
  }
}

/** The pipeline that is all of a substitution. */
function chainWithin(start: number, end: number, commands: readonly ShellCommand[], text: string): Chain {
  const chain = commands.filter(({ pos, end: last }) => pos >= start && last < end);
  const isWhole = chain.every(({ pos, quoted }, index) => {
    const before = chain[index - 1];
    return !quoted && (before === undefined ? text.slice(start, pos).trim() === "" : /^\s*\|\s*$/.test(text.slice(before.end, pos)));
  });
  const last = chain.at(-1);
  if (last === undefined || !isWhole || text.slice(last.end, end).trim() !== ")") return undefined;
  return chain.slice(1).every(passes) ? chain : undefined;
}

/** Whether of the lines it reads it writes some, each as it is. */
function passes({ program, words, wrapped }: ShellCommand): boolean {
  const given = words.slice(wrapped + 1);
  if (given.includes(undefined)) return false;
  if (program === "head" || program === "tail") return given.every((word) => /^-(?:\d+|n|n?\d+|z)$|^\d+$/.test(word ?? ""));
  if (program === "sort") return given.every((word) => /^-[uzrfnhV]+$/.test(word ?? ""));
  if (program === "uniq") return given.length === 0;
  return (
    program === "grep" &&
    given.filter((word) => !word?.startsWith("-")).length === 1 &&
    given.every((word) => !word?.startsWith("-") || /^-[vEiFPwx]+$/.test(word))
  );
}

/** What -exec of find hands on. */
function handedByFind(path: ShellPath, { words, wrapped }: ShellCommand): ListedFiles | undefined {
  const given = words.slice(wrapped + 1).filter((word) => word !== undefined);
  const shown = given.length < words.length - wrapped - 1 ? undefined : readFind(given)?.shown;
  return shown === undefined ? undefined : { folders: [path], odd: undefined, ...listingOf(shown) };
}

type Made = Omit<Listing, "odd">;

const listingOf = (handed: readonly Handed[]): Made => ({
  names: namesHanded(handed),
  filesOnly: handed.every(({ links }) => !links),
});

function filesOf(chain: Chain, odd: RegExp | undefined): ListedFiles | undefined {
  const [lister, ...filters] = chain ?? [];
  const listing = lister === undefined ? undefined : withEnding(filters, listingBy(lister));
  if (lister === undefined || listing === undefined || lister.class !== "read-only" || lister.folders.some(({ many }) => many)) return undefined;
  const folders = lister.program === "git" ? lister.folders : lister.reads;
  return folders.length === 0 ? undefined : { folders, odd, ...listing };
}

/** Narrowed by a filter such as `grep '\.ts$'`. */
function withEnding(filters: readonly ShellCommand[], listing: Made | undefined): Made | undefined {
  const ending = filters
    .filter(({ program, words }) => program === "grep" && !words.some((word) => /^-[^-]*[vF]/.test(word ?? "")))
    .map(({ words }) => /^\\(\.\w+)\$$/.exec(words.at(-1) ?? "")?.[1])
    .find((one) => one !== undefined);
  if (ending === undefined || listing === undefined || listing.names !== undefined) return listing;
  return { ...listing, names: [new RegExp(`${RegExp.escape(ending)}$`, "i")] };
}

/** The files that a command lists; undefined for one that may write something else. */
function listingBy({ program, words, wrapped }: ShellCommand): Made | undefined {
  const given = words.slice(wrapped + 1).filter((word) => word !== undefined);
  if (given.length < words.length - wrapped - 1) return undefined;
  if (program === "find") {
    const reading = readFind(given);
    // What it writes besides its list is not told apart.
    if (reading === undefined || reading.listed.length === 0 || given.some((word) => /^-(?:printf|ls|exec|execdir|ok|okdir)$/.test(word))) return undefined;
    return listingOf(reading.listed);
  }
  if (program === "fd" || program === "fdfind") {
    if (given.some((word) => /^-[^-]*[xXlL]|^--(?:exec|list|format|follow)/.test(word))) return undefined;
    const extensions = given.flatMap((word, index) => (given[index - 1] === "-e" || given[index - 1] === "--extension" ? [word] : []));
    const endings = extensions.map((one) => namePattern(`*.${one}`, false));
    return { names: endings.length === 0 || endings.includes(undefined) ? undefined : endings.filter((one) => one !== undefined), filesOnly: false };
  }
  if (program === "rg" || program === "grep") return listsFiles(program, given) ? { names: undefined, filesOnly: true } : undefined;
  if (program !== "git") return undefined;
  if (given[0] === "diff" || given[0] === "grep") {
    const isList = given[0] === "grep" ? /^-[EFPinwz]*l[EFPinwz]*$/.test(given[1] ?? "") : given.includes("--name-only");
    const isPlain = given.every((word) => !word.startsWith("-") || word === given[1] || /^--(?:name-only|cached|staged|diff-filter=\w+)?$|^-z$/.test(word));
    return isList && isPlain ? { names: undefined, filesOnly: false, kept: true } : undefined;
  }
  if (given[0] !== "ls-files") return undefined;
  const rest = given.slice(1).filter((word) => word !== "--");
  if (rest.some((word) => word.startsWith("-") && !/^-[zcmo]$|^--(?:cached|modified|others|exclude-standard)$/.test(word))) return undefined;
  // A star of git's goes over `/`: only what stands behind the last one is in the file's own name.
  const names = rest.filter((word) => !/^[-:]/.test(word)).map((word) => namePattern(/^[^*?[]*(\*[^*?[/]+)$/.exec(word)?.[1] ?? "", false));
  return {
    names: names.length === 0 || names.includes(undefined) ? undefined : names.filter((name) => name !== undefined),
    filesOnly: false,
    kept: !rest.some((word) => /^-\w*o|^--o/.test(word)),
  };
}

/** Whether a search writes the names of files and nothing else: told by its first option, and by no other that may take the next word. */
function listsFiles(program: string, given: readonly string[]): boolean {
  const [first = ""] = given;
  if (given.some((word) => /^--(?:follow|dereference|hyperlink|format|replace|json|pre)|^-[^-]*[LRrfe]$/.test(word) && word !== first)) return false;
  return program === "rg"
    ? /^-(?:[0inSswFP]*l[0inSswFP]*)$|^--files(?:-with-matches)?$/.test(first)
    : /^-[EFIPZinrsw]*l[EFIPZinrsw]*$/.test(first) && /r/.test(first);
}
