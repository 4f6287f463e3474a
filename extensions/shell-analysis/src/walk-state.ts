import type { ShellDoubt, ShellPlace, ShellSpan } from "@claw/kernel";
import type { ParsedScript } from "unbash";
import type { Draft } from "./draft.ts";
import type { Field } from "./field.ts";
import { type Findings, raise } from "./findings.ts";
import { judge } from "./judge.ts";
import { movesFolder } from "./loops.ts";
import type { Effort } from "./nesting.ts";
import type { Folder } from "./paths.ts";
import type { Programs } from "./programs.ts";
import { deepest, type Scene } from "./scene.ts";
import { type Variables, variablesOf } from "./variables.ts";
import type { Piece, WordScene } from "./piece.ts";

/** A text that is being walked through, and where it stands in the whole. */
export interface Source {
  readonly text: string;
  /** What its places are counted from; a span where they are not the whole's places any more. */
  readonly origin: number | ShellSpan;
}

/** What a whole analysis shares. */
export interface Analysis {
  readonly place: ShellPlace;
  readonly programs: Programs;
  readonly drafts: Draft[];
  /** Texts that are fed to shells, for rules that forbid. */
  readonly fed: (string | undefined)[];
  readonly effort: Effort;
  /** How many commands may be taken in; past it the rest is not read. */
  readonly most: number;
  /** How many commands have been begun. */
  begun: number;
  hidden: boolean;
  broken: boolean;
}

export interface Walk {
  readonly analysis: Analysis;
  source: Source;
  readonly depth: number;
  /** What may be in variables, made when one is asked for. */
  variables(): Variables;
  /** What it takes to read words, made once for the whole walk. */
  readonly words: WordScene;
  readonly services: Pick<Scene, "launch" | "nested" | "disturb">;
  /** The command whose words are being read: doubts about them are its own. */
  findings: Findings | undefined;
  /** What keeps anything in the text from being what it looks like. */
  readonly disturbances: ShellDoubt[];
  /** Where the next command may run, and every folder that was possible so far. */
  folders: readonly Folder[];
  seen: readonly Folder[];
  /** The variables that are set for certain. */
  definite: ReadonlySet<string>;
  /** Set while what is walked may run only sometimes, or beside the rest. */
  isSure: boolean;
  inBackground: boolean;
  /** How deep in substitutions, and in loops. */
  nesting: number;
  loops: number;
}

/** The ways from a word back into the walk. */
export interface Entrances {
  /** Walks through the commands of a substitution. */
  enter(script: ParsedScript | undefined, span: ShellSpan, walk: Walk): void;
  /** Walks through a text that a command hands to a shell. */
  nested(text: string, field: Field, walk: Walk, folders: readonly Folder[], findings: Findings): void;
}

/** A place of the text that is being walked through, as one of the whole. The parser lets a text that ends in a backslash end one later. */
export function spanOf({ pos, end }: ShellSpan, { source: { origin, text } }: Walk): ShellSpan {
  return typeof origin === "number" ? { pos: pos + origin, end: Math.min(end, text.length) + origin } : { pos: origin.pos, end: origin.end };
}

export function disturb(walk: Walk, span: ShellSpan, why: string): void {
  walk.disturbances.push({ why, ...spanOf(span, walk) });
}

/** Begins a walk. */
export function createWalk(
  script: ParsedScript,
  source: Source,
  { analysis, depth, folders }: Pick<Walk, "analysis" | "depth" | "folders">,
  entrances: Entrances,
): Walk {
  const { home, folder: start, repository } = analysis.place;
  const topOf = (folder: string | undefined): string | undefined => (folder === start ? repository : undefined);
  const folder = lastingFolder(script, folders);
  let variables: Variables | undefined;
  const walk: Walk = {
    analysis,
    source,
    depth,
    variables: () => (variables ??= variablesOf(script, { home, effort: analysis.effort, folder, top: () => topOf(folder()) })),
    words: {
      home,
      effort: analysis.effort,
      folder: () => singleFolder(walk.folders),
      top: () => topOf(singleFolder(walk.folders)),
      variable: (name) => variable(name, walk),
      isNumber: (name) => walk.variables().isNumber(name),
      script: (inner, span) => entrances.enter(inner, span, walk),
      doubt: (span, why) => (walk.findings === undefined ? disturb(walk, span, why) : raise(walk.findings, "unknown", why, spanOf(span, walk))),
    },
    services: {
      launch(fields, scene, findings) {
        const [first] = fields;
        if (scene.depth >= deepest && first !== undefined) raise(findings, "unknown", `${first.text} stands too deep in programs that start programs`, first);
        else if (judge(fields, { ...scene, depth: scene.depth + 1 }, findings).program === undefined) analysis.hidden = true;
      },
      nested: (text, field, inside, findings) => entrances.nested(text, field, walk, inside, findings),
      disturb: ({ pos, end }, why) => void walk.disturbances.push({ why, pos, end }),
    },
    findings: undefined,
    disturbances: [],
    folders,
    seen: folders,
    definite: nothing,
    isSure: true,
    inBackground: false,
    nesting: 0,
    loops: 0,
  };
  return walk;
}

/** The one folder that all of a script runs in. */
function lastingFolder(script: ParsedScript, folders: readonly Folder[]): () => string | undefined {
  let moves: boolean | undefined;
  return () => {
    moves ??= movesFolder(script);
    return moves ? undefined : singleFolder(folders);
  };
}

const nothing: ReadonlySet<string> = new Set();

const singleFolder = ([folder, ...others]: readonly Folder[]): string | undefined =>
  folder === undefined || folder.many || others.length > 0 ? undefined : folder.path;

export const sceneOf = ({ analysis, services, folders, depth }: Walk): Scene => ({
  place: analysis.place,
  programs: analysis.programs,
  folders,
  depth,
  launch: services.launch,
  nested: services.nested,
  disturb: services.disturb,
});

/** Reads words for a command, or for none: doubts about them are its own, or everybody's. */
export function reading<T>(walk: Walk, findings: Findings | undefined, work: () => T): T {
  const before = walk.findings;
  walk.findings = findings;
  const made = work();
  walk.findings = before;
  return made;
}

function variable(name: string, { variables, definite }: Walk): readonly Piece[] | undefined {
  const pieces = variables().pieces(name);
  // Where it may not have been set it is empty.
  return pieces === undefined || definite.has(name) || pieces.some(({ text, rest }) => rest === "anything" && text === "")
    ? pieces
    : [...pieces, { text: "", rest: "none" }];
}
