import {
  type Compactor,
  CompactorService,
  type Contract,
  type Extension,
  type SessionStore,
  SessionStoreService,
  type TurnEvent,
  defineExtension,
  resume,
} from "@claw/kernel";
import { type EmbeddedExtension, memoryStore, scriptedModel, testKernel } from "@claw/testing";
import { expect, test } from "vitest";
import { tapExtension, toolExtension } from "./fixtures.ts";

const kinds = (events: readonly TurnEvent[]): readonly string[] => events.filter(({ type }) => type !== "text-delta").map(({ type }) => type);

test("an abort while the model speaks keeps what it said, logs the end, and the next turn is valid", async () => {
  const controller = new AbortController();
  await using claw = await testKernel({ script: [{ text: "I am about to", calls: [{ name: "reader" }], hang: true }, "Here I am again."] });
  const session = await claw.open();
  const seen: TurnEvent[] = [];
  const turn = claw.prompt(session, "go", controller.signal, seen);
  setImmediate(() => controller.abort(new Error("ctrl-c")));
  await expect(turn).rejects.toThrow("ctrl-c");
  expect(kinds(seen)).toEqual(["prompt", "reply", "turn-end"]);
  expect(seen.find((event) => event.type === "reply")).toMatchObject({ partial: true });
  expect(seen.at(-1)).toMatchObject({ reason: "aborted" });
  await claw.prompt(session, "and now?");
  expect(claw.model.requests[1]?.messages.map(({ role }) => role)).toEqual(["user", "assistant", "user"]);
});

test("an abort while a tool runs answers every call of the reply, and the next turn is valid", async () => {
  const controller = new AbortController();
  let reads = 0;
  await using claw = await testKernel({
    extensions: [
      toolExtension(
        "slow",
        (_input, call) => new Promise((_resolve, reject) => call.signal.addEventListener("abort", () => reject(call.signal.reason as Error))),
      ),
      toolExtension("reader", async () => {
        reads += 1;
        // All three run by now: reads that follow one another do so together.
        if (reads === 2) setTimeout(() => controller.abort(new Error("ctrl-c")), 20);
        return "read";
      }),
    ],
    script: [{ calls: [{ name: "reader" }, { name: "slow" }, { name: "reader" }] }, "fine"],
  });
  const session = await claw.open();
  const seen: TurnEvent[] = [];
  const turn = claw.prompt(session, "go", controller.signal, seen);
  await expect(turn).rejects.toThrow("ctrl-c");
  expect(seen.flatMap((event) => (event.type === "tool-result" ? [event.outcome] : []))).toEqual(["ok", "aborted", "ok"]);
  await claw.prompt(session, "and now?");
  const messages = claw.model.requests[1]?.messages ?? [];
  expect(messages.at(-1)?.content.map(({ type }) => type)).toEqual(["tool-result", "tool-result", "tool-result", "text"]);
});

test("a stream that is cut fails the turn with a code, and its calls never run", async () => {
  let ran = 0;
  await using claw = await testKernel({
    extensions: [toolExtension("reader", async () => String((ran += 1)))],
    script: [{ text: "Reading", calls: [{ name: "reader" }], cut: true }],
  });
  const session = await claw.open();
  const seen: TurnEvent[] = [];
  await expect(claw.prompt(session, "go", undefined, seen)).rejects.toMatchObject({ code: "MODEL_STREAM_CUT", retryable: true });
  expect(seen.at(-1)).toMatchObject({ type: "turn-end", reason: "failed", code: "MODEL_STREAM_CUT" });
  expect(ran).toBe(0);
});

test("calls of a reply that reached its token limit are answered and never run", async () => {
  let ran = 0;
  await using claw = await testKernel({
    extensions: [toolExtension("reader", async () => String((ran += 1)))],
    script: [{ calls: [{ name: "reader" }], reason: "length" }, "shorter"],
  });
  const events = await claw.prompt(await claw.open(), "go");
  expect(events.find((event) => event.type === "tool-result")).toMatchObject({ outcome: "failed" });
  expect(ran).toBe(0);
});

