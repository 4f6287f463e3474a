import type { Client, SessionStore, TurnEvent } from "@claw/kernel";
import { type TestKernel, memoryStore, testKernel } from "@claw/testing";
import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { errorOf, kindsOf, modelsOf, resultsOf, tapExtension, toolExtension } from "./fixtures.ts";

const untilAbort = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));

/** A tool that runs until it is aborted, and a promise of its beginning. */
function slowTool() {
  const { promise: begun, resolve } = Promise.withResolvers<void>();
  return {
    begun,
    slow: toolExtension("slow", (_input, { signal }) => {
      resolve();
      return untilAbort(signal);
    }),
  };
}
const deaf = <T>(): Promise<T> => new Promise<T>(() => undefined);
const stored = async (claw: TestKernel, session: string) => Array.fromAsync((await claw.kernel.service<SessionStore>("session-store")).read(session));
const content = [{ type: "text" as const, text: "go" }];

/** Reads a turn until an event of this type, and then no more. */
async function readUntil(client: Client, session: string, type: string, signal = new AbortController().signal): Promise<void> {
  for await (const event of client.prompt(session, content, signal)) if (event.type === type) break;
}

test.each(["prompt", "text-delta", "reply", "judged", "tool-result"])(
  "a front-end that leaves at the first %s leaves a log that ends, and nothing running",
  async (type) => {
    let running = 0;
    await using claw = await testKernel({
      extensions: [
        toolExtension("quick", async () => "read"),
        toolExtension("slow", async (_input, { signal }) => {
          running += 1;
          return untilAbort(signal).finally(() => (running -= 1));
        }),
      ],
      script: [{ text: "Let me see", calls: [{ name: "quick" }, { name: "slow" }] }, "fine"],
    });
    const session = await claw.open();
    await readUntil(claw.kernel.client, session, type);
    expect(running).toBe(0);
    const log = await stored(claw, session);
    expect(log.at(-1)).toMatchObject({ type: "turn-end", reason: "aborted" });
    expect(log.filter((entry) => entry.type === "tool-result").length).toBe(log.some((entry) => entry.type === "reply" && entry.partial !== true) ? 2 : 0);
    // The next turn is a turn of its own.
    await readUntil(claw.kernel.client, session, "prompt");
    expect((await stored(claw, session)).filter((entry) => entry.type === "prompt").length).toBe(2);
  },
);

test("what a model had said when the front-end left is kept", async () => {
  await using claw = await testKernel({ script: [{ text: "I was about to", hang: true }] });
  const session = await claw.open();
  await readUntil(claw.kernel.client, session, "text-delta");
  expect((await stored(claw, session)).slice(-2)).toMatchObject([
    { type: "reply", partial: true, content: [{ type: "text", text: "I was about to" }] },
    { type: "turn-end", reason: "aborted" },
  ]);
});

test("a turn leaves no listener on the signal it was given, however it ends", async () => {
  await using claw = await testKernel({
    extensions: [toolExtension("reader", async () => "read")],
    script: [{ calls: [{ name: "reader" }] }, "done", { text: "x", cut: true }, { text: "left" }],
  });
  const session = await claw.open();
  const { signal } = new AbortController();
  await claw.prompt(session, "go", signal);
  await claw.prompt(session, "go", signal).catch(() => undefined);
  await readUntil(claw.kernel.client, session, "text-delta", signal);
  expect(getEventListeners(signal, "abort")).toEqual([]);
});

