/** The most that a piece of shell may do, as far as its text shows; `unknown` is what the text does not show. */
export type ShellClass = "read-only" | "workspace-write" | "outside-write" | "network" | "destructive" | "unknown";

/** A place in the text that was analysed: from `pos` up to `end`, in UTF-16 units. */
export interface ShellSpan {
  readonly pos: number;
  readonly end: number;
}

/** Why something is not proven, in words, and where. */
export interface ShellDoubt extends ShellSpan {
  readonly why: string;
}

/** A path that a command may touch. */
export interface ShellPath extends ShellSpan {
  /** Absolute. Of a pattern of files, the folder below which all of them are. */
  readonly path: string;
  /** Whether it stands for many files: a pattern, or a folder that is gone through. */
  readonly many: boolean;
  /** Whether `..` was taken out of it after a name that may be a link: where it leads is not known then. */
  readonly crooked: boolean;
  /** The folders that `..` was taken out of, if it is crooked: where none of them is reached through a link, it leads where it says. Left out if there are too many. */
  readonly over?: readonly string[];
  /** Whether it climbs at all: right only if the folder it starts from is no link. */
  readonly climbs: boolean;
}

/** One simple command, wherever it stands: in a pipeline, a loop, a substitution, a function, a string handed to a shell. */
export interface ShellCommand extends ShellSpan {
  /** As it was typed, without its redirections. */
  readonly text: string;
  /** What the program is given, its own name first; undefined where that is known only once it runs. */
  readonly words: readonly (string | undefined)[];
  /** The same as they were typed. */
  readonly typed: readonly string[];
  /** The program's name without folders; undefined where it is known only once it runs. */
  readonly program: string | undefined;
  /** How many of the words belong to wrappers (`timeout 5`, `env`, `nice`) in front of the program. */
  readonly wrapped: number;
  readonly class: ShellClass;
  /** Whether a rule may cover it by its words: all of them are known, it sets no variable, and redirects only to /dev/null or to another of its outputs. */
  readonly plain: boolean;
  /** Whether it stands in a text that another command of the report runs (`bash -c`, `eval`), which answers for it. */
  readonly quoted: boolean;
  readonly reads: readonly ShellPath[];
  readonly writes: readonly ShellPath[];
  /** The folders it may run in. */
  readonly folders: readonly ShellPath[];
  /** Hosts it names or is known to ask, lower case; `*` where it may ask any. */
  readonly hosts: readonly string[];
  /** Whether it may destroy work that nothing brings back. */
  readonly destructive: boolean;
  /** Whether it needs what the person has and a sandbox has not: keys, agents, sockets. */
  readonly credentials: boolean;
  /** What it obeys in its folders: a repository's configuration, or a project's scripts. */
  readonly obeys: "nothing" | "repository" | "project";
  /** Whether its reads hold for files alone: a folder among them would have it read everything below. */
  readonly filesOnly: boolean;
  /** Why its class is no lower. */
  readonly why: readonly ShellDoubt[];
}

/** What a shell text may do. Everything that could not be judged is in `unjudged`, and makes it `unknown`. */
export interface ShellReport {
  readonly text: string;
  readonly class: ShellClass;
  /** In the order of the text. */
  readonly commands: readonly ShellCommand[];
  /** Further commands that one of these may start, as words, for rules that forbid: every reading of what a launcher is told. */
  readonly launched: readonly (readonly (string | undefined)[])[];
  /** Of all commands and redirections. */
  readonly reads: readonly ShellPath[];
  readonly writes: readonly ShellPath[];
  readonly hosts: readonly string[];
  readonly programs: readonly string[];
  /** Every path that any word of it may name, for rules that forbid. */
  readonly mentions: readonly ShellPath[];
  /** Whether some program is known only once it runs. */
  readonly hidden: boolean;
  /** Whether part of it could not be read at all: rules that forbid cannot be held against it. */
  readonly broken: boolean;
  readonly unjudged: readonly ShellDoubt[];
  readonly why: readonly ShellDoubt[];
}

/** Where a shell text would run. */
export interface ShellPlace {
  /** Absolute: the folder it starts in. */
  readonly folder: string;
  /** Absolute; the first is the workspace. */
  readonly roots: readonly string[];
  readonly home?: string;
  /** Absolute: what `git rev-parse --show-toplevel` says in `folder`, where that is known. */
  readonly repository?: string;
}

/** Says what a shell text may do, from its text alone; what its paths really are is for the workspace to say. */
export interface ShellAnalyser {
  /** Never throws, and runs nothing. What it does not understand it says so of. */
  analyse(text: string, place: ShellPlace): ShellReport;
}

/** Service `shell-analysis`. */
export interface ShellAnalysis {
  /** Loads the grammar and the specifications on first use. */
  analyser(): Promise<ShellAnalyser>;
}

/**
 * What an extension's manifest says of a program under slot `shell-spec`. It can only tighten: words named here are never
 * proven to only read, whatever else is known of the program.
 */
export interface ShellTightening {
  readonly description: string;
  readonly program: string;
  /** Sub-commands or whole option words whose presence raises the class; `*` for every use. */
  readonly raises: Readonly<Record<string, Exclude<ShellClass, "read-only">>>;
}
