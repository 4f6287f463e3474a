import { Buffer } from "node:buffer";
import { type Digest } from "./prefix-bytes.ts";

const width = 8;

/** Short fingerprints of a segment's lines, one after another. */
export const partsOf = (lines: readonly string[], digest: Digest): string => lines.map((line) => digest(line).slice(0, width)).join("");

export const isParts = (value: unknown): value is string => typeof value === "string" && value.length % width === 0 && /^[0-9a-f]*$/.test(value);

/** The line a segment first differs in, and the byte it begins at. */
export interface ChangedPart {
  readonly index: number;
  readonly byte: number;
  /** What stood there is gone, and nothing came in its place. */
  readonly isGone: boolean;
}

/** Where a segment differs from one of which only the fingerprints of its lines are known; `lines` are those it has now. */
export function changedPart(before: string, now: string, lines: readonly string[]): ChangedPart | undefined {
  const partAt = (parts: string, index: number): string => parts.slice(index * width, (index + 1) * width);
  const most = Math.max(before.length, now.length) / width;
  for (let index = 0; index < most; index += 1) {
    const fresh = partAt(now, index);
    if (partAt(before, index) === fresh) continue;
    const byte = lines.slice(0, index).reduce((sum, line) => sum + Buffer.byteLength(line), 0);
    return { index, byte, isGone: fresh === "" || fresh === partAt(before, index + 1) };
  }
  return undefined;
}
