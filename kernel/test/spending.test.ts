import type { Models, Usage } from "@claw/kernel";
import { testKernel } from "@claw/testing";
import { expect, test } from "vitest";
import { toolExtension } from "./fixtures.ts";

const usage = (inputTokens: number, costUsd: number): Usage => ({ inputTokens, outputTokens: 1, costUsd });
const long = "a text that is long enough to be worth a summary, ".repeat(4);

test("what a summary cost is logged and counts toward the session's limits", async () => {
  let begun = false;
  const compactor = {
    due: () => begun,
    compact: async () => ({ summary: "before", through: 2, tokensBefore: 200, tokensAfter: 10, usage: usage(5000, 0.5), writtenBy: "fake/small" }),
  };
  await using claw = await testKernel({
    services: { compactor },
    script: [
      { text: long, usage: usage(10, 0.01) },
      { text: "after", usage: usage(10, 0.01) },
    ],
    limits: { usd: 0.4 },
  });
  const session = await claw.open();
  await claw.prompt(session, long);
  begun = true;
  const events = await claw.prompt(session, "go");
  expect(events.find(({ type }) => type === "compacted")).toMatchObject({ usage: usage(5000, 0.5), writtenBy: "fake/small" });
  await expect(claw.prompt(session, "more")).resolves.toContainEqual(expect.objectContaining({ type: "turn-end", reason: "limit", limit: "money" }));
});

test("what attempts cost that came to nothing is logged and counts toward the session's limits", async () => {
  const model = { address: "fake/m", info: { id: "m", contextWindow: 1000, tools: true, reasoning: false, price: { input: 1, output: 1 } } };
  const models: Models = {
    resolve: async () => model,
    list: async () => [model],
    async *stream() {
      yield { type: "usage", usage: usage(100, 0.1) };
      yield { type: "retry", attempt: 1, attempts: 3, delayMs: 0, code: "MODEL_STREAM_CUT", message: "cut" };
      yield { type: "usage", usage: usage(200, 0.2) };
      yield { type: "retry", attempt: 2, attempts: 3, delayMs: 0, code: "MODEL_STREAM_CUT", message: "cut" };
      yield { type: "text-delta", text: "there" };
      yield { type: "block", block: { type: "tool-call", id: "a", name: "reader", input: {} } };
      yield { type: "usage", usage: usage(300, 0.3) };
      yield { type: "end", reason: "tool-calls" };
    },
  };
  await using claw = await testKernel({ services: { models }, extensions: [toolExtension("reader", async () => "x")], limits: { tokens: 500 } });
  const session = await claw.open();
  const events = await claw.prompt(session, "go");
  expect(events.find(({ type }) => type === "reply")).toMatchObject({
    usage: usage(300, 0.3),
    wasted: { inputTokens: 300, outputTokens: 2, costUsd: expect.closeTo(0.3) },
  });
  expect(events.at(-1)).toMatchObject({ type: "turn-end", reason: "limit", limit: "tokens" });
});

test("a limit of money holds for the model that answers, which may be another than the one asked", async () => {
  const model = { address: "fake/m", info: { id: "m", contextWindow: 1000, tools: true, reasoning: false, price: { input: 1, output: 1 } } };
  const models: Models = {
    resolve: async () => model,
    list: async () => [model],
    async *stream() {
      yield { type: "text-delta", text: "there" };
      yield { type: "usage", usage: { inputTokens: 5, outputTokens: 5 } };
      yield { type: "end", reason: "stop", model: "fake/unpriced" };
    },
  };
  await using claw = await testKernel({ services: { models }, limits: { usd: 1 } });
  await expect(claw.prompt(await claw.open(), "go")).rejects.toMatchObject({ code: "PRICE_UNKNOWN", data: { model: "fake/unpriced" } });
});
