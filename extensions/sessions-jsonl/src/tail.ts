import { readSync } from "node:fs";

/** The last line of a file: where it starts, and its bytes without the line feed. */
export interface LastLine {
  readonly start: number;
  readonly bytes: Buffer;
  readonly ended: boolean;
}

const lineFeed = 0x0a;
const firstWindow = 4096;

/** Reads a file's last line from its end, in windows that grow until one holds it. */
export function lastLine(descriptor: number, size: number): LastLine {
  for (let window = firstWindow; ; window *= 8) {
    const from = Math.max(0, size - window);
    const part = readAt(descriptor, from, size - from);
    const ended = part.at(-1) === lineFeed;
    const line = ended ? part.subarray(0, -1) : part;
    const before = line.lastIndexOf(lineFeed);
    if (before !== -1 || from === 0) return { start: from + before + 1, bytes: line.subarray(before + 1), ended };
  }
}

/** Up to `length` bytes at a position; fewer at the end of the file. */
export function readAt(descriptor: number, position: number, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const bytes = readSync(descriptor, buffer, filled, length - filled, position + filled);
    if (bytes === 0) break;
    filled += bytes;
  }
  return buffer.subarray(0, filled);
}
