import { ClawError, type ContentBlock, type ModelRequest, type TurnEvent } from "@claw/kernel";
import { testKernel } from "@claw/testing";
import { inspect } from "node:util";
import { expect, test } from "vitest";
import { errorOf, kindsOf, modelsOf, resultsOf, streamOf, toolExtension } from "./fixtures.ts";

const end = { type: "end", reason: "stop" };
const text = (value: string) => ({ type: "text-delta", text: value });
const call = (id: unknown, more: object = {}) => ({ type: "block", block: { type: "tool-call", id, name: "reader", input: {}, ...more } });

/** A kernel whose model streams these events, one list a request. */
const kernelOf = (ran: unknown[], ...replies: readonly (readonly unknown[])[]) => {
  const requests: ModelRequest[] = [];
  const models = modelsOf((request) => streamOf(...(replies[requests.push(request) - 1] ?? [])));
  return testKernel({
    services: { models },
    extensions: [
      toolExtension(
        "reader",
        async (input) => {
          ran.push(input);
          return "read";
        },
        { input: {} },
      ),
    ],
  }).then((claw) => ({ claw, requests }));
};

const deep = JSON.parse(`${"[".repeat(5_000)}${"]".repeat(5_000)}`) as unknown;

const named = (values: readonly unknown[]) => values.map((value) => [inspect(value, { breakLength: Infinity }), value] as const);

test.each(
  named([
    null,
    "text",
    { type: "text-delta" },
    { type: "text-delta", text: 3 },
    { type: "reasoning-delta", text: null },
    { type: "block" },
    { type: "block", block: null },
    { type: "block", block: { text: "x" } },
    { type: "block", block: { type: "text", text: 3 } },
    { type: "block", block: { type: "tool-result", call: "a", content: [] } },
    { type: "block", block: { type: "text", text: "x", luggage: { size: 1n } } },
    { type: "end", reason: "tired" },
    { type: "end" },
    { type: "end", reason: "stop", model: 5 },
    { type: "usage" },
    { type: "usage", usage: "much" },
    { type: "notice", code: "X" },
  ]),
)("an event that is none (%s) fails the turn with MODEL_STREAM_INVALID, and what came before it stays", async (_name, event) => {
  const { claw } = await kernelOf([], [text("Hello"), event, end]);
  await using _ = claw;
  const seen: TurnEvent[] = [];
  expect(await errorOf(claw.prompt(await claw.open(), "go", undefined, seen))).toMatchObject({ code: "MODEL_STREAM_INVALID" });
  expect(kindsOf(seen)).toEqual(["prompt", "reply", "turn-end"]);
  expect(seen.find(({ type }) => type === "reply")).toMatchObject({ content: [{ type: "text", text: "Hello" }], partial: true });
});

test("an event of a later contract is passed over", async () => {
  const { claw } = await kernelOf([], [text("Hello"), { type: "citation", url: "https://example.test" }, end]);
  await using _ = claw;
  expect(kindsOf(await claw.prompt(await claw.open(), "go"))).toEqual(["prompt", "reply", "turn-end"]);
});

test.each(named([text("more"), call("a"), end]))("a reply that goes on after its end (%s) is no whole reply, and its calls never run", async (_name, event) => {
  const ran: unknown[] = [];
  const { claw } = await kernelOf(ran, [text("Hello"), end, event]);
  await using _ = claw;
  expect(await errorOf(claw.prompt(await claw.open(), "go"))).toMatchObject({ code: "MODEL_STREAM_INVALID" });
  expect(ran).toEqual([]);
});

test("usage may come after the end", async () => {
  const { claw } = await kernelOf([], [text("Hello"), end, { type: "usage", usage: { inputTokens: 3, outputTokens: 2 } }]);
  await using _ = claw;
  expect((await claw.prompt(await claw.open(), "go")).find(({ type }) => type === "reply")).toMatchObject({ usage: { inputTokens: 3, outputTokens: 2 } });
});

