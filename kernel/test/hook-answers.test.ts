import { type TurnEvent, block, resume } from "@claw/kernel";
import { testKernel } from "@claw/testing";
import { expect, test } from "vitest";
import { kindsOf, resultsOf, tapExtension, toolExtension } from "./fixtures.ts";

const circle: Record<string, unknown> = {};
circle["self"] = circle;
const deep = JSON.parse(`${"[".repeat(5_000)}${"]".repeat(5_000)}`) as unknown;
const faultsOf = (events: readonly TurnEvent[]) => events.flatMap((event) => (event.type === "fault" ? [[event.extension, event.where, event.code]] : []));

const noPrompts = [
  undefined,
  null,
  "text",
  {},
  [],
  [null],
  [{ type: "text" }],
  [{ type: "text", text: " " }],
  [{ type: "tool-call", id: "a", name: "b", input: {} }],
  [{ type: "image", data: 3 }],
  [{ type: "text", text: "x", luggage: { size: 1n } }],
].map((value: unknown) => [value] as const);

test.each(noPrompts)("a prompt rewritten into %s is left as it was, and the rewriter is named", async (value) => {
  await using claw = await testKernel({
    extensions: [tapExtension("odd", "UserPromptSubmit", "rewrite", async () => ({ action: "rewrite", value }))],
    script: ["done"],
  });
  const events = await claw.prompt(await claw.open(), "go");
  expect(claw.model.requests[0]?.messages).toEqual([{ role: "user", content: [{ type: "text", text: "go" }] }]);
  expect(faultsOf(events)).toEqual([["test/odd", "UserPromptSubmit rewrite", "EXTENSION_FAILED"]]);
});

const noInputs = [undefined, null, "text", [], 5, circle, { deep }, { size: 1n }].map((value: unknown) => [value] as const);

test.each(noInputs)("an input rewritten into %s blocks the call, and the rewriter is named", async (value) => {
  let ran = 0;
  await using claw = await testKernel({
    extensions: [
      tapExtension("odd", "PreToolUse", "rewrite", async () => ({ action: "rewrite", value })),
      toolExtension("reader", async () => String((ran += 1)), { input: {} }),
    ],
    script: [{ calls: [{ name: "reader" }] }, "done"],
  });
  const events = await claw.prompt(await claw.open(), "go");
  expect([ran, resultsOf(events).map(({ outcome }) => outcome), faultsOf(events)]).toEqual([
    0,
    ["denied"],
    [["test/odd", "PreToolUse rewrite", "EXTENSION_FAILED"]],
  ]);
});

test("an input whose parts change each time they are looked at runs as it was judged", async () => {
  let reads = 0;
  const ran: unknown[] = [];
  const sly = {
    get value() {
      return (reads += 1) > 1 ? "forbidden" : "harmless";
    },
  };
  await using claw = await testKernel({
    extensions: [
      tapExtension("sly", "PreToolUse", "rewrite", async () => ({ action: "rewrite", value: sly })),
      tapExtension("guard", "PreToolUse", "guard", async (event: never) =>
        (event as { call: { input: { value: string } } }).call.input.value === "forbidden" ? block("no") : undefined,
      ),
      toolExtension("reader", async (input) => {
        ran.push(input["value"]);
        return "read";
      }),
    ],
    script: [{ calls: [{ name: "reader", input: { value: "first" } }] }, "done"],
  });
  const events = await claw.prompt(await claw.open(), "go");
  expect([ran, events.find(({ type }) => type === "judged")]).toEqual([
    ["harmless"],
    expect.objectContaining({ input: { value: "harmless" }, verdict: "allow" }),
  ]);
});

const noResults = [
  undefined,
  null,
  "text",
  {},
  { content: "text" },
  { content: [null] },
  { content: [{ type: "text" }] },
  { content: [{ type: "image", data: "x" }] },
  { content: [], details: circle },
  { content: [], details: { size: 1n } },
].map((value: unknown) => [value] as const);

