import { type Field, knownField, openField, pathsOf } from "../field.ts";
import { isNowhere, write } from "../findings.ts";
import type { Arguments } from "../arguments.ts";
import type { Task } from "../scene.ts";

/** `dd` reads what `if=` names and overwrites what `of=` does; of another word nothing is known that is a file. */
export function judgeDd({ findings, scene, what }: Task, { operands }: Arguments): void {
  for (const field of operands) {
    const isOpen = field.value === undefined;
    const [, kind = "", name = ""] = /^([io]f)=(.*)$/s.exec(field.start) ?? [];
    if (kind === "" && !(isOpen && "of=".startsWith(field.start))) continue;
    const file: Field = isOpen ? openField(name, field.count, field) : knownField(name, field);
    if (kind === "if") findings.reads.push(...pathsOf(file, scene.folders));
    else if (!isNowhere(file.value)) for (const path of pathsOf(file, scene.folders)) write(findings, path, scene.place, what);
  }
}
