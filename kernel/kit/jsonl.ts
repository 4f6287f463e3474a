/** A line without its LF. `torn` marks a last line that no LF ends: its writer was cut off. */
export interface Line {
  readonly text: string;
  readonly torn: boolean;
}

const LF = 0x0a;

/**
 * The lines of a body, split on LF only: JSON may hold U+2028 and a bare CR. Throws RangeError at a line over `maxBytes`,
 * before it has been read whole.
 */
export async function* jsonl(body: AsyncIterable<Uint8Array>, maxBytes: number = 64 * 1024 * 1024): AsyncGenerator<Line, void> {
  let pieces: Uint8Array[] = [];
  let length = 0;
  let number = 1;
  const keep = (piece: Uint8Array): void => {
    length += piece.length;
    if (length > maxBytes) throw new RangeError(`line ${number} is over ${maxBytes} bytes`);
    if (piece.length > 0) pieces.push(piece);
  };
  const take = (): string => {
    const text = Buffer.concat(pieces, length).toString("utf8");
    pieces = [];
    length = 0;
    number += 1;
    return text;
  };

  for await (const bytes of body) {
    let from = 0;
    for (let end = bytes.indexOf(LF); end !== -1; end = bytes.indexOf(LF, from)) {
      keep(bytes.subarray(from, end));
      yield { text: take(), torn: false };
      from = end + 1;
    }
    // A reader may hand out the same buffer again.
    keep(new Uint8Array(bytes.subarray(from)));
  }
  if (length > 0) yield { text: take(), torn: true };
}
