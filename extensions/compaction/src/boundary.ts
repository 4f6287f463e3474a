import type { LogEntry } from "@claw/kernel";
import { charactersOf } from "./estimate.ts";

/**
 * Where the kept part of a session may begin: at a prompt, a note or a reply, such that every result in it has its call in it.
 * Ascending.
 */
export function boundaries(entries: readonly LogEntry[]): readonly number[] {
  const calls = new Map<string, number>();
  // A part that begins in [from, to] would hold a result without its call: +1 at `from`, -1 past `to`.
  const cuts = new Int32Array(entries.length + 1);
  for (const [index, entry] of entries.entries()) {
    if (entry.type === "reply" && entry.partial !== true) {
      for (const block of entry.content) if (block.type === "tool-call") calls.set(block.id, index);
    } else if (entry.type === "tool-result") {
      const from = (calls.get(entry.call) ?? -1) + 1;
      cuts[from] = (cuts[from] ?? 0) + 1;
      cuts[index + 1] = (cuts[index + 1] ?? 0) - 1;
    }
  }
  const found: number[] = [];
  let open = 0;
  for (const [index, { type }] of entries.entries()) {
    open += cuts[index] ?? 0;
    if (open === 0 && (type === "prompt" || type === "note" || type === "reply")) found.push(index);
  }
  return found;
}

/**
 * Where to begin the kept part so that it has at most so many tokens, as early as that allows; the last place there is if
 * even that holds more. Undefined if there is none, or if all of it may be kept.
 */
export function keepFrom(entries: readonly LogEntry[], keepTokens: number, rate: number): number | undefined {
  const candidates = boundaries(entries).filter((index) => index > 0);
  const sizes = new Float64Array(entries.length + 1);
  for (let index = entries.length - 1; index >= 0; index -= 1) sizes[index] = (sizes[index + 1] ?? 0) + charactersOf(entries[index] as LogEntry);
  if ((sizes[0] ?? 0) / rate <= keepTokens) return undefined;
  return candidates.find((index) => (sizes[index] ?? 0) / rate <= keepTokens) ?? candidates.at(-1);
}
