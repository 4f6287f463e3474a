/** A line longer than this holds no call: a command of a mebibyte of which every character is escaped is not. */
export const longestLine = 16 * 1024 * 1024;

const newline = 0x0a;

/** The lines of a stream, without their ends and byte order marks; undefined for one that is too long, of which nothing is kept. The last needs no end. */
export async function* linesOf(input: AsyncIterable<Uint8Array>, longest: number = longestLine): AsyncGenerator<string | undefined, void> {
  const decoder = new TextDecoder();
  let pieces: Uint8Array[] = [];
  let length = 0;
  const add = (piece: Uint8Array): void => {
    length += piece.length;
    if (length > longest) pieces = [];
    else if (piece.length > 0) pieces.push(piece);
  };
  const taken = (): string | undefined => {
    const [first = new Uint8Array(), ...rest] = pieces;
    const line = length > longest ? undefined : decoder.decode(rest.length === 0 ? first : Buffer.concat(pieces));
    pieces = [];
    length = 0;
    return line;
  };
  for await (const bytes of input) {
    let from = 0;
    for (let at = bytes.indexOf(newline); at !== -1; at = bytes.indexOf(newline, from)) {
      add(bytes.subarray(from, at));
      yield taken();
      from = at + 1;
    }
    add(bytes.subarray(from));
  }
  if (length > 0) yield taken();
}
