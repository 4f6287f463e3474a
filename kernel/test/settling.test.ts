import { type Effect, type TurnEvent, allow } from "@claw/kernel";
import { memoryStore, testKernel } from "@claw/testing";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { errorOf, resultsOf, tapExtension, toolExtension } from "./fixtures.ts";

type CallEvent = { readonly call: { readonly id: string } };

/** What the observers of a kernel heard of each call, in order. */
function listeners(heard: Map<string, string[]>) {
  const note =
    (what: string) =>
    async (event: never): Promise<void> => {
      const { id } = (event as CallEvent).call;
      heard.set(id, [...(heard.get(id) ?? []), what]);
    };
  return [
    tapExtension("watch-pre", "PreToolUse", "observe", async (event: never) => {
      if ((event as { verdict: string }).verdict === "allow") await note("allowed")(event);
    }),
    tapExtension("watch-post", "PostToolUse", "observe", note("success")),
    tapExtension("watch-failure", "PostToolUseFailure", "observe", note("failure")),
  ];
}

const untilAbort = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener("abort", () => reject(signal.reason as Error));
  });

/** Where in a turn's life something happens: at the n-th time that anything at all of it is called. */
const places = fc.integer({ min: 1, max: 30 });
const effects = fc.array(fc.constantFrom<Effect>("read", "write"), { minLength: 1, maxLength: 4 });

test("every call that was allowed settles exactly once, wherever the turn is aborted, and has one result in the model's order", async () => {
  await fc.assert(
    fc.asyncProperty(effects, places, fc.boolean(), async (kinds, place, polite) => {
      const controller = new AbortController();
      const heard = new Map<string, string[]>();
      let count = 0;
      const step = async (): Promise<void> => {
        await new Promise((resolve) => setImmediate(resolve));
        if ((count += 1) === place) controller.abort(new Error("ctrl-c"));
        await new Promise((resolve) => setImmediate(resolve));
      };
      const tool = (name: string, effect: Effect) =>
        toolExtension(
          name,
          async (_input, { signal }) => {
            await step();
            if (polite) signal.throwIfAborted();
            await step();
            return "did it";
          },
          { effect },
        );
      await using claw = await testKernel({
        extensions: [
          tapExtension("allower", "PreToolUse", "decide", async () => {
            await step();
            return allow("test");
          }),
          tapExtension("slow-pre", "PreToolUse", "observe", step),
          tapExtension("slow-post", "PostToolUse", "rewrite", step),
          tapExtension("slow-failure", "PostToolUseFailure", "rewrite", step),
          ...listeners(heard),
          tool("reader", "read"),
          tool("writer", "write"),
        ],
        script: [{ calls: kinds.map((effect, index) => ({ name: effect === "read" ? "reader" : "writer", id: `c${index}` })) }, "done"],
      });
      const seen: TurnEvent[] = [];
      await claw.prompt(await claw.open(), "go", controller.signal, seen).catch(() => undefined);
      expect(resultsOf(seen).map(({ call }) => call)).toEqual(kinds.map((_effect, index) => `c${index}`));
      for (const { call, outcome } of resultsOf(seen)) {
        const expected = outcome === "ok" ? ["allowed", "success"] : ["allowed", "failure"];
        expect(heard.get(call) ?? []).toEqual(heard.has(call) ? expected : []);
        if (outcome === "ok") expect(heard.get(call)).toEqual(expected);
      }
      expect(seen.at(-1)).toMatchObject({ type: "turn-end", reason: controller.signal.aborted ? "aborted" : "done" });
    }),
    { numRuns: 60 },
  );
});

