/**
 * Characters that a reader does not see but a model does: controls, bidirectional marks, zero-width characters, variation
 * selectors, tags, fillers. A joiner or selector that belongs to an emoji is none of them.
 */
const HIDDEN = new RegExp([
  String.raw`(?<!\p{Extended_Pictographic}\p{Emoji_Modifier}?\uFE0F?)\u200D`,
  String.raw`(?<![\p{Extended_Pictographic}#*0-9])\uFE0F`,
  String.raw`[\u0000-\u0008\u000B-\u001F\u007F-\u009F]`,
  String.raw`[\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B\u200C\u200E\u200F\u2028-\u202E\u2060-\u206F\u3164\uFE00-\uFE0E\uFEFF\uFFA0\uFFF0-\uFFFB]`,
  String.raw`[\u{1D173}-\u{1D17A}\u{E0000}-\u{E0FFF}]`,
].join("|"), "gu");

export interface VisibleText {
  readonly text: string;
  /** How many characters had to be made visible. */
  readonly hidden: number;
}

/** Text in which every hidden character is written out, as `\u{200B}`. Line ends become line feeds, a byte order mark goes. */
export function visibleText(raw: string): VisibleText {
  let hidden = 0;
  const text = raw.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n").replace(HIDDEN, (character) => {
    hidden += 1;
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}}`;
  });
  return { text, hidden };
}

/** A name or a title on one line. */
export const visibleLine = (raw: string): string => visibleText(raw).text.replace(/[\n\t]+/g, " ").trim();
