import { expect, test } from "vitest";
import { isDoneWithin, unlessAborted } from "../kit/unless-aborted.ts";

const never = new Promise<never>(() => undefined);
const idle = new AbortController().signal;

test("a promise is waited for, unless the signal aborts first", async () => {
  expect(await unlessAborted(Promise.resolve(1), idle)).toBe(1);
  await expect(unlessAborted(Promise.reject(new Error("failed")), idle)).rejects.toThrow("failed");
  await expect(unlessAborted(never, AbortSignal.abort(new Error("at once")))).rejects.toThrow("at once");
  const controller = new AbortController();
  const waiting = unlessAborted(never, controller.signal);
  controller.abort(new Error("later"));
  await expect(waiting).rejects.toThrow("later");
});

test("what fails after an abort is nobody's business", async () => {
  const { promise, reject } = Promise.withResolvers<never>();
  await expect(unlessAborted(promise, AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
  reject(new Error("unheard"));
  await new Promise((resolve) => setImmediate(resolve));
});

test("patience ends, and an abort or a failure ends it earlier; no timer is left", async () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
  const before = timers();
  expect(await isDoneWithin(Promise.resolve(), 60_000, idle)).toBe(true);
  expect(await isDoneWithin(never, 5, idle)).toBe(false);
  await expect(isDoneWithin(Promise.reject(new Error("failed")), 60_000, idle)).rejects.toThrow("failed");
  await expect(isDoneWithin(never, 60_000, AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
  // One of the runner's own may have ended in between.
  expect(timers()).toBeLessThanOrEqual(before);
});