test.each(["models.resolve", "models.stream", "system-prompt", "asker", "a tool", "a tool's waking", "a hook's waking"])(
  "an abort ends a turn although %s does not listen to it",
  async (place) => {
    const at = (name: string) => place === name;
    const models = modelsOf(() =>
      at("models.stream")
        ? { [Symbol.asyncIterator]: () => ({ next: () => deaf<never>() }) }
        : (async function* () {
            yield { type: "block", block: { type: "tool-call", id: "", name: "reader", input: {} } };
            yield { type: "end", reason: "tool-calls" };
          })(),
    );
    const reader = toolExtension("reader", async () => (at("a tool") ? deaf<string>() : "read"));
    const guard = tapExtension("guard", "PreToolUse", "guard", async () => undefined);
    const sleeper = { api: 1 as const, activate: () => deaf<void>() };
    await using claw = await testKernel({
      services: {
        models: { ...models, ...(at("models.resolve") ? { resolve: () => deaf<never>() } : {}) },
        ...(at("system-prompt") ? { "system-prompt": { assemble: () => deaf<never>() } } : {}),
      },
      extensions: [
        at("a tool's waking") ? { ...reader, extension: sleeper } : reader,
        ...(at("a hook's waking") ? [{ ...guard, extension: sleeper }] : []),
        ...(at("asker") ? [tapExtension("asks", "PreToolUse", "decide", async () => ({ action: "ask", reason: "sure?" }))] : []),
      ],
      asker: { ask: () => deaf<undefined>() },
      limits: { steps: 3 },
    });
    const session = await claw.open();
    const controller = new AbortController();
    const seen: TurnEvent[] = [];
    const turn = claw.prompt(session, "go", controller.signal, seen);
    const began = performance.now();
    setTimeout(() => controller.abort(new Error("ctrl-c")), 40);
    await expect(turn).rejects.toThrow("ctrl-c");
    expect(seen.at(-1)).toMatchObject({ type: "turn-end", reason: "aborted" });
    expect(performance.now() - began).toBeLessThan(1_900);
  },
);

test("a tool that ends in good time after an abort is waited for, and what it answers is told", async () => {
  let left = true;
  const begun = Promise.withResolvers<void>();
  await using claw = await testKernel({
    extensions: [
      toolExtension("writer", async (_input, { signal }) => {
        begun.resolve();
        await untilAbort(signal).catch(() => undefined);
        await new Promise((resolve) => setTimeout(resolve, 10));
        left = false;
        return "half of it was written";
      }),
    ],
    script: [{ calls: [{ name: "writer" }] }],
  });
  const controller = new AbortController();
  const seen: TurnEvent[] = [];
  const turn = claw.prompt(await claw.open(), "go", controller.signal, seen);
  void begun.promise.then(() => controller.abort(new Error("ctrl-c")));
  await expect(turn).rejects.toThrow("ctrl-c");
  expect([left, resultsOf(seen)]).toEqual([
    false,
    [
      expect.objectContaining({
        outcome: "aborted",
        content: [
          { type: "text", text: "interrupted: the turn was stopped during this call; it still answered:" },
          { type: "text", text: "half of it was written" },
        ],
      }),
    ],
  ]);
});

test("a tool that does not stop is named, and shows nothing any more", async () => {
  let show: (content: object) => void = () => undefined;
  const begun = Promise.withResolvers<void>();
  await using claw = await testKernel({
    extensions: [
      toolExtension("deaf", (_input, call) => {
        show = (call as unknown as { progress(content: object): void }).progress;
        begun.resolve();
        return deaf();
      }),
    ],
    script: [{ calls: [{ name: "deaf" }] }],
  });
  const controller = new AbortController();
  const seen: TurnEvent[] = [];
  const turn = claw.prompt(await claw.open(), "go", controller.signal, seen);
  void begun.promise.then(() => controller.abort(new Error("ctrl-c")));
  await expect(turn).rejects.toThrow("ctrl-c");
  show({ type: "text", text: "too late" });
  expect(kindsOf(seen)).toEqual(["prompt", "reply", "judged", "fault", "tool-result", "turn-end"]);
  expect(claw.kernel.faults).toEqual([
    { extension: "test/deaf", where: "tool deaf", code: "EXTENSION_TIMEOUT", message: "test/deaf did not stop within 1000 ms of being told to in tool deaf" },
  ]);
});

test("progress that is no content is not shown", async () => {
  await using claw = await testKernel({
    extensions: [
      toolExtension("odd", async (_input, call) => {
        const { progress } = call as unknown as { progress(content: unknown): void };
        for (const part of [undefined, null, "text", { type: "text" }, { type: "text", text: "half" }]) progress(part);
        return "read";
      }),
    ],
    script: [{ calls: [{ name: "odd" }] }, "done"],
  });
  const events = await claw.prompt(await claw.open(), "go");
  expect(events.filter(({ type }) => type === "progress")).toEqual([{ type: "progress", call: "call_0_0", content: { type: "text", text: "half" } }]);
});

