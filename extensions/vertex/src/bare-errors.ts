const lineFeed = 0x0a;
const carriageReturn = 0x0d;
/** `{` and `[`: no line of an event begins with them. */
const opening: ReadonlySet<number | undefined> = new Set([0x7b, 0x5b]);
const prefix = Buffer.from("data: ");
const suffix = Buffer.from("\n\n");

/** An error that breaks into a stream comes as bare JSON, in as many lines as it likes: it is made an event. Everything else goes through as it is. */
export async function* withBareErrors(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  let isBare = false;
  let atLineStart = true;
  for await (const bytes of body) {
    if (!isBare && atLineStart && opening.has(bytes[0])) {
      isBare = true;
      yield prefix;
    }
    yield isBare ? bytes.map((byte) => (byte === lineFeed || byte === carriageReturn ? 0x20 : byte)) : bytes;
    const last = bytes.at(-1);
    if (last !== undefined) atLineStart = last === lineFeed || last === carriageReturn;
  }
  if (isBare) yield suffix;
}
