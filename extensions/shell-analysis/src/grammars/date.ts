import { type Arguments, shown } from "../arguments.ts";
import { raise } from "../findings.ts";
import type { Task } from "../scene.ts";

/** `date` shows a time with `+FORMAT`, and sets the clock with any other word. */
export function judgeDate({ findings, what }: Task, { operands }: Arguments): void {
  for (const field of operands) if (!field.start.startsWith("+")) raise(findings, "outside-write", `${what} ${shown(field.text)} may set the clock`, field);
}