test.each(noResults)("a result rewritten into %s is left as it was, whether it was a success or a failure", async (value) => {
  const odd = async () => ({ action: "rewrite", value });
  await using claw = await testKernel({
    extensions: [
      tapExtension("odd-post", "PostToolUse", "rewrite", odd),
      tapExtension("odd-failure", "PostToolUseFailure", "rewrite", odd),
      toolExtension("reader", async () => "read"),
      toolExtension("failer", async () => ({ content: [{ type: "text", text: "failed" }], failed: true })),
    ],
    script: [{ calls: [{ name: "reader" }, { name: "failer" }] }, "done"],
  });
  const events = await claw.prompt(await claw.open(), "go");
  expect(resultsOf(events).map(({ outcome, content }) => [outcome, content])).toEqual([
    ["ok", [{ type: "text", text: "read" }]],
    ["failed", [{ type: "text", text: "failed" }]],
  ]);
  expect(faultsOf(events)).toEqual(
    expect.arrayContaining([
      ["test/odd-post", "PostToolUse rewrite", "EXTENSION_FAILED"],
      ["test/odd-failure", "PostToolUseFailure rewrite", "EXTENSION_FAILED"],
    ]),
  );
});

test("a rewrite of a success cannot make a failure of it: PostToolUse means that the model sees a success", async () => {
  const seen: unknown[] = [];
  await using claw = await testKernel({
    extensions: [
      tapExtension("spoiler", "PostToolUse", "rewrite", async () => ({
        action: "rewrite",
        value: { content: [{ type: "text", text: "spoilt" }], failed: true },
      })),
      tapExtension("watch", "PostToolUse", "observe", async (event: never) => void seen.push((event as { result: unknown }).result)),
      toolExtension("reader", async () => "read"),
    ],
    script: [{ calls: [{ name: "reader" }] }, "done"],
  });
  const events = await claw.prompt(await claw.open(), "go");
  expect([resultsOf(events)[0]?.outcome, seen]).toEqual(["ok", [{ content: [{ type: "text", text: "read" }] }]]);
});

test.each(["", "  \n", "x".repeat(200_001), 5, null])("a Stop hook that resumes with no text, or far too much, does not resume", async (text) => {
  await using claw = await testKernel({ extensions: [tapExtension("odd", "Stop", "decide", async () => resume(text as string))], script: ["done", "never"] });
  const events = await claw.prompt(await claw.open(), "go");
  expect(kindsOf(events).filter((kind) => kind !== "fault")).toEqual(["prompt", "reply", "turn-end"]);
  expect(faultsOf(events)).toEqual([["test/odd", "Stop decide", "EXTENSION_FAILED"]]);
});

test("a guard that blocks with a novel as its reason is cut short", async () => {
  await using claw = await testKernel({
    extensions: [tapExtension("talker", "PreToolUse", "guard", async () => block("no ".repeat(100_000))), toolExtension("reader", async () => "read")],
    script: [{ calls: [{ name: "reader" }] }, "done"],
  });
  const events = await claw.prompt(await claw.open(), "go");
  expect(resultsOf(events)[0]?.outcome).toBe("denied");
  expect(JSON.stringify(events).length).toBeLessThan(20_000);
});

test("a guard or a decide tap that is declared and never tapped is lost, not skipped", async () => {
  for (const stage of ["guard", "decide"]) {
    const idle = tapExtension("idle", "PreToolUse", stage, async () => undefined);
    await using claw = await testKernel({
      extensions: [{ ...idle, extension: { api: 1, activate: () => undefined } }, toolExtension("reader", async () => "read")],
      script: [{ calls: [{ name: "reader" }] }, "done"],
    });
    const events = await claw.prompt(await claw.open(), "go");
    expect([stage, resultsOf(events)[0]?.outcome, faultsOf(events)]).toEqual([stage, "denied", [["test/idle", `PreToolUse ${stage}`, "EXTENSION_FAILED"]]]);
  }
});

