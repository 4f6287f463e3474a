/** Text patterns with `*`. */

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

/** Each star takes the least it can: time grows with the text alone, however many stars there are. */
export function isMatch({ pieces, bare }: Wildcard, text: string): boolean {
  if (bare) {
    const whole = [...pieces.slice(0, -2), (pieces.at(-2) ?? "").slice(0, -1)];
    if (isMatch({ pieces: whole, bare: false }, text)) return true;
  }
  const first = pieces[0] ?? "";
  const last = pieces.at(-1) ?? "";
  if (pieces.length === 1) return text === first;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let at = first.length;
  const end = text.length - last.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, at);
    if (found === -1 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}
