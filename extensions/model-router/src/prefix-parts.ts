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
  const [olds, news] = [split(before), split(now)];
  const index = Array.from({ length: Math.max(olds.length, news.length) }).findIndex((_, at) => olds[at] !== news[at]);
  if (index === -1) return undefined;
  const [old, fresh] = [olds[index], news[index]];
  // Where a line is gone, what stands there now is only the next one.
  const isGone = fresh === undefined || (old !== undefined && !news.includes(old) && olds.includes(fresh));
  return { index, byte: lines.slice(0, index).reduce((sum, line) => sum + Buffer.byteLength(line), 0), isGone };
}

const split = (parts: string): readonly string[] => Array.from({ length: parts.length / width }, (_, at) => parts.slice(at * width, (at + 1) * width));
