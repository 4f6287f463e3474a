import { posix } from "node:path";
import type { ShellCommand } from "@claw/kernel";

/** A program, or a program and words of it: `git push` is `["git", "push"]`. */
export type CommandWords = readonly string[];

const word = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** Undefined if a text is no such thing: it has a quote, an operator or a star, or its program is no bare name. */
export function commandWordsOf(text: string): CommandWords | undefined {
  const words = text.trim().split(/\s+/);
  const [program = ""] = words;
  return words.every((one) => word.test(one)) && !program.includes("/") && !program.startsWith("-") ? words : undefined;
}

/** Whether words that may be known only once they run are a command that was forbidden. */
export type Likeness = "yes" | "maybe" | "no";

/**
 * For lists that restrict: the program by its last name, and the other words in their order, whatever stands between them. A word that
 * is known only once it runs may be any number of any words.
 */
export function likenessOf([program = "", ...rest]: CommandWords, words: readonly (string | undefined)[]): Likeness {
  const [first, ...others] = words;
  if (words.length === 0) return "no";
  if (first !== undefined && posix.basename(first).toLowerCase() !== program.toLowerCase()) return "no";
  let at = 0;
  for (const one of others) if (one !== undefined && at < rest.length && isWord(rest[at] ?? "", one)) at += 1;
  const isWhole = at === rest.length;
  if (first !== undefined && isWhole) return "yes";
  return isWhole || others.includes(undefined) || first === undefined ? "maybe" : "no";
}

const isWord = (listed: string, found: string): boolean => found === listed || (listed.startsWith("--") && found.startsWith(`${listed}=`));

/** Every way to read a command: from its wrappers (`timeout 5 env git push`) on, and from each word after them. */
export const readingsOf = ({ words, wrapped }: Pick<ShellCommand, "words" | "wrapped">): readonly (readonly (string | undefined)[])[] =>
  Array.from({ length: wrapped + 1 }, (_one, index) => words.slice(index)).filter((reading) => reading.length > 0);

/** For lists that allow: the words after those of the entry, if the command begins with these, from its program's bare name on, and all are known. */
export function wordsAfter(listed: CommandWords, { words, wrapped }: Pick<ShellCommand, "words" | "wrapped">): readonly string[] | undefined {
  if (wrapped > 0 || !listed.every((one, index) => words[index] === one)) return undefined;
  const rest = words.slice(listed.length);
  return rest.every((one) => one !== undefined) ? rest : undefined;
}
