import type { ShellSpan } from "@claw/kernel";
import type { ArithmeticExpression, TestExpression, Word } from "unbash";
import { arithmeticDoubt } from "./arithmetic.ts";
import { pathsOf } from "./field.ts";
import { type Findings, noFindings, raise } from "./findings.ts";
import type { Piece } from "./piece.ts";
import { sweep } from "./sweep.ts";
import { disturb, reading, spanOf, type Walk } from "./walk-state.ts";
import { checkEnd } from "./slips.ts";
import { readWord, wholeOf } from "./words.ts";

/** A test or a reckoning of the shell's own stands among the commands like one. */
export function keyword(program: string, node: ShellSpan, walk: Walk, work: (findings: Findings) => void): void {
  const { analysis, folders, source } = walk;
  const findings = noFindings();
  const order = (analysis.begun += 1);
  work(findings);
  if (walk.inBackground) raise(findings, "unknown", "it goes on in the background", spanOf(node, walk));
  const text = source.text.slice(node.pos, node.end);
  const words = { words: [program], typed: [program], program, wrapped: 0 };
  analysis.drafts.push({ ...spanOf(node, walk), order, text, ...words, folders, findings, quoted: false, plain: false });
}

/** Takes arithmetic for what it may do. */
export function reckon(expression: ArithmeticExpression | undefined, node: ShellSpan, findings: Findings, walk: Walk): void {
  const why = arithmeticDoubt(expression, (name) => walk.variables().isNumber(name));
  if (why === undefined) return;
  raise(findings, "unknown", why, spanOf(node, walk));
  if (expression !== undefined) reading(walk, findings, () => sweep(expression, walk.words));
}

/** Walks through what stands in `[[ ]]`. */
export function walkTest(expression: TestExpression, findings: Findings, walk: Walk): void {
  const doubt = (node: ShellSpan, why: string): void => raise(findings, "unknown", why, spanOf(node, walk));
  const { operator } = expression.type === "TestUnary" || expression.type === "TestBinary" ? expression : { operator: "" };
  const look = (word: Word, isFile: boolean): readonly Piece[] => {
    checkEnd(word, walk);
    const read = reading(walk, findings, () => readWord(word, walk.words));
    if (isFile) for (const field of read.flat()) findings.reads.push(...pathsOf({ ...field, ...spanOf(field, walk) }, walk.folders));
    return wholeOf(read);
  };
  switch (expression.type) {
    case "TestLogical":
      for (const operand of expression.operands) walkTest(operand, findings, walk);
      return;
    case "TestNot":
      return walkTest(expression.operand, findings, walk);
    case "TestGroup":
      return walkTest(expression.expression, findings, walk);
    case "TestUnary":
      if (/[^\\]\n/.test(walk.source.text.slice(expression.pos, expression.operand.pos))) doubt(expression, `bash takes no new line behind ${operator}`);
      if (!/^-[abcdefghknoprstuwxzGLNOS]$/.test(operator)) doubt(expression, `${operator} evaluates what it is given`);
      look(expression.operand, /^-[abcdefghkprsuwxGLNOS]$/.test(operator));
      return;
    case "TestBinary":
      for (const side of [expression.left, expression.right]) {
        const pieces = look(side, /^-(?:ef|nt|ot)$/.test(operator));
        if (/^-(?:eq|ne|lt|le|gt|ge)$/.test(operator) && !isReckonable(side, pieces, walk))
          doubt(side, `[[ reckons with ${side.text}, in which an index may run a command`);
      }
      return;
    default:
      return disturb(walk, expression satisfies never, "it holds a test of a kind that is not known");
  }
}

/** Whether arithmetic finds nothing but a number in a word. */
function isReckonable({ text }: Word, pieces: readonly Piece[], { variables }: Walk): boolean {
  const name = /^"?\$\{?(\w+)\}?"?$/.exec(text)?.[1];
  if (/^"?(?:\$[#?]|\$\{#\w+\})"?$/.test(text) || (name !== undefined && variables().isNumber(name))) return true;
  return pieces.every(({ text: value, rest }) => (rest === "none" ? /^-?\d{1,18}$/.test(value) : rest === "number" && value === ""));
}
