import type { DoubleQuotedChild, Word, WordPart } from "unbash";
import { arithmeticDoubt } from "./arithmetic.ts";
import { bracesOf, hasBraces } from "./braces.ts";
import { type Field, knownField, openField } from "./field.ts";
import { expansionPieces } from "./expansion.ts";
import { isMadeOf, signs, wordSigns } from "./signs.ts";
import { mayLookInto } from "./nesting.ts";
import { isMisread } from "./misread.ts";
import { sweep } from "./sweep.ts";
import { anything, oneNumber, oneWord, type Piece, type WordScene } from "./piece.ts";

/** The fields that a word may become, each way that it may turn out. */
export type Reading = readonly (readonly Field[])[];

/** More ways than this to read a word are not followed one by one. */
const alternatives = 8;

interface Draft {
  readonly text: string;
  readonly rest: Field["rest"];
  readonly glob: boolean;
  /** Whether it is a field even when its text is empty. */
  readonly solid: boolean;
  /** Whether the shell may split it, or drop it. */
  readonly loose: boolean;
}

const empty: Draft = { text: "", rest: "none", glob: false, solid: false, loose: false };
/** What the shell leaves whole although it is not quoted. */
const whole = /^[\w./:@%+,=^-]*$/;
const plain = signs(`${wordSigns}./@%+,:^-`);

export function readWord(word: Word, scene: WordScene): Reading {
  const { text } = word;
  if (isMadeOf(text, plain)) return [[knownField(text, word)]];
  const parts = word.parts;
  if (isMisread(text, parts)) scene.script(undefined, word);
  if (hasBraces(text, parts)) return braced(word, parts ?? [], scene);
  let drafts: readonly Draft[] = parts === undefined ? [{ ...empty, text: word.value, solid: true }] : [empty];
  for (const part of parts ?? []) drafts = extended(drafts, part, scene);
  if (text.startsWith("~") || /[=:]~/.test(text)) drafts = drafts.map((draft) => tilde(draft, text, scene));
  return drafts.map((draft) => fieldOf(draft, word));
}

/** What a word stands for where the shell neither splits it nor looks for files: after `=`, after `<`, in `case`. */
export const readWhole = (word: Word, scene: WordScene): readonly Piece[] => wholeOf(readWord(word, scene));

export function wholeOf(reading: Reading): readonly Piece[] {
  return reading.map((fields) => {
    const [field] = fields;
    if (fields.length !== 1 || field === undefined) return fields.length === 0 ? { text: "", rest: "none" } : { text: "", rest: "anything" };
    if (field.value !== undefined) return { text: field.value, rest: "none" };
    // A pattern stays as it is there, and so does what is made of an unquoted variable: its beginning is still right.
    return { text: field.start, rest: field.rest === "number" || field.rest === "word" ? field.rest : "anything" };
  });
}

