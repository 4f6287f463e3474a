import type { ParameterExpansionPart, ParameterOperation, SimpleExpansionPart, Word } from "unbash";
import { sweep } from "./sweep.ts";
import { anything, oneWord, type Piece, type WordScene } from "./piece.ts";

/** Arithmetic that is nothing but a number. */
const digits = /^\s*-?\d{1,9}\s*$/;

/** Reads a word within an expansion. */
type ReadWhole = (word: Word, scene: WordScene) => readonly Piece[];
type Pieces = readonly [pieces: readonly Piece[], isList: boolean];

/** Parameters that are always a number. */
const counts: ReadonlySet<string> = new Set(["?", "#", "$"]);

/** What a parameter may stand for, and whether it is a list that stays one in quotes. */
export function expansionPieces(part: SimpleExpansionPart | ParameterExpansionPart, scene: WordScene, readWhole: ReadWhole): Pieces {
  if (part.type === "SimpleExpansion") {
    const name = part.text.slice(1);
    return name === "@" || name === "*" ? [anything, true] : [valueOf(name, scene), false];
  }
  const { parameter, prefix, index, operation, text } = part;
  const doubt = (why: string): Pieces => {
    scene.doubt(part, why);
    sweep(part, scene);
    return [anything, true];
  };
  if (prefix === "!") return doubt(`${text} reads a variable that another one names`);
  if (index !== undefined && !/^(?:\d{1,6}|[@*])$/.test(index.text)) return doubt(`the index in ${text} may run a command`);
  if (!/^(?:\w+|[@*#?$!-])$/.test(parameter)) return doubt(`what ${text} means cannot be read`);
  if (prefix === "#") return operation === undefined ? [oneWord, false] : doubt(`what ${text} means cannot be read`);
  const isList = parameter === "@" || parameter === "*" || index !== undefined;
  if (operation === undefined) return isList ? [anything, true] : [valueOf(parameter, scene), false];
  const [pieces, why] = operated(operation, isList ? anything : valueOf(parameter, scene), scene, readWhole);
  return why === undefined ? [pieces, isList] : doubt(`${text} ${why}`);
}

function valueOf(name: string, scene: WordScene): readonly Piece[] {
  if (counts.has(name)) return oneWord;
  const set = scene.variable(name);
  if (set !== undefined) return set;
  if (name === "HOME" && scene.home !== undefined) return [{ text: scene.home, rest: "none" }];
  const folder = name === "PWD" ? scene.folder() : undefined;
  return folder === undefined ? anything : [{ text: folder, rest: "none" }];
}

function operated(operation: ParameterOperation, value: readonly Piece[], scene: WordScene, readWhole: ReadWhole): readonly [readonly Piece[], string?] {
  const read = (...words: readonly (Word | undefined)[]): readonly [readonly Piece[]] => {
    for (const word of words) if (word !== undefined) readWhole(word, scene);
    return [anything];
  };
  switch (operation.type) {
    case "Default": {
      const other = readWhole(operation.operand, scene);
      switch (operation.operator) {
        case "-":
        case ":-":
          return [[...value, ...other]];
        case "+":
        case ":+":
          return [[{ text: "", rest: "none" }, ...other]];
        case "?":
        case ":?":
          return [value];
        default:
          return [anything, "sets a variable"];
      }
    }
    case "Remove":
      return read(operation.operand);
    case "Replace":
      return read(operation.pattern, operation.replacement);
    case "CaseModification":
      return read(operation.operand);
    case "Slice":
      if (!digits.test(operation.offset.text) || (operation.length !== undefined && !digits.test(operation.length.text)))
        return [anything, "holds arithmetic, which may run a command"];
      return [anything];
    case "Transform":
      return [anything, "may run what the variable holds"];
    case "Names":
    case "Unknown":
      return [anything, "is an expansion that is not followed"];
    default:
      return [anything, operation satisfies never];
  }
}
