import { characterAfter } from "@claw/kernel/kit";
import { plainText } from "./plain-text.ts";
import { wholeLength } from "./whole-characters.ts";

export interface WindowLimits {
  readonly headBytes: number;
  readonly tailBytes: number;
}

/** A cut moves to a line break if there is one so near. */
const NEAR_BREAK_BYTES = 1024;
const LINE_FEED = 0x0a;

/** The beginning and the end of a stream of bytes, in memory that does not grow with it. */
export class OutputWindow {
  readonly #head: Buffer;
  /** A ring: `#next` is where the next byte goes, and the oldest one is once it is full. */
  readonly #tail: Buffer;
  #next = 0;
  #total = 0;

  constructor({ headBytes, tailBytes }: WindowLimits) {
    this.#head = Buffer.alloc(headBytes);
    this.#tail = Buffer.alloc(tailBytes);
  }

  /** Whether nothing would be lost with so many more bytes. */
  fits(more: number): boolean {
    return this.#total + more <= this.#head.length + this.#tail.length;
  }

  take(bytes: Uint8Array): void {
    const at = Math.min(this.#total, this.#head.length);
    const toHead = Math.min(bytes.length, this.#head.length - at);
    this.#head.set(bytes.subarray(0, toHead), at);
    this.#total += bytes.length;
    const rest = bytes.subarray(Math.max(toHead, bytes.length - this.#tail.length));
    const first = Math.min(rest.length, this.#tail.length - this.#next);
    this.#tail.set(rest.subarray(0, first), this.#next);
    this.#tail.set(rest.subarray(first), 0);
    if (this.#tail.length > 0) this.#next = (this.#next + rest.length) % this.#tail.length;
  }

  /** All bytes that are kept, in order; the gap, if there is one, is after `headBytes`. */
  bytes(): Buffer {
    const head = this.#head.subarray(0, Math.min(this.#total, this.#head.length));
    const isFull = this.#total - head.length >= this.#tail.length;
    return isFull
      ? Buffer.concat([head, this.#tail.subarray(this.#next), this.#tail.subarray(0, this.#next)])
      : Buffer.concat([head, this.#tail.subarray(0, this.#next)]);
  }

  /** What a reader sees. `describeGap` is told how many bytes are left out. */
  text(describeGap: (leftOutBytes: number) => string): string {
    const kept = this.bytes();
    if (this.fits(0)) return plainText(kept.toString("utf8"));
    const head = cutEnd(kept.subarray(0, this.#head.length));
    const tail = cutStart(kept.subarray(this.#head.length));
    const beginning = plainText(head.toString("utf8"));
    const gap = `… ${describeGap(this.#total - head.length - tail.length)} …\n`;
    return `${beginning}${beginning === "" || beginning.endsWith("\n") ? "" : "\n"}${gap}${plainText(tail.toString("utf8"))}`;
  }
}

function cutEnd(bytes: Buffer): Buffer {
  const lineEnd = bytes.lastIndexOf(LINE_FEED) + 1;
  return bytes.subarray(0, lineEnd > 0 && bytes.length - lineEnd <= NEAR_BREAK_BYTES ? lineEnd : wholeLength(bytes));
}

function cutStart(bytes: Buffer): Buffer {
  const lineStart = bytes.indexOf(LINE_FEED) + 1;
  return bytes.subarray(lineStart > 0 && lineStart <= NEAR_BREAK_BYTES && lineStart < bytes.length ? lineStart : characterAfter(bytes, 0));
}
