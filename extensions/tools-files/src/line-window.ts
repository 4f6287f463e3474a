/** What of a text a model sees at once. */
export interface LineWindow {
  /** Each line with its number. */
  readonly text: string;
  /** The first and the last line shown; `through` is before `from` when there is none. */
  readonly from: number;
  readonly through: number;
  /** Lines of the whole text. */
  readonly total: number;
  /** How many lines were shown in part. */
  readonly cut: number;
}

export interface WindowLimits {
  readonly lines: number;
  readonly bytes: number;
  readonly lineLength: number;
}

const newline = 10;

/** The lines from `offset` on, from 1. Only what is shown is decoded: a long file costs a look for its line ends. */
export function windowOf(utf8: Uint8Array, offset: number, limits: WindowLimits): LineWindow {
  const buffer = Buffer.from(utf8.buffer, utf8.byteOffset, utf8.byteLength);
  const from = Math.max(1, offset);
  let position = 0;
  let line = 1;
  const skip = (): void => {
    const end = buffer.indexOf(newline, position);
    position = end === -1 ? buffer.length : end + 1;
    line += 1;
  };
  while (line < from && position < buffer.length) skip();

  const shown: string[] = [];
  let bytes = 0;
  let cut = 0;
  while (line >= from && position < buffer.length && shown.length < limits.lines && bytes < limits.bytes) {
    const start = position;
    const number = line;
    skip();
    const text = lineOf(buffer, start, position, limits.lineLength);
    if (text.isCut) cut += 1;
    const numbered = `${String(number).padStart(6)}→${text.shown}`;
    bytes += Buffer.byteLength(numbered) + 1;
    // Never nothing: a limit smaller than a line would make no progress.
    if (bytes > limits.bytes && shown.length > 0) return { text: shown.join("\n"), from, through: number - 1, total: number + linesIn(buffer, position), cut };
    shown.push(numbered);
  }
  return { text: shown.join("\n"), from, through: from + shown.length - 1, total: line - 1 + linesIn(buffer, position), cut };
}

function lineOf(buffer: Buffer, start: number, end: number, length: number): { readonly shown: string; readonly isCut: boolean } {
  const last = buffer[end - 1] === newline ? (buffer[end - 2] === 13 && end - 2 >= start ? end - 2 : end - 1) : end;
  // No character has more than four bytes: so many hold all that could be shown.
  const text = buffer.toString("utf8", start, Math.min(last, start + length * 4 + 4));
  if (text.length <= length) return { shown: text, isCut: false };
  const shown = text.slice(0, length).replace(/[\uD800-\uDBFF]$/u, "");
  return { shown: `${shown}… [line cut, it has ${last - start} bytes]`, isCut: true };
}

function linesIn(buffer: Buffer, from: number): number {
  let count = 0;
  for (let position = from; position < buffer.length; count += 1) {
    const end = buffer.indexOf(newline, position);
    position = end === -1 ? buffer.length : end + 1;
  }
  return count;
}
