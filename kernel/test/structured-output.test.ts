import { type Message, type ModelInfo, type Models, structuredOutput } from "@claw/kernel";
import { scriptedModel, type Script } from "@claw/testing";
import { expect, test } from "vitest";
import { errorOf } from "./fixtures.ts";

const schema = { type: "object", properties: { verdict: { enum: ["yes", "no"] } }, required: ["verdict"], additionalProperties: false };
const messages: readonly Message[] = [{ role: "user", content: [{ type: "text", text: "is it safe?" }] }];
const signal = new AbortController().signal;

/** A scripted model that can, or cannot, be held to a schema. */
function modelOf(script: Script, output: boolean) {
  const { models, requests } = scriptedModel(script);
  const info: ModelInfo = { id: "m", contextWindow: 1000, tools: true, reasoning: false, output };
  const own: Pick<Models, "resolve" | "stream"> = { resolve: async () => ({ address: "fake/m", info }), stream: models.stream };
  return {
    requests,
    ask: (more: object = {}) => structuredOutput({ models: own, request: { model: "m", system: [], messages }, name: "judge", schema, ...more }, signal),
  };
}

test("a model that can is held to the schema, and its text is the value", async () => {
  const { ask, requests } = modelOf([{ text: '{"verdict":"yes"}', usage: { inputTokens: 3, outputTokens: 1 } }], true);
  expect(await ask()).toEqual({ value: { verdict: "yes" }, repairs: 0, usage: [{ inputTokens: 3, outputTokens: 1 }] });
  expect(requests[0]).toMatchObject({ model: "fake/m", tools: [], output: { name: "judge", schema } });
});

test("a model that cannot must call a tool of the schema", async () => {
  const { ask, requests } = modelOf([{ calls: [{ name: "judge", input: { verdict: "no" } }] }], false);
  expect((await ask()).value).toEqual({ verdict: "no" });
  expect(requests[0]).toMatchObject({ toolChoice: { tool: "judge" }, tools: [{ name: "judge", input: schema }] });
});

test("what does not fit goes back with what is wrong, and may be put right", async () => {
  const { ask, requests } = modelOf(
    [{ calls: [{ name: "judge", input: { verdict: "maybe" }, id: "a" }] }, { calls: [{ name: "judge", input: { verdict: "no" }, id: "a" }] }],
    false,
  );
  expect(await ask()).toMatchObject({ value: { verdict: "no" }, repairs: 1 });
  expect(requests[1]?.messages.slice(1)).toEqual([
    { role: "assistant", content: [{ type: "tool-call", id: "a", name: "judge", input: { verdict: "maybe" } }] },
    { role: "user", content: [{ type: "tool-result", call: "a", failed: true, content: [{ type: "text", text: expect.stringContaining("verdict") }] }] },
  ]);
});

test.each([
  ["is no JSON", [{ text: "yes" }, { text: "still yes" }], true, "the answer is no JSON"],
  ["is no call", [{ text: "yes" }, { text: "yes" }], false, "judge was not called"],
  [
    "has arguments that are no JSON",
    [{ calls: [{ name: "judge", malformed: "{" }] }, { calls: [{ name: "judge", malformed: "{" }] }],
    false,
    "the arguments are no JSON object",
  ],
  ["lacks what is required", [{ text: "{}" }, { text: "{}" }], true, "verdict: is missing"],
])("an answer that %s, twice, is MODEL_OUTPUT_INVALID", async (_name, script, output, problem) => {
  expect(await errorOf(modelOf(script, output).ask())).toMatchObject({ code: "MODEL_OUTPUT_INVALID", data: { problems: [problem] } });
});

test("nothing is put right when nobody wants it, and a refusal is one", async () => {
  const { ask, requests } = modelOf([{ text: "{}" }], true);
  expect(await errorOf(ask({ repairs: 0 }))).toMatchObject({ code: "MODEL_OUTPUT_INVALID" });
  expect(requests.length).toBe(1);
  expect(await errorOf(modelOf([{ text: "no", reason: "refusal" }], true).ask())).toMatchObject({ code: "MODEL_REFUSED" });
  expect(await errorOf(modelOf([{ text: "{", cut: true }], true).ask())).toMatchObject({ code: "MODEL_STREAM_CUT", retryable: true });
});

test("a reply of thousands of calls with one id is not a reply that takes minutes, and there is an end to putting right", async () => {
  const calls = Array.from({ length: 4096 }, () => ({ name: "judge", input: { verdict: "maybe" }, id: "a" }));
  const { ask, requests } = modelOf(
    Array.from({ length: 3 }, () => ({ calls })),
    false,
  );
  const began = performance.now();
  expect(await errorOf(ask({ repairs: 2 }))).toMatchObject({ code: "MODEL_OUTPUT_INVALID" });
  expect([requests.length, performance.now() - began < 10_000]).toEqual([3, true]);
  for (const [repairs, most] of [
    [Number.NaN, 1],
    [-1, 1],
    [Infinity, 11],
    [99, 11],
  ] as const) {
    const endless = modelOf(
      Array.from({ length: 20 }, () => ({ text: "{}" })),
      true,
    );
    await errorOf(endless.ask({ repairs }));
    expect([repairs, endless.requests.length]).toEqual([repairs, most]);
  }
});
