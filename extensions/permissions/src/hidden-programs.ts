import type { ShellReport } from "@claw/kernel";
import { isCommandMatch, type Spellings } from "./command-pattern.ts";
import type { Rule } from "./rules.ts";

/** Between words, and inside those that are made of others. */
const between = /[\s;&|()<>'"`=$\\{},[\]]+/;
/** Of longer texts it is not guessed what they hide: they may hide anything. */
const mostWords = 400;
/** No rule names more words than these. */
const longestRule = 12;

/**
 * A text such as `X=rm; $X a` hides which program it starts: the first of these rules that would hold if it were one of the words the text
 * itself has, by itself or with those behind it. What it gets from a file, a program or the network is not among them.
 */
export function ruleOfHidden({ text, commands }: ShellReport, rules: readonly Rule[]): Rule | undefined {
  const words = text.split(between).filter((word) => word !== "");
  const tails = commands.flatMap(({ words: [first], typed: [, ...rest] }) => (first === undefined ? [rest.join(" ")] : []));
  const guesses = words.flatMap((word, index): Spellings[] => [
    ...Array.from({ length: longestRule }, (_, length) => guess(words.slice(index, index + length + 1).join(" "))),
    ...tails.map((tail) => guess(`${word} ${tail}`.trimEnd())),
  ]);
  return rules.find(({ spec }) => spec.type === "command" && (words.length > mostWords || guesses.some((one) => isCommandMatch(spec.pattern, one))));
}

const guess = (text: string): Spellings => ({ typed: text, quoted: text });
