import { controlCharacters, hiddenCharacters, reorderingCharacters, withoutEscapes } from "@claw/kernel/kit";

/** Everything that moves a cursor, is not drawn or turns a line around, but for line feeds and tabs. */
const controls = new RegExp(`[${controlCharacters}${reorderingCharacters}]`, "gu");

/** A sequence that has begun and not ended: CSI, a string up to its terminator, or the escape alone. */
const unfinished = /\u001b(?:\[[\u0020-\u003f]*|[\]PX^_][^\u0007\u001b\u009c]*\u001b?|[\u0020-\u002f]*)$/;
const longestHeld = 4096;

/** A text as a terminal may have it: no sequences, no carriage returns, nothing that writes over what stands there. */
export const plain = (text: string): string => withoutEscapes(text).replace(controls, "");

/** `plain` for a text that comes in parts: a sequence that is cut by the end of one is held back until the next. */
export function plainStream(): (part: string) => string {
  let held = "";
  return (part) => {
    const text = held + part;
    const cut = text.includes("\u001b") ? text.search(unfinished) : -1;
    held = cut === -1 || text.length - cut > longestHeld ? "" : text.slice(cut);
    return plain(held === "" ? text : text.slice(0, cut));
  };
}

const unseen = new RegExp(`[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\p{Cs}${hiddenCharacters}]`, "gu");

/** A text that a person is asked to judge: nothing in it is hidden, what cannot be seen is spelled out. */
export const spelledOut = (text: string): string =>
  text.replace(unseen, (character) => {
    if (character === "\n") return character;
    const code = character.codePointAt(0) ?? 0;
    return code <= 0xff ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
  });

/** The first line that says something, at most `length` characters of it. */
export function oneLine(text: string, length: number): string {
  const line = plain(text).trimStart().split("\n", 1)[0]?.replaceAll("\t", " ").trimEnd() ?? "";
  return line.length > length ? `${line.slice(0, Math.max(1, length - 1))}…` : line;
}
