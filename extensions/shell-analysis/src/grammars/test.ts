import { shown } from "../arguments.ts";
import { type Field, mayBeOption, pathsOf } from "../field.ts";
import { raise } from "../findings.ts";
import type { Task } from "../scene.ts";

const fileTests: ReadonlySet<string> = new Set([
  "-a",
  "-b",
  "-c",
  "-d",
  "-e",
  "-f",
  "-g",
  "-G",
  "-h",
  "-k",
  "-L",
  "-N",
  "-O",
  "-p",
  "-r",
  "-s",
  "-S",
  "-u",
  "-w",
  "-x",
]);
const comparisons: ReadonlySet<string> = new Set(["-ef", "-nt", "-ot"]);

/** `test` and `[` look at files and compare. Two tests evaluate the name of a variable, in which an index is run. */
export function judgeTest({ fields, findings, scene, head }: Task): void {
  const isBracket = head.value === "[" || head.value?.endsWith("/[") === true;
  const inner = isBracket ? fields.slice(0, -1) : fields;
  if (isBracket && fields.at(-1)?.value !== "]") raise(findings, "unknown", "the ] is missing", head);
  inner.forEach((field, index) => {
    const before = inner[index - 1];
    const after = inner[index + 1];
    if (field.count !== "one") raise(findings, "unknown", `test: ${shown(field.text)} may become several words`, field);
    if (mayEvaluate(field) && after !== undefined && mayHoldIndex(after))
      raise(findings, "unknown", `test: ${shown(field.text)} may evaluate ${shown(after.text)} as the name of a variable`, field);
    const isFile = fileTests.has(before?.value ?? "") || comparisons.has(before?.value ?? "") || comparisons.has(after?.value ?? "");
    if (isFile && field.value !== "") findings.reads.push(...pathsOf(field, scene.folders));
  });
}

const mayEvaluate = (field: Field): boolean => (field.value === undefined ? field.rest !== "number" && mayBeOption(field) : /^-[vR]$/.test(field.value));

const mayHoldIndex = ({ value, rest, choices }: Field): boolean => {
  if (value !== undefined) return value.includes("[");
  return choices === undefined ? rest !== "number" && rest !== "word" : choices.some((choice) => choice.includes("["));
};
