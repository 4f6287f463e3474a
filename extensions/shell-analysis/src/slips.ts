import type { ShellSpan } from "@claw/kernel";
import type { Redirection, Word } from "unbash";
import { signs } from "./signs.ts";
import { disturb, type Walk } from "./walk-state.ts";

/** Signs at which bash ends a word. In backquotes one ends at the quote as well. */
const ending = signs(" \t\n;&|()<>`");

/**
 * A word ends where bash ends it, or nothing behind it is what it looks like: the grammar takes the `#` in `<(a)# b` for the beginning of a comment, and bash runs what is behind it.
 */
export function checkEnd(word: ShellSpan, walk: Walk): void {
  const { text } = walk.source;
  let at = word.end;
  while (text.charAt(at) === "\\" && text.charAt(at + 1) === "\n") at += 2;
  if (at >= text.length || ending[text.charCodeAt(at)] === 1) return;
  walk.analysis.broken = true;
  disturb(walk, word, `a word does not end where it seems to, in front of ${text.charAt(at)}`);
}

/** The grammar passes over a parenthesis that begins no function, where bash gives up. */
export function isFollowedByParenthesis({ end }: Word, { source: { text } }: Walk): boolean {
  for (let at = end; ; at += 1) {
    const sign = text.charAt(at);
    if (sign === "\\" && text.charAt(at + 1) === "\n") at += 1;
    else if (sign !== " " && sign !== "\t") return sign === "(";
  }
}

/** In `<2>x` the number belongs to `>`, and `<` has no target; in `<&-a` the target is `-`, and `a` a word of the command. */
export function isMistaken(redirect: Redirection, { source: { text } }: Walk): boolean {
  const target = redirect.type === "HereDoc" ? redirect.delimiter : redirect.target;
  if (target === undefined) return false;
  if (redirect.operator === ">&" || redirect.operator === "<&") return /^-./s.test(target.text);
  const next = text.charAt(target.end);
  return (next === "<" || next === ">") && /^(?:\d+|\{\w+\})$/.test(target.text);
}
