import { forEachChild, type Command, type ParsedScript, type SyntaxNode, type Word } from "unbash";
import { isHarmlessName } from "./assignments.ts";
import { type Effort, isNesting, mayLookInto } from "./nesting.ts";
import { anything, type Piece, type WordScene } from "./piece.ts";
import { listedWords, readWhole, readWord } from "./words.ts";

/** What the variables of a text may hold, whichever part of it ran before. */
export interface Variables {
  /** Undefined if nothing in the text sets it. */
  pieces(name: string): readonly Piece[] | undefined;
  isNumber(name: string): boolean;
}

/** More places than this are not looked at, nor more values of one variable. */
const limits = { nodes: 5_000, values: 16 } as const;
/** Builtins that set the variables they are told of. */
const setters: ReadonlySet<string> = new Set([
  "declare",
  "export",
  "getopts",
  "let",
  "local",
  "mapfile",
  "printf",
  "read",
  "readarray",
  "readonly",
  "typeset",
  "unset",
  "wait",
]);
const integer = /^-?\d{1,18}$/;
/** Those that the shell itself keeps, and that are numbers unless something sets them. */
const kept: ReadonlySet<string> = new Set(["BASHPID", "EPOCHSECONDS", "EUID", "LINENO", "PPID", "RANDOM", "SECONDS", "SRANDOM", "UID"]);

interface Sources {
  /** The words that each variable is set to. */
  readonly assigned: Map<string, Word[]>;
  /** The words that each runs through. */
  readonly listed: Map<string, Word[]>;
  /** Those that something else sets: only numbers, or anything. */
  readonly counted: Set<string>;
  readonly open: Set<string>;
  /** Whether any of them may be set in a way that is not seen. */
  lost: boolean;
  nodes: number;
  readonly effort: Effort;
}

/** The variables of a script, which is gone through when the first of them is asked for. */
export function variablesOf(script: ParsedScript, around: Pick<WordScene, "home" | "folder" | "top" | "effort">): Variables {
  let sources: Sources | undefined;
  const known = new Map<string, readonly Piece[] | undefined>();
  const numbers = new Map<string, boolean>();
  const scene: WordScene = { ...around, variable: pieces, isNumber, script: () => undefined, doubt: () => undefined };

  function found(): Sources {
    if (sources === undefined) {
      sources = { assigned: new Map(), listed: new Map(), counted: new Set(), open: new Set(), lost: false, nodes: 0, effort: around.effort };
      visit(script, sources);
    }
    return sources;
  }

  function pieces(name: string): readonly Piece[] | undefined {
    if (known.has(name)) return known.get(name);
    // While it is read it may be part of its own value.
    known.set(name, anything);
    const value = valueOf(name);
    known.set(name, value);
    return value;
  }

  function valueOf(name: string): readonly Piece[] | undefined {
    const { assigned, listed, counted, open, lost } = found();
    const words = assigned.get(name) ?? [];
    const list = listed.get(name) ?? [];
    if (lost || open.has(name) || counted.has(name)) return anything;
    if (words.length + list.length === 0) return undefined;
    if (!isHarmlessName(name)) return anything;
    const values = [...words.flatMap((word) => readWhole(word, scene)), ...list.flatMap((word) => listPieces(word, scene))];
    return values.length > limits.values ? anything : values;
  }

  function isNumber(name: string): boolean {
    const before = numbers.get(name);
    if (before !== undefined) return before;
    // While it is looked at it is part of its own value: that alone makes it none.
    numbers.set(name, false);
    const is = holdsNumbers(name);
    numbers.set(name, is);
    return is;
  }

  function holdsNumbers(name: string): boolean {
    const { assigned, listed, counted, open, lost } = found();
    const words = assigned.get(name) ?? [];
    const list = listed.get(name) ?? [];
    const isSet = words.length + list.length > 0 || counted.has(name);
    if (lost || open.has(name)) return false;
    if (!isSet || !isHarmlessName(name)) return !isSet && kept.has(name);
    const isLiteral = (values: readonly Piece[]): boolean =>
      values.every(({ text, rest }) => (rest === "none" ? integer.test(text) : rest === "number" && text === ""));
    return (
      words.every((word) => isReckoned(word) || isNumber(/^"?\$(\w+)"?$/.exec(word.text)?.[1] ?? "") || isLiteral(readWhole(word, scene))) &&
      list.every((word) => isLiteral(listPieces(word, scene)))
    );
  }

  return { pieces, isNumber };
}

