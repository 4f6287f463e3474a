/** Hands on bytes of UTF-8 as far as their characters are complete; the rest waits for the next bytes. */
export class WholeCharacters {
  #rest: Uint8Array = new Uint8Array();

  push(bytes: Uint8Array): Uint8Array {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const whole = wholeLength(all);
    this.#rest = all.slice(whole);
    return all.subarray(0, whole);
  }

  /** What never became a character. */
  end(): Uint8Array {
    return this.#rest;
  }
}

/** How many bytes there are before a last character that is not all there. */
export function wholeLength(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(4, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}
