import type { Assignment, Word } from "unbash";
import { isHarmlessName, isHarmlessSetting } from "./assignments.ts";
import { type Findings, raise } from "./findings.ts";
import type { Piece } from "./piece.ts";
import { sweep } from "./sweep.ts";
import { disturb, spanOf, type Walk } from "./walk-state.ts";
import { checkEnd } from "./slips.ts";
import { readWhole, readWord } from "./words.ts";

const plainIndex = /^\d{1,6}$/;
/** `[INDEX]=` in front of an element of a list. */
const indexed = /^\[([\s\S]*)\]\+?=/;

/** What a variable is set to; undefined where that is a list. */
export function readValue(assignment: Assignment, walk: Walk): readonly Piece[] | undefined {
  const { value } = assignment;
  checkEnd(assignment, walk);
  if (value.type === "Word") return readWhole(value, walk.words);
  for (const element of value.elements) {
    checkEnd(element, walk);
    const [, index = "0"] = indexed.exec(element.text.replaceAll("\\\n", "")) ?? [];
    if (!plainIndex.test(index)) disturb(walk, element, `the index in ${element.text} may run a command`);
    readWord(element, walk.words);
  }
  return undefined;
}

/** `X=1` for the shell, or in front of a program. */
export function assign(assignment: Assignment, name: Word | undefined, findings: Findings, walk: Walk): void {
  const { index, append } = assignment;
  if (index !== undefined && !plainIndex.test(index.text)) {
    disturb(walk, assignment, `the index in ${assignment.text} may run a command`);
    sweep(index, walk.words);
  }
  const known = readValue(assignment, walk);
  if (name === undefined) {
    if (!isHarmlessName(assignment.name)) disturb(walk, assignment, `${assignment.name} may change what the other commands do`);
    else if (walk.isSure && known !== undefined) walk.definite = new Set([...walk.definite, assignment.name]);
    return;
  }
  const literal = known?.length === 1 && known[0]?.rest === "none" && append !== true && index === undefined ? known[0].text : undefined;
  if (literal !== undefined && (isHarmlessSetting(assignment.name, literal) || (assignment.name === "IFS" && name.text === "read"))) return;
  raise(findings, "unknown", `${assignment.name} may change what ${name.text} does`, spanOf(assignment, walk));
}