test.each([[{ input: [] }], [{ input: null }], [{ input: "x" }], [{ input: undefined }], [{ input: { deep } }], [{ input: { size: 1n } }]])(
  "a call whose input is no object that can be written down never runs and is answered",
  async (more) => {
    const ran: unknown[] = [];
    const { claw } = await kernelOf(ran, [call("a", more), { type: "end", reason: "tool-calls" }], [text("sorry"), end]);
    await using _ = claw;
    const session = await claw.open();
    const events = await claw.prompt(session, "go");
    expect([ran, resultsOf(events).map(({ call: id, outcome }) => [id, outcome])]).toEqual([[], [["a", "failed"]]]);
    expect(events.at(-1)).toMatchObject({ type: "turn-end", reason: "done" });
    // The session can be gone on with.
    await claw.kernel.client.close(session);
    await claw.open({ resume: session });
  },
);

test("a call without a sound id or name is given one, and is answered by it", async () => {
  const { claw, requests } = await kernelOf([], [call(5), call(undefined), call("", { name: 7 }), { type: "end", reason: "tool-calls" }], [end]);
  await using _ = claw;
  const results = resultsOf(await claw.prompt(await claw.open(), "go"));
  expect(new Set(results.map((one) => one.call)).size).toBe(3);
  expect(results.map(({ outcome }) => outcome)).toEqual(["ok", "ok", "failed"]);
  expect(requests[1]?.messages[2]?.content.map((one) => one.type === "tool-result" && one.call)).toEqual(results.map((one) => one.call));
});

test("a provider that numbers the calls of each reply anew loses none of them", async () => {
  const again = [call("call_0"), { type: "end", reason: "tool-calls" }];
  const ran: unknown[] = [];
  const { claw, requests } = await kernelOf(ran, again, again, again, [text("done"), end]);
  await using _ = claw;
  const session = await claw.open();
  const events = await claw.prompt(session, "go");
  const ids = resultsOf(events).map((one) => one.call);
  expect([ran.length, new Set(ids).size]).toEqual([3, 3]);
  expect(requests[3]?.messages.flatMap(({ content }) => content.flatMap((one) => (one.type === "tool-call" ? [one.id] : [])))).toEqual(ids);
  // The same after a resume.
  await claw.kernel.client.close(session);
  await claw.open({ resume: session });
  expect(claw.kernel.client.entries(session).flatMap((entry) => (entry.type === "tool-result" ? [entry.call] : []))).toEqual(ids);
});

test("usage that is no number counts for nothing, so that limits hold", async () => {
  const sound = { inputTokens: 10, outputTokens: 5 };
  const usages: unknown[] = [
    { inputTokens: Number.NaN, outputTokens: 5 },
    { inputTokens: "7", outputTokens: -3, costUsd: Infinity },
    sound,
    sound,
    sound,
    sound,
  ];
  const models = modelsOf(() => {
    const usage = usages.shift();
    return usage === undefined ? streamOf(end) : streamOf(call(""), { type: "usage", usage }, { type: "end", reason: "tool-calls" });
  });
  await using claw = await testKernel({ services: { models }, limits: { tokens: 40 }, extensions: [toolExtension("reader", async () => "read")] });
  const events = await claw.prompt(await claw.open(), "go");
  expect(events.flatMap((event) => (event.type === "reply" ? [event.usage] : []))).toEqual([
    { inputTokens: 0, outputTokens: 5 },
    { inputTokens: 0, outputTokens: 0 },
    sound,
    sound,
    sound,
  ]);
  expect(events.at(-1)).toMatchObject({ reason: "limit", limit: "tokens" });
});

test("what a model said before a retry counts for nothing", async () => {
  const retry = { type: "retry", attempt: 1, attempts: 2, delayMs: 0, code: "MODEL_OVERLOADED", message: "busy" };
  const { claw } = await kernelOf([], [{ type: "reasoning-delta", text: "hm" }, text("Half"), call("a"), retry, text("Whole"), end]);
  await using _ = claw;
  expect((await claw.prompt(await claw.open(), "go")).find(({ type }) => type === "reply")).toMatchObject({ content: [{ type: "text", text: "Whole" }] });
});

