/** The beginning and the end of something too long. `omittedBytes` is 0 when `head` is all of it. */
export interface Truncated {
  readonly head: string;
  readonly tail: string;
  readonly omittedBytes: number;
}

/** Keeps at most `maxBytes` of UTF-8: `headBytes` (half, unless given) from the beginning and the rest from the end, in whole characters. */
export function truncate(bytes: Uint8Array, maxBytes: number, headBytes: number = Math.ceil(maxBytes / 2)): Truncated {
  if (bytes.length <= maxBytes) return { head: textOf(bytes), tail: "", omittedBytes: 0 };
  const head = bytes.subarray(0, characterBefore(bytes, Math.min(headBytes, maxBytes)));
  const tail = bytes.subarray(characterAfter(bytes, bytes.length - (maxBytes - Math.min(headBytes, maxBytes))));
  return { head: textOf(head), tail: textOf(tail), omittedBytes: bytes.length - head.length - tail.length };
}

/** The last place at or before `at` where a character begins or the bytes end. */
export function characterBefore(bytes: Uint8Array, at: number): number {
  let place = Math.min(at, bytes.length);
  // A character has at most three continuation bytes; more is no UTF-8, and any place will do.
  for (let back = 0; back < 3 && place > 0 && isContinuation(bytes[place]); back += 1) place -= 1;
  return isContinuation(bytes[place]) ? at : place;
}

/** The first place at or after `at` where a character begins or the bytes end. */
export function characterAfter(bytes: Uint8Array, at: number): number {
  let place = Math.max(0, at);
  for (let ahead = 0; ahead < 3 && isContinuation(bytes[place]); ahead += 1) place += 1;
  return isContinuation(bytes[place]) ? at : place;
}

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