test.each([
  ["steps", { steps: 2 }],
  ["tokens", { tokens: 20 }],
  ["money", { usd: 0.02 }],
] as const)("a turn ends when its limit of %s is reached", async (limit, limits) => {
  const loop = { calls: [{ name: "reader" }], usage: { inputTokens: 10, outputTokens: 5, costUsd: 0.01 } };
  await using claw = await testKernel({ extensions: [toolExtension("reader", async () => "read")], limits, script: [loop, loop, loop, loop] });
  const events = await claw.prompt(await claw.open(), "go");
  expect(events.at(-1)).toMatchObject({ type: "turn-end", reason: "limit", limit });
  expect(claw.model.requests.length).toBe(2);
});

test("a limit of money is refused where the model's price is not known, before anything is spent", async () => {
  const { models, requests } = scriptedModel(["never"]);
  const unpriced = { address: "fake/free", info: { id: "free", contextWindow: 1000, tools: true, reasoning: false } };
  await using claw = await testKernel({ limits: { usd: 1 }, services: { models: { ...models, resolve: async () => unpriced } } });
  await expect(claw.prompt(await claw.open(), "go")).rejects.toMatchObject({ code: "PRICE_UNKNOWN" });
  expect(requests).toEqual([]);
});

test("a turn that takes too long ends by its time limit, and that is no error", async () => {
  await using claw = await testKernel({ limits: { seconds: 0.02 }, script: [{ hang: true }] });
  const events = await claw.prompt(await claw.open(), "go");
  expect(events.at(-1)).toMatchObject({ type: "turn-end", reason: "limit", limit: "time" });
});

test("a Stop hook resumes a turn a bounded number of times", async () => {
  await using claw = await testKernel({
    extensions: [tapExtension("stubborn", "Stop", "decide", async () => resume("not yet"))],
    script: Array.from({ length: 9 }, () => "done"),
  });
  const events = await claw.prompt(await claw.open(), "go");
  expect(events.filter(({ type }) => type === "note").length).toBe(8);
  expect(events.at(-1)).toMatchObject({ type: "turn-end", reason: "done" });
});

test("a prompt that comes while the turn runs joins it at its next step", async () => {
  await using claw = await testKernel({
    extensions: [
      toolExtension("reader", async () => {
        for await (const event of claw.kernel.client.prompt(session, [{ type: "text", text: "also this" }], new AbortController().signal))
          throw new Error(`unexpected ${event.type}`);
        return "read";
      }),
    ],
    script: [{ calls: [{ name: "reader" }] }, "done"],
  });
  const session = await claw.open();
  const events = await claw.prompt(session, "go");
  expect(kinds(events)).toEqual(["prompt", "reply", "judged", "tool-result", "prompt", "reply", "turn-end"]);
  expect(claw.model.requests[1]?.messages.at(-1)?.content.map(({ type }) => type)).toEqual(["tool-result", "text"]);
});

test("a fork folds its parent's entries up to a number and copies nothing", async () => {
  await using claw = await testKernel({ script: ["one", "two", "three"] });
  const parent = await claw.open();
  await claw.prompt(parent, "first");
  const seq = claw.kernel.client.entries(parent).at(-1)?.seq ?? 0;
  await claw.prompt(parent, "second");
  const child = await claw.open({ resume: parent, fork: seq });
  await claw.prompt(child, "third");
  expect(claw.model.requests[2]?.messages.map(({ content }) => content)).toEqual([
    [{ type: "text", text: "first" }],
    [{ type: "text", text: "one" }],
    [{ type: "text", text: "third" }],
  ]);
  const store = await claw.kernel.service<SessionStore>("session-store");
  const own = await Array.fromAsync(store.read(child));
  expect(own.map(({ type, seq: number }) => [number, type])).toEqual([
    [0, "session"],
    [1, "prompt"],
    [2, "reply"],
    [3, "turn-end"],
  ]);
  expect(own[0]).toMatchObject({ parent: { session: parent, seq } });
});

test("a resumed session goes on where its log ends, with the same system prompt", async () => {
  let assembled = 0;
  const services = { "system-prompt": { assemble: async () => [{ type: "text", text: `prompt ${(assembled += 1)}` }] } };
  await using claw = await testKernel({ services, script: ["one", "two"] });
  const session = await claw.open();
  await claw.prompt(session, "first");
  await claw.kernel.client.close(session);
  await claw.open({ resume: session });
  await claw.prompt(session, "second");
  expect(claw.model.requests.map(({ system }) => system)).toEqual([[{ type: "text", text: "prompt 1" }], [{ type: "text", text: "prompt 1" }]]);
  expect(claw.kernel.client.entries(session).map(({ seq }) => seq)).toEqual(claw.kernel.client.entries(session).map((_entry, index) => index));
});