test("every call that was allowed settles exactly once, wherever the log stops being written, and no write runs after that", async () => {
  await fc.assert(
    fc.asyncProperty(effects, fc.integer({ min: 1, max: 12 }), async (kinds, place) => {
      const heard = new Map<string, string[]>();
      const store = memoryStore();
      let appends = 0;
      let full = false;
      const afterwards: string[] = [];
      const services = {
        "session-store": {
          ...store,
          append: async (id: string, entry: never) => {
            full ||= (appends += 1) >= place;
            if (full) throw new Error("ENOSPC");
            await store.append(id, entry);
          },
        },
      };
      const tool = (name: string, effect: Effect) =>
        toolExtension(
          name,
          async () => {
            if (full && effect === "write") afterwards.push(name);
            await new Promise((resolve) => setImmediate(resolve));
            return "did it";
          },
          { effect },
        );
      const strays: unknown[] = [];
      const stray = (error: unknown): void => void strays.push(error);
      process.on("unhandledRejection", stray);
      try {
        await using claw = await testKernel({
          services,
          extensions: [
            tapExtension("allower", "PreToolUse", "decide", async () => allow("test")),
            ...listeners(heard),
            tool("reader", "read"),
            tool("writer", "write"),
          ],
          script: [{ calls: kinds.map((effect, index) => ({ name: effect === "read" ? "reader" : "writer", id: `c${index}` })) }, "done"],
        });
        const session = await claw.open();
        const seen: TurnEvent[] = [];
        const error = await claw.prompt(session, "go", undefined, seen).then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        if (full) expect(error).toMatchObject({ code: "SESSION_WRITE_FAILED" });
        for (const events of heard.values())
          expect([
            ["allowed", "success"],
            ["allowed", "failure"],
          ]).toContainEqual(events);
        expect(afterwards).toEqual([]);
        await new Promise((resolve) => setTimeout(resolve, 1));
      } finally {
        process.off("unhandledRejection", stray);
      }
      expect(strays).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test("a result is stored as soon as its turn has come, and not when the last call was judged", async () => {
  const asked = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<void>();
  await using claw = await testKernel({
    extensions: [
      tapExtension("asks", "PreToolUse", "decide", async (event: never) =>
        (event as { call: { tool: string } }).call.tool === "writer" ? { action: "ask", reason: "sure?" } : undefined,
      ),
      toolExtension("reader", async () => "read"),
      toolExtension("writer", async () => "written", { effect: "write" }),
    ],
    asker: {
      ask: async () => {
        asked.resolve();
        await answered.promise;
        return { id: "allow-once" };
      },
    },
    script: [{ calls: [{ name: "reader" }, { name: "writer" }] }, "done"],
  });
  const session = await claw.open();
  const turn = claw.prompt(session, "go");
  await asked.promise;
  await vi.waitFor(() => expect(claw.kernel.client.entries(session).map(({ type }) => type)).toEqual(["session", "prompt", "reply", "judged", "tool-result"]));
  answered.resolve();
  await turn;
});

test("calls of a reply that the model refused to finish never run", async () => {
  let ran = 0;
  await using claw = await testKernel({
    extensions: [toolExtension("reader", async () => String((ran += 1)))],
    script: [{ calls: [{ name: "reader" }], reason: "refusal" }, "no"],
  });
  const events = await claw.prompt(await claw.open(), "go");
  expect([ran, resultsOf(events)[0]?.outcome]).toEqual([0, "failed"]);
});

test.each([
  [
    "details in a circle",
    {
      content: [],
      details: (() => {
        const one: Record<string, unknown> = {};
        one["one"] = one;
        return one;
      })(),
    },
  ],
  ["a number too large for JSON", { content: [], details: { size: 1n } }],
  ["details that are no object", { content: [], details: "text" }],
  ["an image without a type", { content: [{ type: "image", data: "x" }] }],
])("a tool that answers %s has failed, and the session goes on", async (_name, answer) => {
  await using claw = await testKernel({ extensions: [toolExtension("odd", async () => answer)], script: [{ calls: [{ name: "odd" }] }, "done"] });
  const events = await claw.prompt(await claw.open(), "go");
  expect([resultsOf(events)[0]?.outcome, events.at(-1)]).toEqual(["failed", expect.objectContaining({ reason: "done" })]);
});

test.each([
  [Object.create(null)],
  [
    {
      toString: () => {
        throw new Error("no text");
      },
    },
  ],
  [Symbol("odd")],
  [Object.assign(new Error(), { message: { nothing: 1 } })],
  [{ code: 5, [Symbol.for("claw.error")]: true }],
])("a tool that throws what has no message has failed, and the session goes on", async (thrown) => {
  await using claw = await testKernel({
    extensions: [
      toolExtension("odd", async () => {
        throw thrown;
      }),
      tapExtension("odd-tap", "PostToolUseFailure", "observe", async () => {
        throw thrown;
      }),
    ],
    script: [{ calls: [{ name: "odd" }] }, "done"],
  });
  const events = await claw.prompt(await claw.open(), "go");
  expect([resultsOf(events)[0]?.outcome, events.at(-1)]).toEqual(["failed", expect.objectContaining({ reason: "done" })]);
});

test("an error with a novel as its message is cut short wherever it is kept", async () => {
  await using claw = await testKernel({
    extensions: [
      toolExtension("odd", async () => {
        throw new Error("x".repeat(1_000_000));
      }),
    ],
    script: [{ calls: [{ name: "odd" }] }, "done"],
  });
  const session = await claw.open();
  await claw.prompt(session, "go");
  expect(JSON.stringify([claw.kernel.faults, claw.kernel.client.entries(session)]).length).toBeLessThan(20_000);
});

test("a suspended extension's faults are not counted on, and the list of faults has an end", async () => {
  const calls = (count: number) => Array.from({ length: count }, () => ({ calls: [{ name: "odd" }] }));
  let turn = 0;
  await using claw = await testKernel({
    extensions: [
      toolExtension("odd", async () => {
        throw new Error("broken");
      }),
      tapExtension("mixed", "PreToolUse", "observe", async () => {
        if ((turn += 1) % 2 === 1) throw new Error("every other time");
      }),
    ],
    script: [...calls(700), "done"],
  });
  const events = await claw.prompt(await claw.open(), "go");
  expect(events.filter((event) => event.type === "fault" && event.extension === "test/odd").length).toBe(4);
  expect(claw.kernel.faults.length).toBeLessThanOrEqual(200);
});

test("an abort while a person is asked denies nothing and answers every call", async () => {
  const asked = Promise.withResolvers<void>();
  const controller = new AbortController();
  await using claw = await testKernel({
    extensions: [tapExtension("asks", "PreToolUse", "decide", async () => ({ action: "ask", reason: "sure?" })), toolExtension("reader", async () => "read")],
    asker: {
      ask: (_question, signal) => {
        asked.resolve();
        return untilAbort(signal);
      },
    },
    script: [{ calls: [{ name: "reader" }, { name: "reader" }] }],
  });
  const seen: TurnEvent[] = [];
  const turn = errorOf(claw.prompt(await claw.open(), "go", controller.signal, seen));
  void asked.promise.then(() => controller.abort(new Error("ctrl-c")));
  expect(await turn).toMatchObject({ message: "ctrl-c" });
  expect(resultsOf(seen).map(({ outcome }) => outcome)).toEqual(["aborted", "aborted"]);
});
