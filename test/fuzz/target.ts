import { ClawError, type ErrorCode } from "@claw/kernel/host";
import type { Random } from "./random.ts";

/** One reader of what nobody vouches for. */
export interface Target<I extends string | Buffer = string | Buffer, V = unknown> {
  readonly name: string;
  /** Makes an input; the same for the same numbers. */
  input(random: Random): I;
  /** Reads it: a value, or a `ClawError`. */
  read(input: I): V;
  /** How long one input may take, however large; `mostMsFor` where it is not said. */
  readonly mostMs?: number;
  /** Codes that it may refuse with. */
  readonly refusals: RegExp;
  /** Throws where something accepted is not what acceptance promises. */
  holds(value: V, input: I, random: Random): void;
}

/**
 * How long one input may take. 50 ms, and as much again for every further 256 KiB of it: a document of the largest size, of nothing but brackets, keeps JSON.parse itself busy
 * for as long.
 */
export const mostMsFor = (input: string | Buffer): number => 50 * Math.max(1, Math.ceil(input.length / (256 * 1024)));

/** What became of one input: `accepted`, or the code of the refusal. */
export interface Attempt {
  readonly outcome: "accepted" | ErrorCode;
  readonly ms: number;
}

/** Reads one input, and throws when an invariant is broken. */
export function attempt(target: Target, input: string | Buffer, random: Random): Attempt {
  const began = performance.now();
  let value: unknown;
  try {
    value = target.read(input);
  } catch (error) {
    const ms = performance.now() - began;
    if (ClawError.is(error) && target.refusals.test(error.code)) return { outcome: error.code, ms };
    throw error;
  }
  const ms = performance.now() - began;
  target.holds(value, input, random);
  return { outcome: "accepted", ms };
}

/** The shortest of some more runs: what the machine was doing otherwise is not the reader's time. */
export function fastest(target: Target, input: string | Buffer): number {
  const times = Array.from({ length: 15 }, () => {
    const began = performance.now();
    try {
      target.read(input);
    } catch {
      // What it is refused with was judged before.
    }
    return performance.now() - began;
  });
  return Math.min(...times);
}

/** Throws unless a promise of acceptance holds. */
export function promise(holds: boolean, what: string): void {
  if (!holds) throw new Error(`accepted, but ${what}`);
}
