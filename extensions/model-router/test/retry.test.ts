import { ClawError, type ModelEvent } from "@claw/kernel";
import fc from "fast-check";
import { expect, test } from "vitest";
import { end, fakeTiming, heard, info, never, request, router, says, scripted, slotOf, text } from "./fakes.ts";

const busy = (data: { readonly status?: number; readonly retryAfterMs?: number } = { status: 529 }): ClawError =>
  new ClawError("MODEL_OVERLOADED", "one is busy", data, { retryable: true });
const alpha = [info("alpha")];

test("a reply that works is passed on as it is, and nothing is left behind", async () => {
  const provider = scripted(alpha, says([text("hi"), end]));
  const { models, timing } = router(slotOf({ one: provider }));
  const { events, error } = await heard(models.stream({ ...request, session: "s", maxTokens: 5 }, never));
  // The record of what a cache could know of the request is added to the reply of a session.
  expect([events.filter(({ type }) => type !== "prefix"), error]).toEqual([[text("hi"), end], undefined]);
  expect([provider.asked, timing.waits, timing.armed]).toEqual([[{ ...request, model: "alpha", session: "s", maxTokens: 5 }], [], 0]);
});

test("a failure that may pass is tried again, twice as late each time, and each retry is told", async () => {
  const provider = scripted(alpha, says([], busy()), says([], busy()), says([], busy()), says([text("hi"), end]));
  const { models, timing } = router(slotOf({ one: provider }));
  const retry = (attempt: number, delayMs: number): ModelEvent => ({
    type: "retry",
    attempt,
    attempts: 5,
    delayMs,
    code: "MODEL_OVERLOADED",
    message: "one is busy",
    status: 529,
  });
  expect(await heard(models.stream(request, never))).toEqual({ events: [retry(1, 500), retry(2, 1000), retry(3, 2000), text("hi"), end] });
  expect(timing.waits).toEqual([500, 1000, 2000]);
});

test("what was said before a failure is taken back by a retry and said again from the start", async () => {
  const provider = scripted(alpha, says([text("half a "), text("sen")], busy()), says([text("half a sentence"), end]));
  const { events } = await heard(router(slotOf({ one: provider })).models.stream(request, never));
  expect(events.map((event) => (event.type === "text-delta" ? event.text : event.type))).toEqual(["half a ", "sen", "retry", "half a sentence", "end"]);
});

test("after the last attempt the failure stays retryable and says how many there were", async () => {
  const provider = scripted(alpha, says([], busy()), says([], busy()), says([], busy()));
  const { events, error } = await heard(router(slotOf({ one: provider }), { retries: 2 }).models.stream(request, never));
  expect(events.map(({ type }) => type)).toEqual(["retry", "retry"]);
  expect(error).toMatchObject({ code: "MODEL_OVERLOADED", message: "one is busy (given up after 3 attempts)", retryable: true, data: { status: 529 } });
});

test("without retries the first failure is the last, and stays as it was", async () => {
  const failure = busy();
  const { events, error } = await heard(router(slotOf({ one: scripted(alpha, says([], failure)) }), { retries: 0 }).models.stream(request, never));
  expect([events, error]).toEqual([[], failure]);
});

test("what no retry can help is thrown at once", async () => {
  const refused = new ClawError("MODEL_AUTH", "the key is wrong", { status: 401 }, { fix: "set ONE_API_KEY" });
  const provider = scripted(alpha, says([], refused));
  expect(await heard(router(slotOf({ one: provider })).models.stream(request, never))).toEqual({ events: [], error: refused });
});

test("a wait that the provider asks for is kept, as long as it is within patience", async () => {
  const { models } = router(
    slotOf({ one: scripted(alpha, says([], busy({ status: 429, retryAfterMs: 7000 })), says([end])) }),
    {},
    { timing: fakeTiming({ random: 0 }) },
  );
  expect((await heard(models.stream(request, never))).events[0]).toMatchObject({ type: "retry", delayMs: 7000, status: 429 });
});

