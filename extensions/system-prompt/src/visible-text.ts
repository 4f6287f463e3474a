import { controlCharacters, hiddenCharacters, joiningCharacters } from "@claw/kernel/kit";

/** A joiner or selector that belongs to an emoji is seen in it. */
const HIDDEN = new RegExp(
  [
    String.raw`(?<!\p{Extended_Pictographic}\p{Emoji_Modifier}?\uFE0F?)\u200D`,
    String.raw`(?<![\p{Extended_Pictographic}#*0-9])\uFE0F`,
    `(?![\u200D\uFE0F])[${controlCharacters}${hiddenCharacters}${joiningCharacters}]`,
  ].join("|"),
  "gu",
);

export interface VisibleText {
  readonly text: string;
  /** How many characters had to be made visible. */
  readonly hidden: number;
}

/** Text in which every character that a reader does not see, but a model does, is written out, as `\u{200B}`. Line ends become line feeds, a byte order mark goes. */
export function visibleText(raw: string): VisibleText {
  let hidden = 0;
  const text = raw
    .replace(/^\uFEFF/, "")
    .replace(/\r\n?/g, "\n")
    .replace(HIDDEN, (character) => {
      hidden += 1;
      return `\\u{${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}}`;
    });
  return { text, hidden };
}

/** A name or a title on one line. */
export const visibleLine = (raw: string): string =>
  visibleText(raw)
    .text.replace(/[\n\t]+/g, " ")
    .trim();
