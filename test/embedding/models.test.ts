import type { ModelEvent, ModelRequest, Models } from "@claw/kernel";
import { startAnthropicServer } from "@claw/testing/conformance";
import { afterEach, describe, expect, test } from "vitest";
import { never, program, text } from "./program.ts";

const key = "sk-ant-embedded-0123456789";
const keys = { ANTHROPIC_API_KEY: key };
const ask = (more: Partial<ModelRequest> = {}): ModelRequest => ({
  model: "anthropic/claude-opus-5-5",
  system: [],
  messages: [{ role: "user", content: [text("hello")] }],
  tools: [],
  ...more,
});
const configOf = (baseUrl: string, more: object = {}) => ({ "claw/anthropic": { baseUrl, ...more }, "claw/model-router": { retries: 0 } });

describe("need 1: a model by its address, with nothing from the environment", () => {
  afterEach(() => delete process.env["ANTHROPIC_API_KEY"]);

  test("credentials, address, headers and fetch are the program's", async () => {
    process.env["ANTHROPIC_API_KEY"] = "sk-ant-ambient-must-not-be-used";
    await using server = await startAnthropicServer([{ blocks: [{ type: "text", text: "hi" }] }]);
    const asked: string[] = [];
    await using one = program({
      keys,
      config: configOf(server.url, { headers: { "x-team": "search" } }),
      fetch: (input, init) => {
        asked.push(String(input));
        return fetch(input, init);
      },
    });
    const models = await one.kernel.service<Models>("models");
    await Array.fromAsync(models.stream(ask(), never()));
    expect([asked, server.requests[0]?.headers["x-team"], JSON.stringify(server.requests[0]?.headers).includes("ambient")]).toEqual([
      [`${server.url}/v1/messages`],
      "search",
      false,
    ]);
    expect(server.requests[0]?.headers["authorization"]).toBe(`Bearer ${key}`);
  });

  test("what a model can is looked up without a request", async () => {
    await using one = program();
    const models = await one.kernel.service<Models>("models");
    const { address, info } = await models.resolve("opus", never());
    expect([address, info.efforts, info.tools, info.images, info.price?.input]).toEqual([
      "anthropic/claude-opus-5-5",
      ["low", "medium", "high", "xhigh", "max"],
      true,
      true,
      4,
    ]);
  });

  test("without a key the error says which one, even when the environment has it", async () => {
    process.env["ANTHROPIC_API_KEY"] = key;
    await using one = program();
    const models = await one.kernel.service<Models>("models");
    await expect(Array.fromAsync(models.stream(ask(), never()))).rejects.toMatchObject({ code: "MODEL_NO_CREDENTIALS", data: { provider: "anthropic" } });
  });
});

describe("need 2: a stream of typed events", () => {
  test("ends with its end, and says what was used, cache and all", async () => {
    await using server = await startAnthropicServer([
      { blocks: [{ type: "text", text: "hi" }], usage: { input: 3, output: 2, cacheRead: 1000, cacheWrite: 50 } },
    ]);
    await using one = program({ keys, config: configOf(server.url) });
    const models = await one.kernel.service<Models>("models");
    const events: ModelEvent[] = await Array.fromAsync(models.stream(ask(), never()));
    expect(events.at(-1)).toMatchObject({ type: "end", reason: "stop", requestId: "req_1" });
    expect(events.findLast(({ type }) => type === "usage")).toMatchObject({
      usage: { inputTokens: 3, outputTokens: 2, cacheReadTokens: 1000, cacheWriteTokens: 50 },
    });
  });

  test("that was cut, or fell silent, is a typed error; one that is aborted ends with the reason", async () => {
    await using server = await startAnthropicServer([
      { blocks: [{ type: "text", text: "half" }], cutAfter: 400 },
      { blocks: [{ type: "text", text: "half" }], hang: true },
      { blocks: [{ type: "text", text: "half" }], hang: true },
    ]);
    await using one = program({ keys, config: configOf(server.url, { idleTimeoutMs: 200 }) });
    const models = await one.kernel.service<Models>("models");
    await expect(Array.fromAsync(models.stream(ask(), never()))).rejects.toMatchObject({ code: "MODEL_STREAM_CUT", retryable: true });
    await expect(Array.fromAsync(models.stream(ask(), never()))).rejects.toMatchObject({ code: "MODEL_IDLE", retryable: true });
    const controller = new AbortController();
    const reason = new Error("enough");
    const reading = (async () => {
      for await (const event of models.stream(ask(), controller.signal)) if (event.type === "text-delta") controller.abort(reason);
    })();
    await expect(reading).rejects.toBe(reason);
  });
});

describe("need 3: errors that a program can act on", () => {
  test("retryable stays true when retries are exhausted, and there may be none", async () => {
    const busy = { status: 429, headers: { "retry-after": "7" }, body: { kind: "rate-limit" } } as const;
    await using server = await startAnthropicServer(() => busy);
    for (const retries of [0, 1]) {
      await using one = program({ keys, config: { "claw/anthropic": { baseUrl: server.url }, "claw/model-router": { retries, patienceMs: 1000 } } });
      const models = await one.kernel.service<Models>("models");
      await expect(Array.fromAsync(models.stream(ask(), never()))).rejects.toMatchObject({
        code: "MODEL_RATE_LIMITED",
        retryable: true,
        data: { provider: "anthropic", status: 429, kind: "rate_limit_error", retryAfterMs: 7000, requestId: expect.stringMatching(/^req_/) },
      });
    }
  });

  test("a body is bounded, and holds no key", async () => {
    await using server = await startAnthropicServer(() => ({ status: 400, body: { kind: "invalid", message: `${key} ${"x".repeat(100_000)}` } }));
    await using one = program({ keys, config: configOf(server.url) });
    const models = await one.kernel.service<Models>("models");
    const error: unknown = await Array.fromAsync(models.stream(ask(), never())).catch((thrown: unknown) => thrown);
    const all = JSON.stringify([(error as Error).message, error]);
    expect([all.includes(key), all.length < 6000]).toEqual([false, true]);
  });
});
