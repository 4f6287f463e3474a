import type { ShellClass } from "@claw/kernel";

/** What a word of a command is to it. */
export type WordKind =
  | "text"
  /** A file or folder it reads. */
  | "read"
  /** Files it reads, apart by `:`, or one behind it: `one:two`, `1,5:file`. */
  | "parted"
  /** A file whose text names others that it reads. */
  | "list"
  /** A file or folder it writes. */
  | "write"
  /** A folder it works in from there on. */
  | "folder"
  /** A host, or a URL. */
  | "host"
  /** Shell text, or a program and its words, that it runs. */
  | "command";

/** The small languages whose words decide what a program does, each with a reader of its own in `grammars/`. */
export type Grammar = "awk" | "date" | "dd" | "find" | "jq" | "sed" | "tar" | "test" | "xargs";

/**
 * What one form of a program may do: the program, or one of its sub-commands. A closed list: a word that is not named here
 * makes the use `otherwise`. Long options are taken by their whole names alone, never by an abbreviation that GNU would take.
 */
export interface FormSpec {
  /** What it is when every word is named here; `read-only` is the proof. Absent with `subcommands`: the form alone does nothing known. */
  readonly class?: ShellClass;
  /** What it is otherwise; `unknown` when absent. */
  readonly otherwise?: Exclude<ShellClass, "read-only">;
  /** Letters of options without a value; they may stand together. */
  readonly flags?: string;
  /** Letters of options with a value, attached or as the next word. */
  readonly valued?: string;
  /** Whole names of long options without `--`: `name`, `name=` with an attached value alone, `name:` with a value either way. */
  readonly long?: readonly string[];
  /** Regular expressions, anchored by the reader, of further whole option words: `-\\d+`. */
  readonly patterns?: readonly string[];
  /** What the value of an option is where it is more than text, by `-o` or `--output`. */
  readonly values?: Readonly<Record<string, WordKind>>;
  /** Options that make it another class: `{ "-i": "workspace-write" }`. They must be listed above as well. */
  readonly raises?: Readonly<Record<string, Exclude<ShellClass, "read-only">>>;
  /** What the words that are no options are; none are taken when absent. */
  readonly operands?: WordKind;
  /** How many words at the beginning are something else, such as grep's pattern, unless one of these options gave it. */
  readonly first?: { readonly count: number; readonly kind: WordKind; readonly unless?: readonly string[] };
  /** What the last of several operands is, such as cp's target. */
  readonly last?: WordKind;
  readonly mostOperands?: number;
  /** A regular expression, anchored, that every operand must fit. */
  readonly operandPattern?: string;
  /** The same for the first operand alone, which must be known: printf's format. */
  readonly firstPattern?: string;
  /** Options with which its operands are lists of further files. */
  readonly listsWith?: readonly string[];
  /** Whether `@FILE`, as any of its words, stands for the words in that file: then it is not proven. */
  readonly responseFiles?: boolean;
  /** Whether a word behind an option that takes one is taken for an option all the same where it looks like one; not behind those that give what is looked for. */
  readonly looseValues?: boolean;
  /** Whether options are still taken after the first operand; true when absent. */
  readonly optionsAnywhere?: boolean;
  /** Whether words that are known only once it runs may stand among its operands: whatever they turn out to be, an option too, it only reads. */
  readonly takesUnknown?: boolean;
  /** Whether a folder among the operands would have it read everything below: then files alone are proven. */
  readonly filesOnly?: boolean;
  /** What it puts behind the name of an operand where no such file is: `.gz` of `zcat`. */
  readonly endings?: readonly string[];
  /** Whether it reads its folder when it is told of none. */
  readonly readsFolder?: boolean;
  /** Whether its operands may be revisions of git: then what follows the first `:` is read as well (`HEAD:src/a.ts`), and one that begins with `:` reads the whole folder. */
  readonly revisions?: boolean;
  /**
   * Further readings of the same words, complete in themselves, tried in order where a word does not fit the form or `needs` is not met; the first that takes every
   * word holds, and it is as if it alone had been written. Where none does, it is the form's own `otherwise`, with the form's own hosts and credentials.
   * `needs` names an option, or a whole word that fits one of `patterns`. A sub-command that is named is never an alternative's operand.
   */
  readonly alternatives?: readonly FormSpec[];
  readonly grammar?: Grammar;
  /** A regular expression, anchored, that the value of an option must fit, by `--format`; one that is known only once it runs does not. (Added by the engine.) */
  readonly valuePatterns?: Readonly<Record<string, string>>;
  /** One of these options must be there, or it is `otherwise`: `node --version` only reads, `node` alone runs what is sent to it. (Added by the engine.) */
  readonly needs?: readonly string[];
  /** Operands are taken only where one of these options stands: `git tag --list 'v*'`. (Added by the engine.) */
  readonly operandsNeed?: readonly string[];
  /** By their names. Options of the form itself stand before the name; a word that is no name here is an operand where `operands` says so, else it is `otherwise`. */
  readonly subcommands?: Readonly<Record<string, FormSpec>>;
  /** What it obeys in its folder: `repository` (git's configuration, attributes, hooks), `project` (scripts, plug-ins, configuration that is code). */
  readonly obeys?: "repository" | "project";
  /** Hosts it is known to ask; `*` where it may ask any. */
  readonly hosts?: readonly string[];
  /** Whether it uses the person's keys, agents or sockets. */
  readonly credentials?: boolean;
  /** Whether this use may destroy work that nothing brings back. */
  readonly destructive?: boolean;
  /** Files it writes besides its operands, relative to its folder: `node_modules`. */
  readonly alsoWrites?: readonly string[];
}

/** `specs/<program>.json`. */
export interface ProgramSpec extends FormSpec {
  readonly program: string;
  /** Further names of the same program. */
  readonly aliases?: readonly string[];
  /** Where its options are taken from: a program and version, a manual. */
  readonly source: string;
  /** What a reader should know, such as which options are left out and why. */
  readonly note?: string;
}
