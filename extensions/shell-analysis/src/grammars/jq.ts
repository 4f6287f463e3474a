import type { Arguments } from "../arguments.ts";
import { type Field, openField, pathsOf } from "../field.ts";
import type { Task } from "../scene.ts";

/** Options with two values: a name, and a text or a file. */
const named: ReadonlySet<string> = new Set(["--arg", "--argjson", "--slurpfile", "--rawfile", "--argfile"]);
const files: ReadonlySet<string> = new Set(["--slurpfile", "--rawfile", "--argfile"]);

/** The words without the options that have two values, whose files are taken down. */
export function readableJq({ fields, findings, scene }: Task): readonly Field[] {
  if (!fields.some(({ value }) => value !== undefined && named.has(value))) return fields;
  const left: Field[] = [];
  for (let at = 0; at < fields.length; at += 1) {
    const field = fields[at] as Field;
    const pair = [fields[at + 1], fields[at + 2]];
    if (!named.has(field.value ?? "") || pair.some((one) => one?.count !== "one")) {
      left.push(field);
      continue;
    }
    const [, file] = pair;
    if (files.has(field.value ?? "") && file !== undefined) findings.reads.push(...pathsOf(file, scene.folders));
    at += 2;
  }
  return left;
}

/** A filter of jq computes, and may read modules. */
export function judgeJq({ findings, scene }: Task, { operands }: Arguments): void {
  for (const field of operands.slice(0, 1))
    if (field.value === undefined || /\b(?:import|include|modulemeta)\b/.test(field.value))
      findings.reads.push(...pathsOf(openField("", "any", field), scene.folders));
}
