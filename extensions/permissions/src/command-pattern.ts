import { isMatch, wildcardOf, type Wildcard } from "./wildcard.ts";

/** What a rule says of a shell command: `npm test`, `git log:*`, `npm run *`. */
export type CommandPattern =
  | { readonly type: "any" }
  /** `raw` is the rule's own text, `text` the same with its escapes read. */
  | { readonly type: "exact"; readonly raw: string; readonly text: string }
  | { readonly type: "wild"; readonly wild: Wildcard };

/** A command's spellings, each its words joined by one space. */
export interface Spellings {
  /** As it was typed. */
  readonly typed: string;
  /** With only the quotes that are needed. */
  readonly quoted: string;
}

/** What is wrong with a pattern, or undefined. */
export function problemOfCommand(spec: string): string | undefined {
  if (/[\u0000-\u0008\u000b-\u001f\u007f]/.test(spec)) return "it holds a control character";
  if (/:\*./s.test(spec)) return '`:*` stands for "and anything after" and may only end a rule; inside one write ` *`';
  return undefined;
}

export function commandPatternOf(spec: string): CommandPattern {
  const trimmed = spec.trim();
  if (trimmed === "" || trimmed === "*" || trimmed === ":*") return { type: "any" };
  const wild = wildcardOf(trimmed);
  return wild.pieces.length === 1 ? { type: "exact", raw: trimmed, text: wild.pieces[0] ?? "" } : { type: "wild", wild };
}

export function isCommandMatch(pattern: CommandPattern, { typed, quoted }: Spellings): boolean {
  switch (pattern.type) {
    case "any":
      return true;
    case "exact":
      return typed === pattern.raw || typed === pattern.text || quoted === pattern.text;
    case "wild":
      return isMatch(pattern.wild, typed) || isMatch(pattern.wild, quoted);
    default:
      return pattern satisfies never;
  }
}

const harmless = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** A word as a shell would need it written. */
export const quote = (value: string): string => (harmless.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`);