test("a provider that asks for hours is not waited for", async () => {
  const provider = scripted(alpha, says([], busy({ status: 429, retryAfterMs: 13_000_000 })));
  const { events, error } = await heard(router(slotOf({ one: provider })).models.stream(request, never));
  expect(events).toEqual([]);
  expect(error).toMatchObject({
    code: "MODEL_OVERLOADED",
    message: "one is busy (it asks to wait 13000 s, longer than the 60 s of models.patienceMs)",
    retryable: true,
    fix: expect.stringContaining("--fallback-model"),
  });
});

test("a wait longer than patience, however the provider said it, is no wait: what is left is told, and may be tried later", async () => {
  for (const retries of [0, 3]) {
    const provider = scripted(alpha, says([text("a")], busy({ status: 503, retryAfterMs: 60_001 })));
    const { events, error } = await heard(router(slotOf({ one: provider }), { retries }).models.stream(request, never));
    expect([events, error]).toEqual([
      [text("a")],
      expect.objectContaining({ retryable: true, message: "one is busy (it asks to wait 61 s, longer than the 60 s of models.patienceMs)" }),
    ]);
    expect(error).toMatchObject({ data: { status: 503, retryAfterMs: 60_001 } });
  }
});

test("a wait that the failure names itself is not said twice", async () => {
  const limited = new ClawError("MODEL_RATE_LIMITED", "one limits the rate, and asks to wait 90 s", { status: 429, retryAfterMs: 90_000 }, { retryable: true });
  const { error } = await heard(router(slotOf({ one: scripted(alpha, says([], limited)) })).models.stream(request, never));
  expect(error).toMatchObject({ message: "one limits the rate, and asks to wait 90 s (longer than the 60 s of models.patienceMs)" });
});

test("what a provider says is not to be tried again is not, whatever its status", async () => {
  const final = new ClawError("MODEL_OVERLOADED", "one is busy", { status: 529 }, { retryable: false });
  expect(await heard(router(slotOf({ one: scripted(alpha, says([], final)) })).models.stream(request, never))).toEqual({ events: [], error: final });
});

test("an abort ends the wait at once, with its own reason, and leaves no timer", async () => {
  const timing = fakeTiming({ eager: false });
  const controller = new AbortController();
  const { models } = router(slotOf({ one: scripted(alpha, says([], busy())) }), {}, { timing });
  const events: ModelEvent[] = [];
  const reason = new Error("enough");
  await expect(async () => {
    for await (const event of models.stream(request, controller.signal)) {
      events.push(event);
      queueMicrotask(() => queueMicrotask(() => controller.abort(reason)));
    }
  }).rejects.toBe(reason);
  expect([events.length, timing.armed]).toEqual([1, 0]);
});

test("a failure after an abort is the abort", async () => {
  const controller = new AbortController();
  const provider = scripted(alpha, async function* () {
    yield text("a");
    controller.abort(new Error("enough"));
    throw busy();
  });
  expect((await heard(router(slotOf({ one: provider })).models.stream(request, controller.signal))).error).toEqual(new Error("enough"));
});

test("whatever fails in whatever order, a reply has one end, each retry a failure before it, and no timer stays", async () => {
  const attempt = fc.record({ words: fc.integer({ min: 0, max: 3 }), ends: fc.constantFrom("end", "busy", "cut", "refused") });
  await fc.assert(
    fc.asyncProperty(fc.array(attempt, { minLength: 1, maxLength: 6 }), fc.integer({ min: 0, max: 5 }), async (script, retries) => {
      const attempts = script.map(({ words, ends }) => {
        const said = Array.from({ length: words }, (_, at) => text(`w${at}`));
        return ends === "end"
          ? says([...said, end])
          : says(said, ends === "busy" ? busy() : ends === "refused" ? new ClawError("MODEL_REFUSED", "no", {}) : undefined);
      });
      const { models, timing } = router(slotOf({ one: scripted(alpha, ...attempts, ...Array.from({ length: 6 }, () => says([end]))) }), { retries });
      const { events, error } = await heard(models.stream(request, never));
      const failures = script.findIndex(({ ends }) => ends === "end" || ends === "refused");
      const tried = failures === -1 ? script.length : failures;
      const expected = Math.min(tried, retries);
      expect(events.filter(({ type }) => type === "retry").length).toBe(expected);
      const works = tried <= retries && script[tried]?.ends !== "refused";
      expect([events.at(-1)?.type === "end", error === undefined, timing.armed]).toEqual([works, works, 0]);
    }),
  );
});
