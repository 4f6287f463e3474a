/** Where what is said of a name begins, at the most. */
const mostLeft = 44;
/** Fewer columns than this for the right side are not worth a second column. */
const fewestRight = 24;

/** A title, and rows of a name and what is said of it, folded at the width of the terminal. */
export function section(title: string, rows: readonly (readonly [string, string])[], columns: number): string {
  if (rows.length === 0) return "";
  const widest = Math.max(...rows.map(([left]) => left.length));
  const width = Math.min(mostLeft, widest, Math.max(12, columns - fewestRight - 4));
  return `${title}\n${rows.map(([left, right]) => rowText(left, right, width, columns)).join("")}`;
}

function rowText(left: string, right: string, width: number, columns: number): string {
  if (right === "")
    return folded(left, columns - 2)
      .map((line) => `  ${line}\n`)
      .join("");
  const indent = " ".repeat(width + 4);
  const [first = "", ...rest] = folded(right, columns - indent.length);
  // Too long for its column: it has a line of its own where the terminal is narrow.
  if (left.length > width && Number.isFinite(columns))
    return [`  ${left}`, `${indent}${first}`, ...rest.map((line) => `${indent}${line}`)].map((line) => `${line}\n`).join("");
  return [`  ${left.padEnd(width)}  ${first}`, ...rest.map((line) => `${indent}${line}`)].map((line) => `${line}\n`).join("");
}

/** A text in lines of at most so many characters, broken at spaces; a word that is longer has a line of its own. */
export function folded(text: string, columns: number): readonly string[] {
  if (text.length <= columns) return [text];
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line === "") line = word;
    else if (line.length + 1 + word.length <= columns) line += ` ${word}`;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}