test.each(["from outside", "by the front-end that reads the turn"])("a session closed during a turn, %s, ends the turn in its log first", async (who) => {
  const store = memoryStore();
  const closed: string[] = [];
  const services = {
    "session-store": {
      ...store,
      close: async (id: string) => {
        closed.push(...(await Array.fromAsync(store.read(id))).map(({ type }) => type));
        await store.close(id);
      },
    },
  };
  const { slow, begun } = slowTool();
  await using claw = await testKernel({ services, extensions: [slow], script: [{ calls: [{ name: "slow" }] }] });
  const session = await claw.open();
  const seen: TurnEvent[] = [];
  const read = async (): Promise<void> => {
    for await (const event of claw.kernel.client.prompt(session, content, new AbortController().signal)) {
      seen.push(event);
      if (event.type === "judged" && who !== "from outside") await claw.kernel.client.close(session);
    }
  };
  const reading = errorOf(read());
  if (who === "from outside") {
    await begun;
    await claw.kernel.client.close(session);
  }
  expect(await reading).toMatchObject({ code: "SCOPE_CLOSED" });
  expect(closed).toEqual(["session", "prompt", "reply", "judged", "tool-result", "turn-end"]);
  expect((await Array.fromAsync(store.read(session))).at(-1)).toMatchObject({ reason: "aborted" });
  // It can be opened again.
  await claw.open({ resume: session });
});

test("a kernel closed during a turn ends the turn in its log first, while the extensions are still there", async () => {
  const store = memoryStore();
  const order: string[] = [];
  const begun = Promise.withResolvers<void>();
  const slow = toolExtension("slow", (_input, { signal }) => {
    begun.resolve();
    return untilAbort(signal).finally(() => order.push("tool ends"));
  });
  const claw = await testKernel({
    services: { "session-store": store },
    extensions: [
      {
        ...slow,
        extension: {
          api: 1,
          activate: async (context) => {
            await slow.extension.activate(context);
            context.own(() => void order.push("extension closes"));
          },
        },
      },
    ],
    script: [{ calls: [{ name: "slow" }] }],
  });
  const session = await claw.open();
  const turn = errorOf(claw.prompt(session, "go"));
  await begun.promise;
  await claw[Symbol.asyncDispose]();
  expect(await turn).toMatchObject({ code: "SCOPE_CLOSED" });
  expect(order).toEqual(["tool ends", "extension closes"]);
  expect((await Array.fromAsync(store.read(session))).at(-1)).toMatchObject({ type: "turn-end", reason: "aborted" });
});

test("nothing is written to a session that is closed", async () => {
  const store = memoryStore();
  const late: string[] = [];
  let closed = false;
  const services = {
    "session-store": {
      ...store,
      close: async (id: string) => {
        closed = true;
        await store.close(id);
      },
      append: async (id: string, entry: never) => {
        if (closed) late.push(id);
        await store.append(id, entry);
      },
    },
  };
  // An observer that hangs on: its turn outlives the patience with which a session closes.
  const { slow, begun } = slowTool();
  await using claw = await testKernel({
    services,
    extensions: [slow, tapExtension("hangs", "PostToolUseFailure", "observe", () => deaf(), { timeoutMs: 2_500 })],
    script: [{ calls: [{ name: "slow" }] }],
  });
  const session = await claw.open();
  const turn = errorOf(claw.prompt(session, "go"));
  await begun;
  await claw.kernel.client.close(session);
  expect(await turn).toMatchObject({ code: "SCOPE_CLOSED" });
  expect(late).toEqual([]);
});

