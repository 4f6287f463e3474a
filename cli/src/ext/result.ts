import { jsonLine, printable } from "../printable.ts";
import type { VerbCall } from "../verbs/run.ts";

/** Writes what a verb found or did to standard output: each as an object on a line of its own with `--json`, and otherwise as people read it. */
export async function emit<T extends object>(
  { terminal, json }: Pick<VerbCall, "terminal" | "json">,
  records: readonly T[],
  text: (record: T) => string,
): Promise<void> {
  for (const record of records) await terminal.write(json ? jsonLine(record) : printable(text(record)));
}

/** How many characters of a line what is written to standard output may have: a terminal's, and any number in a pipe or a file. */
export const roomIn = ({ outputIsTerminal, columns }: Pick<VerbCall["terminal"], "outputIsTerminal" | "columns">): number =>
  outputIsTerminal ? columns : Number.POSITIVE_INFINITY;

/** `1 extension`, `2 extensions`. */
export const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

export { oneLine } from "../printable.ts";
