import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { reconnection } from "../src/reconnection.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** How long each of so many streams waits that break as soon as they are open. */
async function pausesOf(wishes: readonly number[], openMs = 0): Promise<readonly number[]> {
  const { reconnectionScheduler } = reconnection(() => Date.now());
  const pauses: number[] = [];
  for (const wish of wishes) {
    const began = Date.now();
    const asked = new Promise<void>((resolve) => void reconnectionScheduler?.(resolve, wish, 0));
    await vi.runAllTimersAsync();
    await asked;
    pauses.push(Date.now() - began);
    await vi.advanceTimersByTimeAsync(openMs);
  }
  return pauses;
}

test("a stream is asked for again when its server says, within reason", async () => {
  expect(await pausesOf([1_000, 0, -5, NaN, 30_000, 1e12, Infinity], 10_000)).toEqual([1_000, 500, 500, 500, 30_000, 60_000, 500]);
});

test("a stream that its server ends again and again is asked for less and less often", async () => {
  expect(await pausesOf([0, 0, 0, 0, 0, 0, 0])).toEqual([500, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000]);
});

test("a stream that is not wanted any more is not asked for again", async () => {
  const { reconnectionScheduler } = reconnection(() => Date.now());
  let asked = 0;
  const cancel = reconnectionScheduler?.(() => void (asked += 1), 1_000, 0);
  if (typeof cancel === "function") cancel();
  await vi.advanceTimersByTimeAsync(100_000);
  expect(asked).toBe(0);
});