/** Whether a word is nothing but arithmetic, or a count: what stands beside it may make it more than a number. */
const isReckoned = ({ text, parts }: Word): boolean => /^\$\{?#\w*\}?$/.test(text) || (parts?.length === 1 && parts[0]?.type === "ArithmeticExpansion");

/** What a variable may be that runs through a word. */
const listPieces = (word: Word, scene: WordScene): readonly Piece[] =>
  listedWords(word.text) ??
  readWord(word, scene).flatMap((fields) =>
    fields.map(({ value, start, rest, count }): Piece =>
      value === undefined ? (count === "any" ? { text: "", rest: "anything" } : { text: start, rest }) : { text: value, rest: "none" },
    ),
  );

function visit(node: SyntaxNode, sources: Sources): void {
  sources.nodes += 1;
  if (sources.nodes > limits.nodes) {
    sources.lost = true;
    return;
  }
  switch (node.type) {
    case "Command":
      if (node.name === undefined) noteAssignments(node, sources);
      else noteSetter(node, sources);
      break;
    case "For":
      if (node.wordlist === undefined) sources.open.add(node.name.text);
      else note(sources.listed, node.name.text, node.wordlist);
      break;
    case "Select":
      sources.open.add(node.name.text);
      break;
    case "Coproc":
    case "FileDescriptorVariable":
      sources.lost = true;
      break;
    case "ParameterExpansion":
      if (node.operation?.type === "Default" && node.operation.operator.endsWith("=")) sources.open.add(node.parameter);
      break;
    case "ArithmeticBinary":
      if (/^(?:[-+*/%&|^]|<<|>>)?=$/.test(node.operator) && node.left.type === "ArithmeticWord") sources.counted.add(node.left.value);
      break;
    case "ArithmeticUnary":
      if (/^(?:\+\+|--)$/.test(node.operator) && node.operand.type === "ArithmeticWord") sources.counted.add(node.operand.value);
      break;
    default:
  }
  if (isNesting(node) && !mayLookInto(node, sources.effort)) {
    sources.lost = true;
    return;
  }
  try {
    forEachChild(node, (child) => visit(child, sources));
  } catch {
    sources.lost = true;
  }
}

function note(map: Map<string, Word[]>, name: string, words: readonly Word[]): void {
  const before = map.get(name);
  if (before === undefined) map.set(name, [...words]);
  else before.push(...words);
}

function noteAssignments({ prefix }: Command, { assigned, open }: Sources): void {
  for (const part of prefix) {
    if (part.type !== "Assignment") continue;
    if (part.value.type !== "Word" || part.append === true || part.index !== undefined) open.add(part.name);
    else note(assigned, part.name, [part.value]);
  }
}

function noteSetter({ name, suffix }: Command, sources: Sources): void {
  if (name === undefined) return;
  const isPlain = /^[\w./:[-]+$/.test(name.text);
  // `command read x` sets x too.
  const inner = /^(?:builtin|command)$/.test(name.text) ? suffix.find((part) => part.type !== "Word" || !part.text.startsWith("-")) : undefined;
  const setter = inner === undefined ? name.text : inner.type === "Word" ? inner.text : "";
  // What these run may set any.
  if (!isPlain || /^(?:eval|exec|source|\.)$/.test(setter)) sources.lost = true;
  if (!setters.has(setter)) return;
  for (const part of suffix) {
    if (part.type === "Assignment") sources.open.add(part.name);
    else if (part.type === "Word") {
      if (/^[\w-]+$/.test(part.text)) sources.open.add(part.text.replace(/^-[a-z]*/, ""));
      if (setter !== "printf" && /[$`\\'"]/.test(part.text)) sources.lost = true;
    }
  }
}
