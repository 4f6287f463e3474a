import { load, memorySecrets } from "@claw/testing";
import { describe, expect, test } from "vitest";
import { geminiFramesOf, geminiSentOf } from "@claw/testing/conformance";
import extension from "../src/index.ts";

const signal = (): AbortSignal => new AbortController().signal;
const request = { model: "gemini-3.8-flash", system: [], tools: [], messages: [{ role: "user", content: [{ type: "text", text: "hello" }] }] } as const;

describe("the extension", () => {
  test("provides Gemini with the key of the person", async () => {
    const sent: unknown[] = [];
    const http = {
      fetch: async (_url: unknown, init: RequestInit = {}) => {
        sent.push(geminiSentOf(JSON.parse(Buffer.from(init.body as Uint8Array).toString())));
        return new Response([...geminiFramesOf({ blocks: [{ type: "text", text: "hi" }] })].join(""), { headers: { "content-type": "text/event-stream" } });
      },
    };
    await using claw = await load(extension, { services: { http, secrets: memorySecrets({ GEMINI_API_KEY: "AIza-1" }) } });
    const provider = await claw.provider("gemini");
    const events = await Array.fromAsync(provider.stream(request, signal()));
    expect([sent, events]).toEqual([
      [{ system: "", tools: [], turns: [{ role: "user", blocks: [{ type: "text", text: "hello" }] }] }],
      [
        { type: "usage", usage: { inputTokens: 10, outputTokens: 0 } },
        { type: "text-delta", text: "hi" },
        { type: "usage", usage: { inputTokens: 10, outputTokens: 5 } },
        { type: "end", reason: "stop", requestId: "resp_scripted" },
      ],
    ]);
    expect((await provider.models(signal())).map(({ id }) => id)).toContain(request.model);
    expect([provider.unlisted?.("claude-opus-9"), provider.unlisted?.("gemini-9")?.id]).toEqual([undefined, "gemini-9"]);
  });

  test("opens nothing without a key", async () => {
    await using claw = await load(extension, {});
    const stream = (await claw.provider("gemini")).stream(request, signal());
    await expect(Array.fromAsync(stream)).rejects.toMatchObject({ code: "MODEL_NO_CREDENTIALS", retryable: false });
  });

  test("provides the models of Vertex AI, Claude among them", async () => {
    await using claw = await load(extension, { config: { baseUrl: "http://vertex.example" } });
    const provider = await claw.provider("vertex");
    expect((await provider.models(signal())).map(({ id }) => id)).toEqual(expect.arrayContaining(["gemini-3.8-flash", "claude-opus-5-5"]));
    expect(provider.unlisted?.("claude-opus-9")?.id).toBe("claude-opus-9");
    await expect(Array.fromAsync(provider.stream(request, signal()))).rejects.toMatchObject({ code: "E_CONFIG_SCHEMA" });
  });
});
