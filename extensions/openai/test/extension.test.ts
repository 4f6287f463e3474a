import { readFileSync } from "node:fs";
import { ClawError, type ModelEvent, type ModelProvider, type ModelRequest } from "@claw/kernel";
import { load, memorySecrets } from "@claw/testing";
import type { Reply } from "@claw/testing/conformance";
import { describe, expect, test } from "vitest";
import { chatFramesOf } from "@claw/testing/conformance";
import { responsesFramesOf } from "@claw/testing/conformance";
import extension from "../src/index.ts";

const signal = (): AbortSignal => new AbortController().signal;
const key = "sk-proj-of-mine-0123456789abcdef";
const secrets = memorySecrets({ OPENAI_API_KEY: key });
const request: ModelRequest = { model: "gpt-6.1-sol", system: [], tools: [], messages: [{ role: "user", content: [{ type: "text", text: "hello" }] }] };
const failing = async (provider: ModelProvider, asked = request): Promise<unknown> => {
  try {
    for await (const event of provider.stream(asked, signal())) expect(event).toBeDefined();
    return undefined;
  } catch (error) {
    return error;
  }
};

/** A network of one server, and what was sent into it. */
function network(answer: () => Response) {
  const sent: { readonly url: string; readonly headers: Headers; readonly body: string }[] = [];
  const fetch = async (url: unknown, init: RequestInit = {}): Promise<Response> => {
    sent.push({ url: String(url), headers: new Headers(init.headers), body: init.body === undefined ? "" : Buffer.from(init.body as Uint8Array).toString() });
    return answer();
  };
  return { sent, http: { fetch } };
}

const stream = (frames: Iterable<string>): Response =>
  new Response([...frames].join(""), { headers: { "content-type": "text/event-stream", "x-request-id": "req_1" } });
const hi: Reply = { blocks: [{ type: "text", text: "hi" }] };

