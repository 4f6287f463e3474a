/** Everything that moves a cursor or is not drawn, but for line feeds and tabs. */
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A text as a person is to judge it: what would repaint a terminal or cannot be seen is spelled out. It may come from a file or a server. */
export const printable = (text: string): string =>
  text.replace(invisible, (character) => {
    if (character === "\n" || character === "\t") return character;
    const code = character.codePointAt(0) ?? 0;
    return code <= 0xff ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
  });

/** Text from a stranger in one cell or line of what people read: its own line feeds must not begin a row. */
export const oneLine = (text: string): string => printable(text).replaceAll("\n", "\\n").replaceAll("\t", "\\t");

/** An object on a line of its own. JSON leaves what begins a command of a terminal beyond ASCII, or turns text around, as it is; this spells it out. */
export const jsonLine = (value: object): string =>
  `${JSON.stringify(value).replace(invisible, (text) => Array.from({ length: text.length }, (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, "0")}`).join(""))}\n`;
