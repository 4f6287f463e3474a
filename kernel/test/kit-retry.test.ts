import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { retryDelayMs } from "../kit/retry.ts";

const policy = { attempts: 5, baseMs: 500, maxMs: 4000, patienceMs: 60_000 };
const delays = (random: number) => [1, 2, 3, 4, 5].map((attempt) => retryDelayMs(attempt, undefined, policy, () => random));

describe("the wait before the next attempt", () => {
  test("doubles up to its limit, and ends with the attempts", () => {
    expect(delays(0.999999)).toEqual([500, 1000, 2000, 4000, undefined]);
  });

  test("is half jitter", () => {
    expect(delays(0)).toEqual([250, 500, 1000, 2000, undefined]);
  });

  test("is never shorter than what the provider asked for", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 0, max: 60_000 }),
        fc.double({ min: 0, max: 0.999999, noNaN: true }),
        (attempt, retryAfterMs, random) => {
          const delay = retryDelayMs(attempt, retryAfterMs, policy, () => random) ?? -1;
          expect(delay).toBeGreaterThanOrEqual(retryAfterMs);
          expect(delay).toBeLessThanOrEqual(retryAfterMs + 250);
        },
      ),
    );
  });

  test("is not waited at all when the provider asks for more patience than there is", () => {
    expect(retryDelayMs(1, 60_001, policy, () => 0)).toBeUndefined();
  });

  test("is not shortened by a time that is already past", () => {
    expect(retryDelayMs(1, -5000, policy, () => 0)).toBe(0);
  });
});