describe("the extension", () => {
  test("provides GPT with the key of the person, over Responses or chat completions as suits the model", async () => {
    for (const [model, path, frames] of [
      ["gpt-6.1-sol", "/responses", responsesFramesOf(hi)],
      ["gpt-4.1", "/chat/completions", chatFramesOf(hi)],
    ] as const) {
      const { sent, http } = network(() => stream(frames));
      await using claw = await load(extension, { services: { http, secrets } });
      const provider = await claw.provider("openai");
      const events: ModelEvent[] = [];
      for await (const event of provider.stream({ ...request, model }, signal())) events.push(event);
      expect([sent.map(({ url, headers }) => [url, headers.get("authorization"), headers.get("user-agent")?.startsWith("claw/")]), events]).toEqual([
        [[`https://api.openai.com/v1${path}`, `Bearer ${key}`, true]],
        [
          { type: "text-delta", text: "hi" },
          { type: "usage", usage: expect.objectContaining({ inputTokens: 10, outputTokens: 5, cacheReadTokens: 0, reasoningTokens: 0 }) },
          { type: "end", reason: "stop", requestId: "req_1" },
        ],
      ]);
      expect((await provider.models(signal())).map(({ id }) => id)).toContain(model);
      expect(provider.unlisted?.("claude-9")).toBeUndefined();
    }
  });

  test("asks the vendor which models there are", async () => {
    const { sent, http } = network(() => Response.json({ data: [{ id: "gpt-9" }, { id: "whisper-1" }] }));
    await using claw = await load(extension, { config: { organization: "org-1" }, services: { http, secrets } });
    expect(await (await claw.provider("openai")).refresh?.(signal())).toEqual([{ id: "gpt-9" }]);
    expect(sent.map(({ url, headers, body }) => [url, headers.get("openai-organization"), body])).toEqual([["https://api.openai.com/v1/models", "org-1", ""]]);
  });

  test("says whether it is ready, without a request and without the key", async () => {
    const { sent, http } = network(() => new Response());
    const statusWith = async (options: object): Promise<unknown> => {
      await using claw = await load(extension, options);
      return (await claw.provider("openai")).status?.(signal());
    };
    expect([
      await statusWith({ services: { http, secrets } }),
      await statusWith({ config: { baseUrl: "https://gateway.example/v1" }, services: { http } }),
      await statusWith({ config: { baseUrl: "http://gateway.example" }, services: { http, secrets } }),
      await statusWith({ services: { http, secrets: memorySecrets({ OPENAI_API_KEY: "no key" }) } }),
      sent,
    ]).toEqual([
      { ready: true, host: "api.openai.com", credential: "OPENAI_API_KEY" },
      { ready: false, host: "gateway.example", problem: "there is no key for openai", fix: expect.stringContaining("OPENAI_API_KEY") },
      { ready: false, problem: expect.stringContaining("unencrypted"), fix: expect.stringContaining("OPENAI_BASE_URL") },
      { ready: false, problem: "OPENAI_API_KEY holds characters that no key has", fix: expect.any(String) },
      [],
    ]);
  });

  test("opens nothing without a key", async () => {
    const { sent, http } = network(() => new Response());
    await using claw = await load(extension, { services: { http } });
    expect([await failing(await claw.provider("openai")), sent]).toEqual([expect.objectContaining({ code: "MODEL_NO_CREDENTIALS", retryable: false }), []]);
  });

  test("sends nothing that is known to be refused", async () => {
    const { sent, http } = network(() => new Response());
    await using claw = await load(extension, { services: { http, secrets } });
    const provider = await claw.provider("openai");
    expect([
      await failing(provider, { ...request, effort: "none" }),
      await failing(provider, { ...request, stop: ["END"] }),
      await failing(provider, { ...request, sampling: { temperature: 0 } }),
      sent,
    ]).toEqual([
      expect.objectContaining({ code: "MODEL_REFUSED", message: 'gpt-6.1-sol has the efforts low, medium, high, xhigh, max, not "none"' }),
      expect.objectContaining({ code: "MODEL_REFUSED", message: "gpt-6.1-sol has no stop texts" }),
      expect.objectContaining({ code: "MODEL_REFUSED", message: "gpt-6.1-sol accepts no sampling parameters, not temperature" }),
      [],
    ]);
  });

  test("hands on that there is no network", async () => {
    await using claw = await load(extension, { services: { secrets } });
    const failure = await failing(await claw.provider("openai"));
    expect(ClawError.is(failure, "NETWORK_FAILED") && [failure.message, failure.retryable]).toEqual(["no connection to api.openai.com", true]);
  });

  test("refuses an address that would show the key to the network, before anything is sent", async () => {
    const { sent, http } = network(() => new Response());
    await using claw = await load(extension, { config: { baseUrl: "http://api.example" }, services: { http, secrets } });
    expect([await failing(await claw.provider("openai")), sent]).toEqual([expect.objectContaining({ code: "E_CONFIG_SCHEMA" }), []]);
  });

  test("says that a page is no stream", async () => {
    const { http } = network(() => new Response("<html>Log in</html>", { headers: { "content-type": "text/html; charset=utf-8" } }));
    await using claw = await load(extension, { services: { http, secrets } });
    expect(await failing(await claw.provider("openai"))).toMatchObject({
      code: "MODEL_STREAM_INVALID",
      message: "openai answered with text/html instead of a stream",
      fix: expect.stringContaining("OPENAI_BASE_URL"),
    });
  });

  test("says what to do when an organization is shown no summaries", async () => {
    const message = "Your organization must be verified to generate reasoning summaries. Please go to: https://platform.openai.com";
    const { http } = network(() => Response.json({ error: { message, type: "invalid_request_error", code: "unsupported_value" } }, { status: 400 }));
    await using claw = await load(extension, { services: { http, secrets } });
    expect(await failing(await claw.provider("openai"))).toMatchObject({
      code: "MODEL_REFUSED",
      fix: expect.stringContaining("summaries to false"),
      data: { status: 400 },
    });
  });

  test("says what to do when the credit is used up, which no wait helps against", async () => {
    const error = { message: "You exceeded your current quota", type: "insufficient_quota", code: "insufficient_quota" };
    const { http } = network(() => Response.json({ error }, { status: 429 }));
    await using claw = await load(extension, { services: { http, secrets } });
    expect(await failing(await claw.provider("openai"))).toMatchObject({
      code: "MODEL_RATE_LIMITED",
      fix: expect.stringContaining("add credit"),
      retryable: false,
    });
  });

  test("repeats no key, whatever the server says", async () => {
    const { http } = network(() => Response.json({ error: { message: `the key ${key} is wrong`, code: "invalid_api_key", param: key } }, { status: 401 }));
    await using claw = await load(extension, { services: { http, secrets } });
    const failure = await failing(await claw.provider("openai"));
    expect([ClawError.is(failure, "MODEL_AUTH"), JSON.stringify([String(failure), failure]).includes(key)]).toEqual([true, false]);
  });
});

test("the manifest gives the key to one extension, and the network that the person named to it", () => {
  const manifest = JSON.parse(readFileSync(new URL("../extension.json", import.meta.url), "utf8")) as Readonly<Record<string, unknown>>;
  expect([manifest["permissions"], manifest["uses"]]).toEqual([{ net: ["config:baseUrl"], secrets: ["OPENAI_API_KEY"] }, ["http", "secrets", "host"]]);
});