test("what is otherwise than was asked is logged and shown, and no part of the reply", async () => {
  const notice = { type: "notice", code: "MODEL_EFFORT_LOWERED", message: "fake/one is asked without the effort" };
  const { claw } = await kernelOf([], [notice, text("Whole"), end]);
  await using _ = claw;
  const events = await claw.prompt(await claw.open(), "go");
  expect(kindsOf(events)).toEqual(["prompt", "fault", "reply", "turn-end"]);
  expect(events.find(({ type }) => type === "fault")).toMatchObject({
    where: "request",
    code: "MODEL_EFFORT_LOWERED",
    message: "fake/one is asked without the effort",
  });
  expect(events.find(({ type }) => type === "reply")).toMatchObject({ content: [{ type: "text", text: "Whole" }] });
});

test.each(
  named([
    undefined,
    null,
    "fake/one",
    { address: "fake/one" },
    { address: 3, info: { contextWindow: 1 } },
    { address: "fake/one", info: { contextWindow: "big" } },
  ]),
)("a service `models` that resolves to %s fails the turn in a sentence that names it", async (_name, model) => {
  await using claw = await testKernel({ services: { models: { ...modelsOf(() => streamOf(end)), resolve: async () => model } } });
  const error = await errorOf(claw.prompt(await claw.open(), "go"));
  expect([ClawError.is(error) && error.code, ClawError.is(error) && error.message]).toEqual([
    "EXTENSION_FAILED",
    'the service "models" answered resolve with something that is no model',
  ]);
});

test.each(named([undefined, {}, [text("x"), end]]))("a stream that cannot be read (%s) is an invalid one", async (_name, stream) => {
  await using claw = await testKernel({ services: { models: modelsOf(() => stream as never) } });
  expect(await errorOf(claw.prompt(await claw.open(), "go"))).toMatchObject({ code: "MODEL_STREAM_INVALID" });
});

test.each(named([undefined, "be good", [{ type: "text" }], [{ type: "tool-call", id: "a", name: "b", input: {} }]]))(
  "a system prompt that is none (%s) fails the turn and is not logged",
  async (_name, blocks) => {
    await using claw = await testKernel({ services: { "system-prompt": { assemble: async () => blocks } }, script: ["never"] });
    const seen: TurnEvent[] = [];
    expect(await errorOf(claw.prompt(await claw.open(), "go", undefined, seen))).toMatchObject({
      code: "EXTENSION_FAILED",
      message: 'the service "system-prompt" answered assemble with something that is no system prompt',
    });
    expect([kindsOf(seen), claw.model.requests]).toEqual([["prompt", "turn-end"], []]);
  },
);

test("a tool, a front-end or a provider that changes what it is handed changes nothing of the session", async () => {
  const tries: unknown[] = [];
  const attempt = (change: () => void): void => {
    try {
      change();
    } catch (error) {
      tries.push(error instanceof TypeError);
    }
  };
  const luggage = { fake: { signature: "s" } };
  const models = modelsOf(async function* (request) {
    attempt(() => void ((request.messages[0] as unknown as { content: ContentBlock[] }).content[0] = { type: "text", text: "changed" }));
    if (request.messages.length === 1) {
      yield call("a", { input: { path: "a.txt" }, luggage });
      luggage.fake.signature = "changed";
    }
    yield { type: "end", reason: request.messages.length === 1 ? "tool-calls" : "stop" };
  });
  await using claw = await testKernel({
    services: { models },
    extensions: [
      toolExtension("reader", async (input) => {
        attempt(() => void ((input as { path: string }).path = "/etc/shadow"));
        return "read";
      }),
    ],
  });
  const session = await claw.open();
  const content: ContentBlock[] = [{ type: "text", text: "go" }];
  for await (const event of claw.kernel.client.prompt(session, content, new AbortController().signal)) {
    if (event.type === "prompt") attempt(() => void ((event.content as ContentBlock[])[0] = { type: "text", text: "changed" }));
  }
  content[0] = { type: "text", text: "changed" };
  expect(tries).toEqual([true, true, true, true]);
  const entries = claw.kernel.client.entries(session);
  expect(entries.find(({ type }) => type === "prompt")).toMatchObject({ content: [{ type: "text", text: "go" }] });
  expect(entries.find(({ type }) => type === "reply")).toMatchObject({ content: [{ input: { path: "a.txt" }, luggage: { fake: { signature: "s" } } }] });
});
