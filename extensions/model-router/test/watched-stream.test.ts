import { ClawError, type ModelEvent } from "@claw/kernel";
import { expect, test } from "vitest";
import { end, fakeTiming, heard, info, never, request, router, says, scripted, slotOf, text } from "./fakes.ts";

const alpha = [info("alpha")];
const forever = (): Promise<never> => new Promise(() => undefined);

test("a stream that ends without its end was cut, and may be tried again", async () => {
  const { error } = await heard(router(slotOf({ one: scripted(alpha, says([text("half")])) }), { retries: 0 }).models.stream(request, never));
  expect(error).toMatchObject({ code: "MODEL_STREAM_CUT", retryable: true, message: "one/alpha broke off its reply" });
});

test.each<[string, unknown]>([
  ["null", null],
  ["undefined", undefined],
  ["a string", "text"],
  ["a number", 7],
  ["an object without a type", { text: "x" }],
  ["an unknown type", { type: "surprise" }],
  ["a delta without text", { type: "text-delta" }],
  ["a delta of a number", { type: "reasoning-delta", text: 3 }],
  ["a block that is none", { type: "block", block: "x" }],
  ["usage that is none", { type: "usage", usage: { inputTokens: Number.NaN, outputTokens: 1 } }],
  ["an end for no reason", { type: "end" }],
  ["a retry of its own", { type: "retry", attempt: 1 }],
])("a provider that answers %s is told so in a sentence", async (_name, nonsense) => {
  const { events, error } = await heard(router(slotOf({ one: scripted(alpha, says([nonsense as ModelEvent, end])) })).models.stream(request, never));
  expect(events).toEqual([]);
  expect(error).toMatchObject({
    code: "MODEL_STREAM_INVALID",
    retryable: false,
    message: expect.stringContaining("one/alpha answered with an event that is none"),
  });
});

test("a provider that throws something of its own is named", async () => {
  const { error } = await heard(router(slotOf({ one: scripted(alpha, says([], new TypeError("x is not a function"))) })).models.stream(request, never));
  expect(error).toMatchObject({
    code: "EXTENSION_FAILED",
    retryable: false,
    message: "the provider one failed: x is not a function",
    data: { extension: "one", at: "provider one" },
  });
});

test.each<[string, () => unknown]>([
  ["answers with no stream", () => undefined],
  [
    "throws before it streams",
    () => {
      throw new Error("at once");
    },
  ],
  [
    "has an iterator that throws",
    () => ({
      [Symbol.asyncIterator]: () => ({
        next() {
          throw new Error("in next");
        },
      }),
    }),
  ],
])("a provider that %s is named and not fatal", async (_name, stream) => {
  const provider = { models: async () => alpha, stream: stream as () => AsyncIterable<ModelEvent> };
  const { models, timing } = router(slotOf({ one: provider }));
  expect((await heard(models.stream(request, never))).error).toMatchObject({ code: "EXTENSION_FAILED" });
  expect(timing.armed).toBe(0);
});

test("a provider that says nothing is given up after the idle limit, and its own signal tells it", async () => {
  const timing = fakeTiming({ eager: false });
  let told: unknown;
  const silent = scripted(alpha, async function* (signal) {
    signal.addEventListener("abort", () => (told = signal.reason));
    yield text("a");
    await forever();
  });
  const events: ModelEvent[] = [];
  const reading = (async () => {
    for await (const event of router(slotOf({ one: silent }), { retries: 0 }, { timing }).models.stream(request, never)) {
      events.push(event);
      timing.pass(500_000);
    }
  })();
  await settled(() => timing.armed === 1 && events.length === 1);
  timing.pass(599_999);
  await settled(() => timing.armed === 1);
  expect(told).toBe(undefined);
  timing.pass(1);
  await expect(reading).rejects.toMatchObject({ code: "MODEL_IDLE", retryable: true, message: "one/alpha has said nothing for 600 s" });
  expect([told instanceof DOMException, timing.armed]).toEqual([true, 0]);
});

test("an abort is heard even when the provider does not listen", async () => {
  const controller = new AbortController();
  const deaf = scripted(alpha, async function* () {
    yield text("a");
    await forever();
  });
  const timing = fakeTiming({ eager: false });
  const reading = (async () => {
    for await (const _ of router(slotOf({ one: deaf }), {}, { timing }).models.stream(request, controller.signal))
      queueMicrotask(() => controller.abort(new Error("enough")));
  })();
  await expect(reading).rejects.toThrow("enough");
  expect(timing.armed).toBe(0);
});

test("a signal that is over already asks nobody", async () => {
  const provider = scripted(alpha);
  const { error } = await heard(router(slotOf({ one: provider })).models.stream(request, AbortSignal.abort(new Error("before"))));
  expect([error, provider.asked]).toEqual([new Error("before"), []]);
});

test("a provider is let come to its own end, so that its connection is kept", async () => {
  let finished = false;
  const provider = scripted(alpha, async function* (signal) {
    yield end;
    await Promise.resolve();
    finished = !signal.aborted;
  });
  await heard(router(slotOf({ one: provider })).models.stream(request, never));
  expect(finished).toBe(true);
});

test("a provider that goes on after its end is left after a second, with the reply whole", async () => {
  const timing = fakeTiming({ eager: false });
  const chatty = scripted(alpha, async function* () {
    yield end;
    await forever();
  });
  const reading = heard(router(slotOf({ one: chatty }), {}, { timing }).models.stream(request, never));
  await settled(() => timing.armed === 1);
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  timing.pass(1000);
  expect([await reading, timing.armed]).toEqual([{ events: [end] }, 0]);
});

test("who stops reading ends the provider's work", async () => {
  let told = false;
  let closed = false;
  const provider = scripted(alpha, async function* (signal) {
    signal.addEventListener("abort", () => (told = true));
    try {
      yield text("a");
      yield text("b");
    } finally {
      closed = true;
    }
  });
  const { models, timing } = router(slotOf({ one: provider }));
  for await (const _ of models.stream(request, never)) break;
  await settled(() => closed);
  expect([told, timing.armed]).toEqual([true, 0]);
});

test("a long-lived signal keeps no listener of a reply that is over", async () => {
  const { signal } = new AbortController();
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  Object.assign(signal, {
    addEventListener: (...argv: Parameters<typeof add>) => ((listeners += 1), add(...argv)),
    removeEventListener: (...argv: Parameters<typeof remove>) => ((listeners -= 1), remove(...argv)),
  });
  const busy = new ClawError("MODEL_OVERLOADED", "busy", {}, { retryable: true });
  await heard(router(slotOf({ one: scripted(alpha, says([], busy), says([text("a"), end])) })).models.stream(request, signal));
  expect(listeners).toBe(0);
});

/** Lets promises run until something holds; fails when they run dry. */
async function settled(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 100; turn += 1) {
    if (holds()) return;
    await Promise.resolve();
  }
  expect(holds()).toBe(true);
}
