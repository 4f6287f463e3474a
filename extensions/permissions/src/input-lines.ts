/** The lines of an input, without their ends; undefined in the place of one that is longer than `most` characters, of which no more is kept. */
export async function* linesOf(input: AsyncIterable<Uint8Array>, most: number): AsyncGenerator<string | undefined, void> {
  const decoder = new TextDecoder();
  let pieces: string[] = [];
  let length = 0;
  const keep = (piece: string): void => {
    length += piece.length;
    if (length <= most) pieces.push(piece);
    else pieces = [];
  };
  const taken = (): string | undefined => {
    const line = length > most ? undefined : pieces.join("");
    pieces = [];
    length = 0;
    return line;
  };
  for await (const bytes of input) {
    const text = decoder.decode(bytes, { stream: true });
    let from = 0;
    for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", from)) {
      keep(text.slice(from, at));
      yield taken();
      from = at + 1;
    }
    keep(text.slice(from));
  }
  keep(decoder.decode());
  if (length > 0) yield taken();
}
