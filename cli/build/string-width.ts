/** Stands in for the package `string-width` in the program: the help texts of yargs need no more. */

const escapes = /\u001B\[[0-9;]*m/g;
const invisible = /[\p{Control}\p{Format}\p{Nonspacing_Mark}\p{Enclosing_Mark}]/u;
/** Hangul, kana, ideographs, full-width forms and emoji take two columns. */
const wide =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{1F300}-\u{1F64F}\u{1F900}-\u{1F9FF}\u{20000}-\u{3FFFD}]/u;

export default function stringWidth(text: string): number {
  let width = 0;
  for (const character of text.replace(escapes, "")) width += invisible.test(character) ? 0 : wide.test(character) ? 2 : 1;
  return width;
}
