import { posix } from "node:path";
import { quote, type Spellings } from "./command-pattern.ts";
import { everyCommand, type EveryCommand } from "./every-command.ts";
import { proofOf } from "./read-only.ts";
import { plainReading, type ShellSource, type Step } from "./shell.ts";
import type { ShellWord } from "./shell-words.ts";
import { unwrapped } from "./wrappers.ts";

/** A path a command may touch. */
export interface Aim {
  readonly path: string;
  /** Whether `..` was taken out of it after a name that might be a link: where it leads is not known then. */
  readonly crooked: boolean;
  /** Whether it climbs at all: right only if the folder it starts from is no link. */
  readonly climbs: boolean;
}

/** One simple command of a plain call. */
export interface ShellPart {
  readonly typed: string;
  /** The command's spellings, those inside its wrappers too. */
  readonly outer: Spellings;
  readonly inner: Spellings;
  /** Whether it obeys what it finds in a folder that is not the session's own: a repository may have been planted there. */
  readonly obeys: boolean;
  /** Set if it only reads, provided its aims may be read. */
  readonly proof: { readonly noFolders: boolean } | undefined;
  /** The folders it may run in. */
  readonly folders: readonly Aim[];
  readonly aims: readonly Aim[];
}

export interface ShellCall {
  readonly command: string;
  /** Undefined if the call is not plain; `why` says why. */
  readonly parts: readonly ShellPart[] | undefined;
  readonly why: string;
  readonly every: EveryCommand;
  /** Every spelling of every command in it, for rules that forbid. */
  readonly spellings: readonly Spellings[];
  /** Every path any command in it names. */
  readonly aims: readonly Aim[];
}

/** The session's folder, and whether what lies in it may be obeyed: git runs programs that a repository's configuration names. */
export interface OwnFolder {
  readonly path: string;
  readonly trusted: boolean;
}

/** Reads a shell call, before anything is known of the file system. */
export function shellCallOf(source: ShellSource, own: OwnFolder): ShellCall {
  const every = everyCommand(source.command, source.home);
  const plain = plainReading(source);
  const folders = foldersOf(every, source.folder);
  const words = [...every.commands.flatMap((command) => command.slice(1)), ...every.targets];
  return {
    command: source.command.trim(),
    parts: "why" in plain ? undefined : partsOf(plain.steps, source, own),
    why: "why" in plain ? plain.why : "",
    every,
    spellings: every.commands.flatMap(forbiddenSpellings),
    aims: unique(words.flatMap((word) => aimsOf(word, folders, source.folder))),
  };
}

function partsOf(steps: readonly Step[], { folder: start, home }: ShellSource, own: OwnFolder): readonly ShellPart[] {
  let unproven = false;
  return steps.map(({ words, folders }) => {
    const inner = unwrapped(words);
    const found = proofOf(inner);
    const atHome = folders.length === 1 && folders[0] === own.path;
    // What ran before may have put a link where this one reads.
    const proof = found === undefined || (found.home && !(atHome && own.trusted)) || (found.files.length > 0 && unproven) ? undefined : found;
    if (proof === undefined) unproven = true;
    const typed = typedOf(words);
    const named =
      proof === undefined
        ? everyCommand(typed, home)
            .commands.flatMap((command) => command.slice(1))
            .flatMap((word) => aimsOf(word, folders, start))
        : proof.files.flatMap((file) => folders.map((folder) => aimOf(file, folder, start)));
    return {
      typed,
      outer: spellingsOf(words),
      inner: spellingsOf(inner),
      obeys: !atHome && inner[0]?.value === "git",
      proof: proof === undefined ? undefined : { noFolders: proof.noFolders },
      folders: folders.map((folder) => aimOf(".", folder, start)),
      aims: unique(named),
    };
  });
}

const typedOf = (words: readonly ShellWord[]): string => words.map(({ text }) => text).join(" ");
const quotedWord = ({ value, text, glob }: ShellWord): string => (value === undefined || glob ? text : quote(value));
const spellingsOf = (words: readonly ShellWord[]): Spellings => ({ typed: typedOf(words), quoted: words.map(quotedWord).join(" ") });

/** As typed, with and without quotes, and by the program's name alone: a rule that forbids must not depend on spelling. */
function forbiddenSpellings(words: readonly ShellWord[]): readonly Spellings[] {
  const bare = words.map(({ value, text }) => value ?? text);
  const base = [posix.basename(bare[0] ?? ""), ...bare.slice(1)];
  return [spellingsOf(words), { typed: bare.join(" "), quoted: base.join(" ") }];
}

/** Every folder that the call may run something in, as far as it is known. */
function foldersOf({ commands }: EveryCommand, start: string): readonly string[] {
  const targets = commands.flatMap(([program, target]) => (program?.value === "cd" && target?.value !== undefined ? [target.value] : []));
  return [...new Set([start, ...targets.slice(0, 20).map((target) => posix.resolve(start, target))])];
}

/** The paths that a word may name: the word, the value of an option, what follows `@`, `=` or `:`. */
function aimsOf({ value, glob }: ShellWord, folders: readonly string[], start: string): readonly Aim[] {
  if (value === undefined || value === "") return [];
  const names = value.startsWith("-") ? optionValues(value) : [value, ...partsOfWord(value)];
  return names.flatMap((name) => folders.flatMap((folder) => [aimOf(name, folder, start), ...(glob ? [aimOf(folderOfGlob(name), folder, start)] : [])]));
}

const optionValues = (value: string): readonly string[] => {
  const at = value.indexOf("=");
  if (at !== -1) return [value.slice(at + 1)];
  return /^-[A-Za-z][/.~]/.test(value) ? [value.slice(2)] : [];
};

const partsOfWord = (value: string): readonly string[] => {
  if (/^file:\/\//i.test(value)) return [URL.parse(value)?.pathname ?? value];
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(value)) return [];
  return [value.startsWith("@") ? value.slice(1) : "", value.slice(value.indexOf("=") + 1), value.slice(value.lastIndexOf(":") + 1)].filter(
    (part) => part !== "" && part !== value,
  );
};

const folderOfGlob = (name: string): string => {
  const star = name.search(/[*?[]/);
  const cut = name.lastIndexOf("/", star === -1 ? undefined : star);
  return cut === -1 ? "." : name.slice(0, cut) || "/";
};

function aimOf(name: string, folder: string, start: string): Aim {
  const steps = name.split("/");
  const firstName = steps.findIndex((step) => step !== "" && step !== "." && step !== "..");
  const lastUp = steps.lastIndexOf("..");
  return { path: posix.resolve(folder, name), crooked: lastUp !== -1 && ((firstName !== -1 && firstName < lastUp) || folder !== start), climbs: lastUp !== -1 };
}

const unique = (aims: readonly Aim[]): readonly Aim[] => [...new Map(aims.map((aim) => [`${aim.path}\0${aim.crooked}\0${aim.climbs}`, aim])).values()];
