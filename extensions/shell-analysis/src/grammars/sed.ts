import { type Arguments, shown } from "../arguments.ts";
import { type Field, knownField, pathsOf } from "../field.ts";
import { isNowhere, raise, write } from "../findings.ts";
import type { Task } from "../scene.ts";
import { readSed } from "./sed-script.ts";

/** `sed` edits text; what its script does besides stands in the script. */
export function judgeSed({ findings, scene, what }: Task, { options, operands }: Arguments): void {
  const given = options.filter(({ name }) => name === "-e" || name === "--expression").flatMap(({ value }) => value ?? []);
  const file = options.find(({ name }) => name === "-f" || name === "--file");
  if (file !== undefined) raise(findings, "unknown", `${what}: its script stands in a file`, file.word);
  const scripts = given.length > 0 || file !== undefined ? given : operands.slice(0, 1);
  const unknown = scripts.find(({ value }) => value === undefined);
  if (unknown !== undefined) raise(findings, "unknown", `${what}: the script ${shown(unknown.text)} is known only once it runs`, unknown);
  const first = scripts[0];
  if (first === undefined || unknown !== undefined) return;
  const { reads, writes, doubt } = readSed(scripts.map(({ value }) => value ?? "").join("\n"));
  const named = (name: string): Field => knownField(name, first);
  for (const name of reads) if (!isNowhere(name)) findings.reads.push(...pathsOf(named(name), scene.folders));
  for (const name of writes)
    if (!isNowhere(name)) for (const path of pathsOf(named(name), scene.folders)) write(findings, path, scene.place, `${what} ${shown(first.text)}`);
  if (doubt !== undefined) raise(findings, "unknown", `${what}: ${doubt}`, first);
}