test("whoever is first, the clock or the person, says how the turn ended", async () => {
  for (const first of ["clock", "person"]) {
    await using claw = await testKernel({ limits: { seconds: first === "clock" ? 0.01 : 10 }, script: [{ hang: true }], extensions: [] });
    const controller = new AbortController();
    const seen: TurnEvent[] = [];
    const turn = claw.prompt(await claw.open(), "go", controller.signal, seen).catch((error: unknown) => error);
    setTimeout(() => controller.abort(new Error("ctrl-c")), first === "clock" ? 60 : 5);
    await turn;
    expect(seen.at(-1)).toMatchObject(first === "clock" ? { reason: "limit", limit: "time" } : { reason: "aborted" });
  }
});

test("a time limit of a year is no time limit of a millisecond", async () => {
  await using claw = await testKernel({
    limits: { seconds: 366 * 86_400 },
    extensions: [
      toolExtension(
        "reader",
        async () => {
          await new Promise((resolve) => setTimeout(resolve, 5));
          return "read";
        },
        { timeoutMs: 366 * 86_400_000 },
      ),
    ],
    script: [{ calls: [{ name: "reader" }] }, "done"],
  });
  const events = await claw.prompt(await claw.open(), "go");
  expect([resultsOf(events)[0]?.outcome, events.at(-1)]).toEqual(["ok", expect.objectContaining({ reason: "done" })]);
});

test("a signal that is aborted already asks no model", async () => {
  await using claw = await testKernel({ script: ["never"] });
  const seen: TurnEvent[] = [];
  await expect(claw.prompt(await claw.open(), "go", AbortSignal.abort(new Error("before")), seen)).rejects.toThrow("before");
  expect([seen.at(-1), claw.model.requests]).toEqual([expect.objectContaining({ type: "turn-end", reason: "aborted" }), []]);
});

test("a front-end may close the session when it has seen the turn's end, and hears of nothing else", async () => {
  await using claw = await testKernel({ script: ["done"] });
  const session = await claw.open();
  const seen: string[] = [];
  for await (const event of claw.kernel.client.prompt(session, content, new AbortController().signal)) {
    seen.push(event.type);
    if (event.type === "turn-end") await claw.kernel.client.close(session);
  }
  expect(seen).toEqual(["prompt", "text-delta", "reply", "turn-end"]);
});

test("a front-end that stops at the turn's end without a word does not hold up the next turn", async () => {
  await using claw = await testKernel({ script: ["one", "two"] });
  const session = await claw.open();
  const iterator = claw.kernel.client.prompt(session, content, new AbortController().signal)[Symbol.asyncIterator]();
  for (let event = await iterator.next(); event.done !== true && event.value.type !== "turn-end";) event = await iterator.next();
  expect(kindsOf(await claw.prompt(session, "again"))).toEqual(["prompt", "reply", "turn-end"]);
});

test("many reads at once get every event once, in order, and one of them the failure", async () => {
  await using claw = await testKernel({ script: [{ text: "Half", cut: true }] });
  const session = await claw.open();
  const iterator = claw.kernel.client.prompt(session, content, new AbortController().signal)[Symbol.asyncIterator]();
  const reads = await Promise.allSettled(Array.from({ length: 8 }, () => iterator.next()));
  const types = reads.map((read) =>
    read.status === "rejected" ? (read.reason as { code: string }).code : read.value.done === true ? "done" : read.value.value.type,
  );
  expect(types.filter((type) => type !== "done")).toEqual(["prompt", "text-delta", "reply", "turn-end", "MODEL_STREAM_CUT"]);
});

test("a turn that is left before it began, or while it begins, leaves its session free", async () => {
  await using claw = await testKernel({ script: ["one"] });
  const session = await claw.open();
  const { signal } = new AbortController();
  const unread = claw.kernel.client.prompt(session, content, signal)[Symbol.asyncIterator]();
  await unread.return?.();
  expect(await unread.next()).toEqual({ done: true, value: undefined });
  const left = claw.kernel.client.prompt(session, content, signal)[Symbol.asyncIterator]();
  const first = left.next().catch(() => undefined);
  await left.return?.();
  await first;
  expect((await stored(claw, session)).map(({ type }) => type)).toEqual(["session", "prompt", "turn-end"]);
  expect(kindsOf(await claw.prompt(session, "again"))).toEqual(["prompt", "reply", "turn-end"]);
});