test("a lost decide tap does not keep the next one from being heard", async () => {
  const lost = tapExtension("a-lost", "PreToolUse", "decide", async () => undefined);
  await using claw = await testKernel({
    extensions: [
      {
        ...lost,
        extension: {
          api: 1,
          activate: () => {
            throw new Error("gone");
          },
        },
      },
      tapExtension("denier", "PreToolUse", "decide", async () => ({ action: "deny", reason: "never" })),
      toolExtension("reader", async () => "read"),
    ],
    script: [{ calls: [{ name: "reader" }] }, "done"],
    asker: { ask: async () => ({ id: "allow-once" }) },
  });
  const events = await claw.prompt(await claw.open(), "go");
  expect(resultsOf(events)[0]?.content).toEqual([{ type: "text", text: "Permission denied for reader: never" }]);
});

test("a guard that is suspended while its event is on its way still blocks", async () => {
  const asked = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const manifest = {
    ...tapExtension("guard", "PreToolUse", "guard", async () => undefined).manifest,
    hooks: { PreToolUse: { guard: {} }, PostToolUse: { observe: {} } },
  };
  const slow = tapExtension("slow", "PreToolUse", "guard", async (event: never) => {
    if ((event as { call: { tool: string } }).call.tool !== "writer") return;
    asked.resolve();
    await gate.promise;
  });
  let posts = 0;
  await using claw = await testKernel({
    extensions: [
      slow,
      {
        manifest,
        extension: {
          api: 1,
          activate: (context) => {
            const on = context.on as (event: string, stage: string, tap: unknown) => void;
            on("PreToolUse", "guard", async () => undefined);
            on("PostToolUse", "observe", async () => {
              await asked.promise;
              if ((posts += 1) === 3) setTimeout(gate.resolve, 1);
              throw new Error("broken");
            });
          },
        },
      },
      toolExtension("reader", async () => "read"),
      toolExtension("writer", async () => "written", { effect: "none" }),
    ],
    // Three reads whose PostToolUse faults suspend the guard's extension while the writer's guards are being asked.
    script: [{ calls: [{ name: "reader" }, { name: "reader" }, { name: "reader" }, { name: "writer" }] }, "done"],
  });
  const events = await claw.prompt(await claw.open(), "go");
  expect(resultsOf(events).map(({ outcome }) => outcome)).toEqual(["ok", "ok", "ok", "denied"]);
});

test.each([
  [async () => "allow-once"],
  [async () => null],
  [async () => ({ id: 5 })],
  [
    async () => {
      throw new Error("the window is gone");
    },
  ],
])("an asker that answers nonsense or breaks is a deny", async (ask) => {
  await using claw = await testKernel({
    extensions: [tapExtension("asks", "PreToolUse", "decide", async () => ({ action: "ask", reason: "sure?" })), toolExtension("reader", async () => "read")],
    script: [{ calls: [{ name: "reader" }] }, "done"],
    asker: { ask: ask as never },
  });
  const events = await claw.prompt(await claw.open(), "go");
  expect([resultsOf(events)[0]?.outcome, events.at(-1)]).toEqual(["denied", expect.objectContaining({ type: "turn-end", reason: "done" })]);
});

test("a result whose text holds half a character, and a cut in the middle of one, stay sound", async () => {
  await using claw = await testKernel({
    extensions: [
      toolExtension("half", async () => "a\ud83d b"),
      toolExtension("long", async () => `a${"😀".repeat(300_000)}`),
      toolExtension("many", async () => ({ content: Array.from({ length: 50 }, () => ({ type: "text", text: "x".repeat(100_000) })) })),
    ],
    script: [{ calls: [{ name: "half" }, { name: "long" }, { name: "many" }] }, "done"],
  });
  const events = await claw.prompt(await claw.open(), "go");
  const sizes = resultsOf(events).map(({ content }) => content.reduce((sum, part) => sum + (part.type === "text" ? part.text.length : 0), 0));
  expect(JSON.stringify(resultsOf(events))).not.toMatch(/\\ud[89a-f]/);
  expect(sizes[0]).toBe(4);
  for (const size of sizes) expect(size).toBeLessThan(410_000);
});
