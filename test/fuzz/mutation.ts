import type { Random } from "./random.ts";

/** Texts that readers have stumbled over: ends of numbers, halves of characters, what repaints a terminal, what means something to a file system or to JavaScript. */
export const hostile: readonly string[] = [
  "\0",
  "\n",
  "\r\n",
  "	",
  "\x07",
  "\x1B[2J",
  "\x1B]0;x\x07",
  "",
  "",
  "\u2028",
  "﻿",
  "\ud800",
  "\udc00",
  "\udfff\ud800",
  "😀",
  "​",
  "‍",
  "‮",
  "⁦",
  "󠁁",
  "́",
  "．．／",
  "İ",
  "K",
  "..",
  ".",
  "/",
  "//",
  "\\",
  "../",
  "..\\",
  "~",
  "C:",
  ":",
  "%2e%2e%2f",
  "%00",
  "CON",
  "nul.txt",
  "aux",
  "COM1",
  "node_modules",
  ".git",
  "index",
  "root",
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "valueOf",
  "then",
  "0",
  "-0",
  "1e309",
  "-1e309",
  "1e-400",
  "0x10",
  "9007199254740992",
  "-9007199254740993",
  "18446744073709551616",
  "99999999999999999999999999",
  "1.0",
  "NaN",
  "Infinity",
  '"',
  "'",
  "\\u0000",
  "\\ud800",
  "\\x",
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  "null",
  "true",
  "-",
  "--",
  "+",
  "@",
  "*",
  " ",
  "<script>",
  "${x}",
];

const hostileBytes: readonly Buffer[] = [
  ...hostile.map((text) => Buffer.from(text, "utf8")),
  // Not UTF-8: a lone continuation, an overlong slash, a surrogate, a code beyond the last, a cut sequence.
  ...["80", "c0af", "eda080", "f4908080", "e282", "ff", "fe"].map((hex) => Buffer.from(hex, "hex")),
];

/** Changes bytes in one to four places: flips, spellings, cuts, copies, pieces of others. */
export function mutateBytes(random: Random, seed: Buffer, others: readonly Buffer[]): Buffer {
  let bytes: Buffer = Buffer.from(seed);
  for (let rounds = 1 + random.few(4); rounds > 0; rounds -= 1) bytes = mutateOnce(random, bytes, others);
  return bytes;
}

function mutateOnce(random: Random, bytes: Buffer, others: readonly Buffer[]): Buffer {
  const at = random.below(bytes.length + 1);
  const to = Math.min(bytes.length, at + random.below(32));
  switch (random.below(8)) {
    case 0:
      if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
      return bytes;
    case 1:
      if (at < bytes.length) bytes[at] = random.below(256);
      return bytes;
    case 2:
      return Buffer.concat([bytes.subarray(0, at), random.pick(hostileBytes), bytes.subarray(at)]);
    case 3:
      return Buffer.concat([bytes.subarray(0, at), random.pick(hostileBytes), bytes.subarray(to)]);
    case 4:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(to)]);
    case 5:
      return Buffer.concat([bytes.subarray(0, to), bytes.subarray(at)]);
    case 6:
      return bytes.subarray(0, at);
    default: {
      const other = random.pick(others);
      return Buffer.concat([bytes.subarray(0, at), other.subarray(random.below(other.length + 1))]);
    }
  }
}

/** The same for text, in units of UTF-16: a surrogate may lose its other half. */
export function mutateText(random: Random, seed: string, others: readonly string[]): string {
  let text = seed;
  for (let rounds = 1 + random.few(4); rounds > 0; rounds -= 1) {
    const at = random.below(text.length + 1);
    const to = Math.min(text.length, at + random.below(8));
    switch (random.below(7)) {
      case 0:
        text = text.slice(0, at) + String.fromCharCode(random.oneIn(4) ? random.below(0x1_0000) : 0x20 + random.below(0x60)) + text.slice(at + 1);
        break;
      case 1:
        text = text.slice(0, at) + random.pick(hostile) + text.slice(at);
        break;
      case 2:
        text = text.slice(0, at) + random.pick(hostile) + text.slice(to);
        break;
      case 3:
        text = text.slice(0, at) + text.slice(to);
        break;
      case 4:
        text = text.slice(0, to) + text.slice(at).repeat(random.oneIn(20) ? 1 + random.below(40) : 1);
        break;
      case 5:
        text = random.oneIn(2) ? text.toUpperCase() : text.slice(0, at);
        break;
      default: {
        const other = random.pick(others);
        text = text.slice(0, at) + other.slice(random.below(other.length + 1));
      }
    }
  }
  return text;
}