const plainEscapes = /^\$'(?:[^\\']|\\[nt\\'"]|\\x[0-9A-Fa-f]{2}|\\[01][0-7]{2})*'$/;

/** What a string in `$'…'` says, as far as it is plainly known. */
const isPlainEscape = ({ text, value }: { readonly text: string; readonly value: string }): boolean =>
  plainEscapes.test(text) && /^[\u0001-\u007f]*$/.test(value);

function extended(drafts: readonly Draft[], part: WordPart, scene: WordScene): readonly Draft[] {
  switch (part.type) {
    case "Literal":
      return drafts.map((draft) => joined(draft, { text: part.value, rest: "none" }, true));
    case "SingleQuoted":
      return drafts.map((draft) => joined(draft, { text: part.value, rest: "none" }, true));
    case "AnsiCQuoted":
      // Only the escapes that everybody reads alike: two hexadecimal or three octal digits of ASCII, and the usual letters.
      return drafts.map((draft) => joined(draft, isPlainEscape(part) ? { text: part.value, rest: "none" } : anything[0], true));
    case "Glob":
      if (part.kind === "bracket") for (const inner of part.parts) extended([empty], inner, scene);
      return drafts.map((draft) => ({ ...joined(draft, { text: part.text, rest: "none" }, true), glob: true }));
    case "DoubleQuoted":
      return quoted(drafts, part.parts, scene);
    case "LocaleString":
      quoted([empty], part.parts, scene);
      return drafts.map((draft) => joined(draft, anything[0], true));
    case "SimpleExpansion":
    case "ParameterExpansion":
    case "CommandExpansion":
    case "ArithmeticExpansion":
      return expanded(drafts, part, scene, false);
    case "ProcessSubstitution":
      scene.script(part.script, part);
      return drafts.map((draft) => joined(draft, { text: "/dev/fd/", rest: "stream" }, true));
    case "ExtendedGlob":
    case "BraceExpansion":
      scene.doubt(part, `what ${part.text} becomes depends on the shell's settings`);
      sweep(part, scene);
      return drafts.map((draft) => joined(draft, anything[0], false));
    default:
      scene.doubt(part satisfies never, "it holds a part that is not known");
      return [{ ...empty, rest: "anything", loose: true }];
  }
}

/** Reads what is expanded in a text that the shell leaves as it is otherwise. */
export function readExpansions(parts: readonly WordPart[], scene: WordScene): void {
  for (const part of parts) if (part.type !== "Literal") extended([{ ...empty, solid: true }], part, scene);
}

function quoted(drafts: readonly Draft[], parts: readonly DoubleQuotedChild[], scene: WordScene): readonly Draft[] {
  let within: readonly Draft[] = drafts.map((draft) => ({ ...draft, solid: true }));
  for (const part of parts)
    within = part.type === "Literal" ? within.map((draft) => joined(draft, { text: part.value, rest: "none" }, true)) : expanded(within, part, scene, true);
  return within;
}

/** Commands that print one number or one hash, or fail. */
const plainOutput =
  /^\$\((?:nproc|git merge-base(?: [A-Za-z0-9_][\w./~^@-]*){2}|git rev-parse(?: --verify| --short(?:=\d+)?)* [A-Za-z0-9_][\w./~^@-]*|git log (?:-1|-n ?1) --(?:format|pretty)=%[hH](?: [A-Za-z0-9_][\w./~^@-]*)?(?: -- [\w./-]+)?|git rev-list (?:(?:--tags|--all|[A-Za-z0-9_][\w./~^@-]*) )*(?:--max-count=1|-n ?1|-1)(?: (?:--tags|--all|[A-Za-z0-9_][\w./~^@-]*))*(?: -- [\w./-]+)?)\)$/;

/** A pipeline that ends in a count of what it read, alone in its substitution. */
const counted = /^\$\((?:[^()&;`\\#|\n\r]|2>&1|\|(?!\|))+(?:\|\s*wc -[clmw]|\|\s*grep -c [\w.][\w.-]*)\s*\)$|^\$\(wc -[clmw] ?< ?"?[\w./$-]+"?\)$/;

/** Lists of which each word is a number, or a hash. */
export const listedWords = (text: string): readonly Piece[] | undefined => {
  if (/^\$\(seq(?: \d{1,6}){1,3}\)$/.test(text)) return oneNumber;
  return /^\$\((?:git log (?:-\d+|-n ?\d+) --(?:format|pretty)=%[hH]|git log --(?:format|pretty)=%[hH] (?:-\d+|-n ?\d+)|git rev-list (?:-\d+ |-n ?\d+ |--max-count=\d+ )?[A-Za-z0-9_][\w./~^@-]*)\)$/.test(
    text,
  )
    ? oneWord
    : undefined;
};

const topAsked = /^\$\(git rev-parse --show-toplevel(?: 2> ?\/dev\/null)?\)$/;

type Expansion = Exclude<DoubleQuotedChild, { readonly type: "Literal" }>;

function expanded(drafts: readonly Draft[], part: Expansion, scene: WordScene, isQuoted: boolean): readonly Draft[] {
  const [pieces, isList] = piecesOf(part, scene);
  const [first, only] = [drafts[0], pieces[0]];
  if (drafts.length === 1 && pieces.length === 1 && !isList && first !== undefined && only !== undefined) return [joined(first, only, isQuoted)];
  const many = drafts.length * pieces.length > alternatives;
  const made = (many ? anything : pieces).flatMap((piece) => drafts.map((draft) => joined(draft, piece, isQuoted)));
  return isList ? made.map((draft) => ({ ...draft, loose: true, rest: "anything" })) : made;
}

/** What an expansion may stand for, and whether it is a list that stays one in quotes. */
function piecesOf(part: Expansion, scene: WordScene): readonly [readonly Piece[], boolean] {
  if (part.type !== "SimpleExpansion" && !mayLookInto(part, scene.effort)) {
    scene.script(undefined, part);
    return [anything, true];
  }
  switch (part.type) {
    case "SimpleExpansion":
    case "ParameterExpansion":
      return expansionPieces(part, scene, readWhole);
    case "CommandExpansion": {
      if (part.text.startsWith("${")) scene.doubt(part, `${part.text} runs in the shell itself, or is refused, by version`);
      scene.script(part.script, part);
      const folder = part.text === "$(pwd)" ? scene.folder() : undefined;
      if (folder !== undefined) return [[{ text: folder, rest: "none" }], false];
      const top = topAsked.test(part.text) ? scene.top() : undefined;
      if (top !== undefined) return [[{ text: top, rest: "none" }], false];
      if (counted.test(part.text)) return [oneNumber, false];
      return [plainOutput.test(part.text) ? oneWord : anything, false];
    }
    case "ArithmeticExpansion": {
      const why = arithmeticDoubt(part.expression, (name) => scene.isNumber(name));
      if (why === undefined) return [oneNumber, false];
      scene.doubt(part, why);
      sweep(part, scene);
      return [anything, false];
    }
    default:
      scene.doubt(part satisfies never, "it holds a part that is not known");
      return [anything, true];
  }
}

const unsplit: ReadonlySet<Field["rest"]> = new Set(["none", "word", "number"]);

/** Puts a piece behind a draft; `isWhole` where the shell leaves it as it is: quoted, or typed. */
function joined(draft: Draft, { text, rest }: Piece, isWhole: boolean): Draft {
  // It may be anything already.
  if (draft.loose && draft.rest === "anything") return draft;
  if (!isWhole && (!unsplit.has(rest) || !whole.test(text))) return { ...draft, rest: "anything", loose: true };
  const solid = draft.solid || isWhole || text !== "";
  if (draft.rest === "none") return { ...draft, text: draft.text + text, rest, solid };
  // A name that is there already, and what lies below it.
  const goesOn = draft.rest === "below" && rest === "none" && /^(?:\/\w[\w.-]*)+$/.test(text);
  const staysPlain = goesOn || (draft.rest !== "stream" && rest === "none" && whole.test(text) && !text.includes("/"));
  return { ...draft, rest: staysPlain ? draft.rest : "anything", solid };
}

function tilde(draft: Draft, text: string, { home }: WordScene): Draft {
  if (/^~(?=$|\/)/.test(text) && home !== undefined && !/[=:]~/.test(text)) return { ...draft, text: `${home}${draft.text.slice(1)}` };
  return { ...draft, text: "", rest: "anything", loose: false };
}

function fieldOf({ text, rest, glob, solid, loose }: Draft, word: Word): readonly Field[] {
  if (loose) return [openField("", "any", word)];
  if (glob) return [patternField(rest === "none" ? text : `${text}*`, rest, word)];
  if (rest !== "none") return [{ ...openField(text, "one", word), rest }];
  return text === "" && !solid ? [] : [knownField(text, word)];
}

function patternField(pattern: string, rest: Field["rest"], word: Word): Field {
  const star = pattern.search(/[*?[]/);
  // What an unknown text adds may climb, and so may `.*`.
  const climbs = rest === "anything" || /(?:^|\/)(?:\.\.(?:\/|$)|\.{1,2}[*?[])/.test(pattern);
  return { ...openField(star === -1 ? pattern : pattern.slice(0, star), "some", word), rest: climbs ? "anything" : "below", pattern };
}

function braced(word: Word, parts: readonly WordPart[], scene: WordScene): Reading {
  const texts = bracesOf(word.text, parts);
  if (texts !== undefined) return [texts.map((text) => (/[*?[]/.test(text) ? patternField(text, "none", word) : knownField(text, word)))];
  if (/[$`]|<\(|>\(/.test(word.text)) scene.doubt(word, `what ${word.text} becomes is not followed`);
  for (const part of parts) sweep(part, scene);
  return [[openField("", "any", word)]];
}
