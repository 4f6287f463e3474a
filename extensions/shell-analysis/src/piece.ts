import type { ShellSpan } from "@claw/kernel";
import type { ParsedScript } from "unbash";
import type { Field } from "./field.ts";
import type { Effort } from "./nesting.ts";

/** A piece of text that a part of a word may stand for. */
export interface Piece {
  readonly text: string;
  /** What follows the text. */
  readonly rest: Field["rest"];
}

export const anything: readonly [Piece] = [{ text: "", rest: "anything" }];

export const oneWord: readonly [Piece] = [{ text: "", rest: "word" }];

export const oneNumber: readonly [Piece] = [{ text: "", rest: "number" }];

/** What has to be known, and told, while words are read. */
export interface WordScene {
  readonly home: string | undefined;
  readonly effort: Effort;
  /** The folder it runs in, if there is but one. */
  folder(): string | undefined;
  /** What git says is the top of the work tree there, where that is known. */
  top(): string | undefined;
  /** What a variable may hold; undefined if nothing in the text sets it. */
  variable(name: string): readonly Piece[] | undefined;
  /** Whether all that a variable may hold are whole numbers. */
  isNumber(name: string): boolean;
  /** Takes the commands of a substitution in. */
  script(script: ParsedScript | undefined, span: ShellSpan): void;
  doubt(span: ShellSpan, why: string): void;
}