test("compaction replaces what it covers, and PreCompact may put it off", async () => {
  for (const blocked of [false, true]) {
    const compactor: Compactor = {
      due: (tokens) => tokens > 1_000,
      compact: async ({ entries }) => ({ summary: "what went before", through: entries.at(-1)?.seq ?? 0, tokensBefore: 2_000, tokensAfter: 10 }),
    };
    const manifest = {
      name: "test/compactor",
      version: "1.0.0",
      engines: { claw: "^1.0.0" },
      permissions: {},
      provides: { service: { compactor: { description: "" } } },
    };
    const extension = defineExtension<Contract>((claw) => (claw.provide as (token: object, value: unknown) => void)(CompactorService, compactor)) as Extension;
    const guard = tapExtension("guard", "PreCompact", "guard", async () => (blocked ? { action: "block", reason: "later" } : undefined));
    await using claw = await testKernel({
      extensions: [{ manifest, extension } satisfies EmbeddedExtension, guard],
      script: [{ text: "long", usage: { inputTokens: 5_000, outputTokens: 1 } }, "short"],
    });
    const session = await claw.open();
    await claw.prompt(session, "the first prompt");
    const events = await claw.prompt(session, "second");
    expect(kinds(events).includes("compacted")).toBe(!blocked);
    expect(claw.model.requests[1]?.messages[0]?.content).toEqual([{ type: "text", text: blocked ? "the first prompt" : "what went before" }]);
  }
});

test("a log that can no longer be written fails the turn in one sentence and stays as it was", async () => {
  const store = memoryStore();
  let full = false;
  const services = {
    [SessionStoreService.id]: {
      ...store,
      append: (id: string, entry: never) => (full ? Promise.reject(new Error("ENOSPC: no space left on device")) : store.append(id, entry)),
    },
  };
  await using claw = await testKernel({
    services,
    extensions: [
      toolExtension("filler", async () => {
        full = true;
        return "filled";
      }),
    ],
    script: [{ calls: [{ name: "filler" }] }, "never"],
  });
  const session = await claw.open();
  await expect(claw.prompt(session, "go")).rejects.toMatchObject({ code: "SESSION_WRITE_FAILED" });
  const stored = await Array.fromAsync(store.read(session));
  expect(stored.map(({ seq }) => seq)).toEqual(stored.map((_entry, index) => index));
});

test("reads that follow one another run together, a write waits for all before it, results keep the model's order", async () => {
  const log: string[] = [];
  const gate = Promise.withResolvers<void>();
  await using claw = await testKernel({
    extensions: [
      toolExtension("slow_read", async () => {
        log.push("slow begins");
        await gate.promise;
        log.push("slow ends");
        return "slow";
      }),
      toolExtension("fast_read", async () => {
        log.push("fast");
        gate.resolve();
        return "fast";
      }),
      toolExtension(
        "writer",
        async () => {
          log.push("write");
          return "written";
        },
        { effect: "write" },
      ),
      tapExtension("allower", "PreToolUse", "decide", async () => ({ action: "allow", reason: "test" })),
    ],
    script: [{ calls: [{ name: "slow_read" }, { name: "fast_read" }, { name: "writer" }, { name: "fast_read" }] }, "done"],
  });
  const events = await claw.prompt(await claw.open(), "go");
  expect(log).toEqual(["slow begins", "fast", "slow ends", "write", "fast"]);
  expect(events.flatMap((event) => (event.type === "tool-result" ? [event.tool] : []))).toEqual(["slow_read", "fast_read", "writer", "fast_read"]);
});

test("an unknown command in a session is refused with a suggestion", async () => {
  await using claw = await testKernel();
  const session = await claw.open();
  await expect(claw.kernel.client.command(session, "/hlep", new AbortController().signal)).rejects.toMatchObject({
    code: "USAGE",
    message: "there is no command /hlep",
  });
});
