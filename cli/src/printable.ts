/** Everything that moves a cursor or is not drawn, but for line feeds and tabs. */
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A text as a person is to judge it: what would repaint a terminal or cannot be seen is spelled out. It may come from a file or a server. */
export const printable = (text: string): string =>
  text.replace(invisible, (character) => {
    if (character === "\n" || character === "\t") return character;
    const code = character.codePointAt(0) ?? 0;
    return code <= 0xff ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
  });
