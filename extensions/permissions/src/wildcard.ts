/** Text patterns with `*`. */
import { isStarMatch } from "@claw/kernel/kit";

export interface Wildcard {
  /** The text between the stars. Without a star there is one piece. */
  readonly pieces: readonly string[];
  /** Whether a space before the last star may be missing together with what follows: `touch *` matches `touch`. */
  readonly bare: boolean;
}

/** Reads a pattern: `\*` and `\\` are those signs themselves; a final `:*` is ` *`. */
export function wildcardOf(pattern: string): Wildcard {
  const text = pattern.endsWith(":*") && !pattern.endsWith("\\:*") ? `${pattern.slice(0, -2)} *` : pattern;
  const pieces = [""];
  for (let at = 0; at < text.length; at += 1) {
    const sign = text.charAt(at);
    const next = text.charAt(at + 1);
    if (sign === "\\" && (next === "*" || next === "\\")) {
      pieces[pieces.length - 1] += next;
      at += 1;
    } else if (sign === "*") pieces.push("");
    else pieces[pieces.length - 1] += sign;
  }
  return { pieces, bare: pieces.length > 1 && pieces.at(-1) === "" && (pieces.at(-2) ?? "").endsWith(" ") };
}

/** The pattern that matches this text and no other. */
export const escaped = (text: string): string => text.replaceAll(/[\\*]/g, (sign) => `\\${sign}`);

export function isMatch({ pieces, bare }: Wildcard, text: string): boolean {
  if (isStarMatch(pieces, text)) return true;
  return bare && isStarMatch([...pieces.slice(0, -2), (pieces.at(-2) ?? "").slice(0, -1)], text);
}
