import { Buffer } from "node:buffer";
import type { ContentBlock, Message, ToolSpec } from "@claw/kernel";

/** Of a text as UTF-8, in hex. */
export type Digest = (text: string | Uint8Array) => string;

/** Long enough that two texts of one session never meet by chance. Node's cryptography is read when something is first digested: after a request is sent. */
export const shortDigest: Digest = (text) => process.getBuiltinModule("node:crypto").hash("sha256", text, "hex").slice(0, 32);

/** What is shown and logged of a digest. */
export const fingerprintOf = (digest: string): string => digest.slice(0, 16);

// A segment is lines: what is added to its end adds bytes to its end, and no line is the beginning of another.

export const toolLine = ({ name, description, input }: ToolSpec): string => `${JSON.stringify({ name, description, input })}\n`;

export const blockLine = (block: ContentBlock): string => `${JSON.stringify(block)}\n`;

/** Who speaks, then a line a block. */
export const messageText = ({ role, content }: Message, lines: readonly string[] = content.map(blockLine)): string => `${role}\n${lines.join("")}`;

/** Where two lists of lines first differ: which line, and the byte of all of them together. Undefined when they are the same. */
export function differenceOf(before: readonly string[], now: readonly string[]): { readonly line: number; readonly byte: number } | undefined {
  let byte = 0;
  for (let line = 0; line < Math.max(before.length, now.length); line += 1) {
    const [one, other] = [before[line] ?? "", now[line] ?? ""];
    if (one !== other) return { line, byte: byte + sharedBytes(one, other) };
    byte += Buffer.byteLength(one);
  }
  return undefined;
}

function sharedBytes(one: string, other: string): number {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  let at = 0;
  while (at < left.length && left[at] === right[at]) at += 1;
  return at;
}
