import { AnthropicFoundry } from "@anthropic-ai/foundry-sdk";
import { AzureOpenAI, OpenAI } from "openai";
import { describe, expect, test, vi } from "vitest";
import type { Credential } from "../src/credential.ts";
import { infoOf } from "../src/models.ts";
import { post } from "../src/post.ts";
import { type Route, routeOf } from "../src/route.ts";

const key = "0123456789abcdef";
const endpoint = "https://name.services.ai.azure.com";
const signal = new AbortController().signal;
const body = Buffer.from("{}");

interface Sent {
  readonly url: string;
  readonly method: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** What of a request says where it goes, who asks and in which API's words. */
const telling = ["accept", "anthropic-version", "api-key", "authorization", "content-type", "x-api-key"];

/** Keeps what is sent, and opens nothing. */
function recorder(): { readonly sent: Sent[]; readonly fetch: typeof globalThis.fetch } {
  const sent: Sent[] = [];
  return {
    sent,
    fetch: async (url, init = {}) => {
      const headers = Object.fromEntries([...new Headers(init.headers)].filter(([name]) => telling.includes(name)));
      sent.push({ url: String(url instanceof Request ? url.url : url), method: init.method?.toUpperCase(), headers });
      return new Response("data: [DONE]\n\n", { headers: { "content-type": "text/event-stream" } });
    },
  };
}

const byKey = (wire: Route["wire"]): Credential => ({
  type: "key",
  name: "AZURE_OPENAI_API_KEY",
  value: key,
  header: { [wire === "messages" ? "x-api-key" : "api-key"]: key },
});
const byToken: Credential = { type: "token", value: "tok", header: { authorization: "Bearer tok" } };

const routeTo = (model: string, more: { readonly wire?: "chat" | "responses"; readonly apiVersion?: string } = {}): Route =>
  routeOf(model, infoOf(model, {}), { endpoint, wire: "auto", ...more });

async function ours(route: Route, credential: Credential, headers: Readonly<Record<string, string>> = {}): Promise<Sent | undefined> {
  const { sent, fetch } = recorder();
  await post({ route, credential, headers, userAgent: "claw/1.0.0", body, signal }, { fetch });
  return sent[0];
}

async function theirs(ask: (fetch: typeof globalThis.fetch) => Promise<unknown>): Promise<Sent | undefined> {
  const { sent, fetch } = recorder();
  await ask(fetch);
  return sent[0];
}

const messages = [{ role: "user", content: "hello" }] as const;
const azureADTokenProvider = async (): Promise<string> => "tok";
const apiVersion = "2025-04-01-preview";

describe("a request is the one that the vendor's SDK makes", () => {
  test("for chat completions by deployment, with a key and with a token", async () => {
    for (const [auth, credential] of [
      [{ apiKey: key }, byKey("chat")],
      [{ azureADTokenProvider }, byToken],
    ] as const) {
      const sdk = await theirs((fetch) =>
        new AzureOpenAI({ endpoint, apiVersion, fetch, ...auth }).chat.completions.create({ model: "gpt-4.1", messages: [...messages], stream: true }),
      );
      expect(await ours(routeTo("gpt-4.1", { apiVersion }), credential)).toEqual(sdk);
    }
  });

  test("for the Responses API with a version", async () => {
    const sdk = await theirs((fetch) =>
      new AzureOpenAI({ endpoint, apiVersion, apiKey: key, fetch }).responses.create({ model: "gpt-5.5", input: "hello", stream: true }),
    );
    expect(await ours(routeTo("gpt-5.5", { apiVersion }), byKey("responses"))).toEqual(sdk);
  });

  test("for the v1 API with a token", async () => {
    const chat = await theirs((fetch) =>
      new OpenAI({ baseURL: `${endpoint}/openai/v1/`, apiKey: azureADTokenProvider, fetch }).chat.completions.create({
        model: "gpt-4.1",
        messages: [...messages],
        stream: true,
      }),
    );
    const responses = await theirs((fetch) =>
      new OpenAI({ baseURL: `${endpoint}/openai/v1/`, apiKey: azureADTokenProvider, fetch }).responses.create({
        model: "gpt-5.5",
        input: "hello",
        stream: true,
      }),
    );
    expect([await ours(routeTo("gpt-4.1"), byToken), await ours(routeTo("gpt-5.5"), byToken)]).toEqual([chat, responses]);
  });

  test("for Claude, with a key and with a token", async () => {
    for (const [auth, credential] of [
      [{ apiKey: key }, byKey("messages")],
      [{ azureADTokenProvider }, byToken],
    ] as const) {
      const sdk = await theirs((fetch) =>
        new AnthropicFoundry({ resource: "name", fetch, ...auth }).messages.create({
          model: "claude-opus-5-5",
          max_tokens: 10,
          messages: [...messages],
          stream: true,
        }),
      );
      expect(await ours(routeTo("claude-opus-5-5"), credential)).toEqual(sdk);
    }
  });
});

describe("a request", () => {
  test("carries a key to the v1 API as Azure wants it, and goes no further", async () => {
    const sent: RequestInit[] = [];
    const http = {
      fetch: async (_url: unknown, init: RequestInit = {}) => {
        sent.push(init);
        return new Response("");
      },
    };
    await post({ route: routeTo("gpt-5.5"), credential: byKey("responses"), headers: {}, userAgent: "claw/1.0.0", body, signal }, http);
    expect(sent).toEqual([
      {
        method: "POST",
        body,
        signal,
        redirect: "manual",
        headers: { "user-agent": "claw/1.0.0", accept: "application/json", "content-type": "application/json", "api-key": key },
      },
    ]);
  });

  test("carries the headers of the config, which win", async () => {
    const sent = await ours(routeTo("gpt-5.5"), byKey("responses"), { "API-Key": "other", "X-Team": "a" });
    expect(sent?.headers["api-key"]).toBe("other");
  });

  test("is not changed by the environment", async () => {
    const before = await ours(routeTo("claude-opus-5-5"), byKey("messages"));
    for (const name of ["AZURE_OPENAI_ENDPOINT", "OPENAI_BASE_URL", "ANTHROPIC_FOUNDRY_BASE_URL", "ANTHROPIC_BASE_URL"])
      vi.stubEnv(name, "https://evil.example");
    expect(await ours(routeTo("claude-opus-5-5"), byKey("messages"))).toEqual(before);
    vi.unstubAllEnvs();
  });
});
