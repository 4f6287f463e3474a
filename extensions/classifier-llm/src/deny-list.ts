import { posix } from "node:path";
import type { ShellReport } from "@claw/kernel";
import { settingFailure } from "@claw/kernel/kit";

/** Programs, or programs and words of theirs, that nothing can allow. */
export type DenyList = readonly (readonly string[])[];

const word = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** Throws E_CONFIG_SCHEMA for an entry that can be no command: a list that forbids must not lose one unseen. */
export function denyListOf(entries: readonly string[]): DenyList {
  return entries.map((entry) => {
    const words = entry.trim().split(/\s+/);
    const [program = ""] = words;
    if (words.every((one) => word.test(one)) && !program.includes("/") && !program.startsWith("-")) return words;
    throw settingFailure(
      "claw/classifier-llm",
      `deny: ${JSON.stringify(entry)} is no command`,
      "write a program and words of it, such as git push, without quotes, stars or operators",
    );
  });
}

/** What the list says of a shell text: the entry it runs for certain, one that it may run, or nothing. */
export type Denial = { readonly type: "denied" | "doubtful"; readonly entry: string } | undefined;

export function denialIn(report: ShellReport, list: DenyList): Denial {
  const commands = report.commands.flatMap(({ words, wrapped }) => Array.from({ length: wrapped + 1 }, (_one, index) => words.slice(index)));
  let doubtful: Denial;
  for (const entry of list) {
    for (const words of [...commands, ...report.launched]) {
      const likeness = likenessOf(entry, words);
      if (likeness === "denied") return { type: "denied", entry: entry.join(" ") };
      if (likeness === "doubtful") doubtful ??= { type: "doubtful", entry: entry.join(" ") };
    }
    if (report.hidden || report.broken) doubtful ??= { type: "doubtful", entry: entry.join(" ") };
  }
  return doubtful;
}

/** The program by its last name, and the entry's other words in their order, whatever stands between them. */
function likenessOf([program = "", ...rest]: readonly string[], words: readonly (string | undefined)[]): "denied" | "doubtful" | undefined {
  if (words.length === 0) return undefined;
  const [first, ...others] = words;
  if (first === undefined) return "doubtful";
  if (posix.basename(first).toLowerCase() !== program.toLowerCase()) return undefined;
  let at = 0;
  for (const one of others) if (one !== undefined && at < rest.length && isWord(rest[at] ?? "", one)) at += 1;
  if (at === rest.length) return "denied";
  return others.includes(undefined) ? "doubtful" : undefined;
}

const isWord = (listed: string, found: string): boolean => found === listed || (listed.startsWith("--") && found.startsWith(`${listed}=`));
