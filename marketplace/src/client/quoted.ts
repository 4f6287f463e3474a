/** All that moves a cursor, is not drawn, or sticks to the character before it. A plain space is none of it. */
const unseen = /(?! )[\p{C}\p{Z}\p{M}\u115F\u1160\u3164\uFFA0]/gu;

/** A text of an unknown author as a person is to judge it: what would repaint the terminal or cannot be seen is spelled out. */
export const shown = (text: string): string =>
  text.replace(unseen, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code <= 0xff ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
  });

/** The same between backticks, out of which it cannot break. */
export const quoted = (text: string): string => `\`${shown(text).replaceAll("`", "\\x60")}\``;
