import type { ShellSpan } from "@claw/kernel";
import type { SyntaxNode } from "unbash";

/**
 * How many characters may be looked into, counted at every level: the parser takes a part apart when somebody looks into it, and goes all through what is inside it each time,
 * whatever nests there.
 */
export const mostLooks = 65_536;

/** What is left of that for a text. */
export interface Effort {
  left: number;
}

type Part = ShellSpan & Pick<SyntaxNode, "type">;

const parts: ReadonlySet<SyntaxNode["type"]> = new Set([
  "ArithmeticCommand",
  "ArithmeticCommandExpansion",
  "ArithmeticExpansion",
  "BraceExpansion",
  "CommandExpansion",
  "ExtendedGlob",
  "ParameterExpansion",
  "ProcessSubstitution",
]);

export const isNesting = ({ type }: SyntaxNode): boolean => parts.has(type);

/** Arithmetic is gone through several times at each level, and makes a tree of its own. */
const arithmeticWeight = 8;

/** Whether a part of a text may be looked into. */
export function mayLookInto({ type, pos, end }: Part, effort: Effort): boolean {
  const isArithmetic = type === "ArithmeticExpansion" || type === "ArithmeticCommand";
  effort.left -= isArithmetic ? (end - pos) * arithmeticWeight : end - pos;
  return effort.left >= 0;
}
