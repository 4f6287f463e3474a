import { ClawError } from "@claw/kernel";
import { load, memorySecrets } from "@claw/testing";
import { type SentRequest, framesOf, sentOf } from "@claw/testing/conformance";
import { describe, expect, test } from "vitest";
import manifest from "../extension.json" with { type: "json" };
import extension from "../src/index.ts";

const signal = (): AbortSignal => new AbortController().signal;
const request = { model: "claude-sonnet-5-5", system: [], tools: [], messages: [{ role: "user", content: [{ type: "text", text: "hello" }] }] } as const;

describe("the extension", () => {
  test("provides Claude with the key of the person", async () => {
    const sent: SentRequest[] = [];
    const http = {
      fetch: async (_url: unknown, init: RequestInit = {}) => {
        sent.push(sentOf(JSON.parse(Buffer.from(init.body as Uint8Array).toString())));
        return new Response([...framesOf({ blocks: [{ type: "text", text: "hi" }] })].join(""), {
          headers: { "content-type": "text/event-stream", "request-id": "req_1" },
        });
      },
    };
    await using claw = await load(extension, { services: { http, secrets: memorySecrets({ ANTHROPIC_API_KEY: "sk-ant-1" }) } });
    const provider = await claw.provider("anthropic");
    const events = [];
    for await (const event of provider.stream(request, signal())) events.push(event);
    expect([sent, events]).toEqual([
      [{ system: "", tools: [], turns: [{ role: "user", blocks: [{ type: "text", text: "hello" }] }] }],
      [
        { type: "usage", usage: { inputTokens: 10, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0 } },
        { type: "text-delta", text: "hi" },
        { type: "usage", usage: { inputTokens: 10, outputTokens: 5, cacheReadTokens: 0, cacheWriteTokens: 0 } },
        { type: "end", reason: "stop", requestId: "req_1" },
      ],
    ]);
    expect((await provider.models(signal())).map(({ id }) => id)).toContain(request.model);
    expect(provider.unlisted?.("gpt-9")).toBeUndefined();
  });

  test("takes neither its address nor headers from a project, and shows no header", () => {
    const { baseUrl, headers, customHeaders } = manifest.config.properties;
    expect([baseUrl, headers, customHeaders].filter((property) => "project" in property)).toEqual([]);
    expect([headers.secret, customHeaders.secret]).toEqual([true, true]);
  });

  test("opens nothing without a key", async () => {
    await using claw = await load(extension, {});
    const stream = (await claw.provider("anthropic")).stream(request, signal());
    await expect(stream[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: "MODEL_NO_CREDENTIALS", retryable: false });
  });

  test("hands on that there is no network", async () => {
    await using claw = await load(extension, { services: { secrets: memorySecrets({ ANTHROPIC_AUTH_TOKEN: "tok" }) } });
    const stream = (await claw.provider("anthropic")).stream(request, signal());
    const failure = await stream[Symbol.asyncIterator]()
      .next()
      .catch((error: unknown) => error);
    expect(ClawError.is(failure, "NETWORK_FAILED") && [failure.message, failure.retryable]).toEqual(["no connection to api.anthropic.com", true]);
  });

  test("refuses an address that would show the key to the network, before anything is sent", async () => {
    await using claw = await load(extension, {
      config: { baseUrl: "http://api.example" },
      services: { secrets: memorySecrets({ ANTHROPIC_API_KEY: "sk-ant-1" }) },
    });
    await expect((await claw.provider("anthropic")).stream(request, signal())[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: "E_CONFIG_SCHEMA",
    });
  });

  test("says that a page is no stream", async () => {
    const http = { fetch: async () => new Response("<html>Log in</html>", { headers: { "content-type": "text/html; charset=utf-8" } }) };
    await using claw = await load(extension, { services: { http, secrets: memorySecrets({ ANTHROPIC_API_KEY: "sk-ant-1" }) } });
    await expect((await claw.provider("anthropic")).stream(request, signal())[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: "MODEL_STREAM_INVALID",
      message: "anthropic answered with text/html instead of a stream",
      fix: expect.stringContaining("ANTHROPIC_BASE_URL"),
    });
  });
});
