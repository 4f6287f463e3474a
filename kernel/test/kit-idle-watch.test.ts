import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { IdleWatch } from "../kit/idle-watch.ts";

const late = new Error("late");
const reason = new Error("enough");
const forever = (): Promise<never> => new Promise(() => undefined);

describe("a watch over an exchange", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test("ends the wait and the exchange after a silence", async () => {
    using watch = new IdleWatch(new AbortController().signal, 100, () => late);
    const wait = expect(watch.wait(forever())).rejects.toBe(late);
    await vi.advanceTimersByTimeAsync(99);
    expect(watch.signal.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await wait;
    expect(watch.signal.reason).toBe(late);
  });

  test("counts from the last sign of life", async () => {
    using watch = new IdleWatch(new AbortController().signal, 100, () => late);
    for (let count = 0; count < 5; count += 1) {
      const answer = watch.wait(new Promise((resolve) => setTimeout(resolve, 80, count)));
      await vi.advanceTimersByTimeAsync(80);
      expect(await answer).toBe(count);
    }
  });

  test("does not count while nothing is waited for", async () => {
    using watch = new IdleWatch(new AbortController().signal, 100, () => late);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await watch.wait(Promise.resolve("here"))).toBe("here");
    const wait = expect(watch.wait(forever())).rejects.toBe(late);
    await vi.advanceTimersByTimeAsync(100);
    await wait;
  });

  test("waits for ever with 0, and shorter with another limit", async () => {
    using watch = new IdleWatch(new AbortController().signal, 0, () => late);
    const wait = expect(watch.wait(forever())).rejects.toBe(late);
    await vi.advanceTimersByTimeAsync(1_000_000);
    expect(watch.signal.aborted).toBe(false);
    watch.limit(10);
    await vi.advanceTimersByTimeAsync(10);
    await wait;
  });

  test("ends with the caller's reason, also when the work fails of it first", async () => {
    const controller = new AbortController();
    using watch = new IdleWatch(controller.signal, 100, () => late);
    const wait = expect(watch.wait(new Promise((_, reject) => watch.signal.addEventListener("abort", () => reject(new Error("aborted")))))).rejects.toBe(
      reason,
    );
    controller.abort(reason);
    await wait;
  });

  test("does not begin for a caller that has given up", () => {
    expect(() => new IdleWatch(AbortSignal.abort(reason), 100, () => late)).toThrow(reason);
  });

  test("leaves nothing behind", () => {
    const controller = new AbortController();
    const remove = vi.spyOn(controller.signal, "removeEventListener");
    const watch = new IdleWatch(controller.signal, 100, () => late);
    watch[Symbol.dispose]();
    expect([vi.getTimerCount(), remove.mock.calls.length, watch.signal.aborted]).toEqual([0, 1, true]);
  });
});
