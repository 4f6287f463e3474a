import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ModelProvider } from "@claw/kernel";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { refreshedOf } from "../src/model-list.ts";
import { createProvider } from "../src/provider.ts";

const never = (): AbortSignal => new AbortController().signal;
const yes = { supported: true };
const no = { supported: false };
const ways = { adaptive: no, between_tools: no, disabled: yes, enabled: no };

/** A model as the API lists it. */
const listed = (id: string, capabilities: unknown = null): object => ({
  type: "model",
  id,
  display_name: "Claude",
  created_at: "2026-09-01T00:00:00Z",
  lifecycle: "active",
  line: null,
  deprecated_at: null,
  retires_at: null,
  max_input_tokens: 1_000_000,
  max_tokens: 128_000,
  capabilities,
});

const adaptive = {
  batch: yes,
  citations: yes,
  image_input: yes,
  pdf_input: no,
  structured_outputs: yes,
  thinking: { supported: true, types: { ...ways, adaptive: yes } },
  effort: { supported: true, low: yes, medium: yes, high: yes, xhigh: null, max: yes },
};

describe("what the API says of a model", () => {
  test("is what it can, and how it thinks", () => {
    expect(refreshedOf(listed("claude-a", adaptive))).toEqual([
      {
        id: "claude-a",
        contextWindow: 1_000_000,
        maxOutputTokens: 128_000,
        images: true,
        documents: false,
        output: true,
        reasoning: true,
        thinking: "adaptive",
        efforts: ["low", "medium", "high", "max"],
      },
    ]);
  });

  test("is that it thinks by a number of tokens, whose levels are ours", () => {
    const thinking = { supported: true, types: { ...ways, enabled: yes } };
    expect(refreshedOf(listed("claude-b", { thinking, effort: { ...adaptive.effort, supported: false } }))).toEqual([
      { id: "claude-b", contextWindow: 1_000_000, maxOutputTokens: 128_000, reasoning: true, thinking: "budget", efforts: ["low", "medium", "high"] },
    ]);
  });

  test("is that it does not think at all", () => {
    const effort = { supported: false, low: no, medium: no, high: no, xhigh: no, max: no };
    expect(refreshedOf(listed("claude-c", { thinking: { supported: false, types: ways }, effort }))).toEqual([
      { id: "claude-c", contextWindow: 1_000_000, maxOutputTokens: 128_000, reasoning: false, efforts: [] },
    ]);
  });

  test("is nothing where it says nothing, and nobody without a name", () => {
    expect(
      [{ id: "claude-d" }, { ...listed("claude-e"), max_input_tokens: null, max_tokens: -1 }, { id: "" }, { id: 7 }, null, "x", []].flatMap(refreshedOf),
    ).toEqual([{ id: "claude-d" }, { id: "claude-e" }]);
  });

  test("is never more than is known, whatever it is", () => {
    const known = ["id", "contextWindow", "maxOutputTokens", "images", "documents", "output", "reasoning", "thinking", "efforts"];
    const anything = fc.anything({
      maxDepth: 3,
      key: fc.constantFrom(...Object.keys(adaptive), "id", "capabilities", "supported", "types", "max_tokens", "__proto__"),
    });
    fc.assert(
      fc.property(anything, (value) => {
        for (const model of refreshedOf(value)) expect(Object.keys(model).filter((name) => !known.includes(name))).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("the list of models", () => {
  const open = new Set<AsyncDisposable>();
  afterEach(async () => {
    for (const one of open) await one[Symbol.asyncDispose]();
    open.clear();
  });

  interface Seen {
    readonly url: string;
    readonly headers: Readonly<Record<string, unknown>>;
  }

  /** A provider whose API answers with these pages. */
  async function providerOver(
    answer: (response: ServerResponse, url: URL, index: number) => void,
    idleTimeoutMs = 10_000,
  ): Promise<{ provider: ModelProvider; seen: Seen[] }> {
    const seen: Seen[] = [];
    const server = createServer((request, response) => {
      seen.push({ url: `${request.method} ${request.url}`, headers: request.headers });
      answer(response, new URL(request.url ?? "", "http://x"), seen.length - 1);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    open.add({
      [Symbol.asyncDispose]: () =>
        new Promise<void>((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        }),
    });
    const provider = createProvider({
      http: { fetch },
      secrets: { get: async (name) => (name === "ANTHROPIC_API_KEY" ? "sk-ant-secret" : undefined) },
      host: { version: "1.0.0", now: () => new Date(), environment: {} },
      config: { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, idleTimeoutMs, headers: { "X-Team": "a" }, cacheTtl: "5m" },
    });
    return { provider, seen };
  }

  const refresh = (provider: ModelProvider, signal = never()): Promise<unknown> => provider.refresh?.(signal) ?? Promise.reject(new Error("no refresh"));
  const json = (response: ServerResponse, value: unknown, status = 200): void =>
    void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));

  test("is asked for page by page, with the key and the person's headers", async () => {
    const { provider, seen } = await providerOver((response, url) => {
      const after = Number(url.searchParams.get("after_id")?.slice(1) ?? 0);
      json(response, { data: [listed(`m${after + 1}`), listed("again")], has_more: after < 2, first_id: null, last_id: `m${after + 1}` });
    });
    expect(await refresh(provider)).toEqual(["m1", "again", "m2", "m3"].map((id) => ({ id, contextWindow: 1_000_000, maxOutputTokens: 128_000 })));
    expect(seen.map(({ url, headers }) => [url, headers["authorization"], headers["x-api-key"], headers["x-team"]])).toEqual(
      ["", "&after_id=m1", "&after_id=m2"].map((more) => [`GET /v1/models?limit=1000${more}`, "Bearer sk-ant-secret", "sk-ant-secret", "a"]),
    );
  });

  test("is refused as a request is", async () => {
    const { provider } = await providerOver((response) =>
      json(response, { type: "error", error: { type: "authentication_error", message: "bad sk-ant-secret" } }, 401),
    );
    await expect(refresh(provider)).rejects.toMatchObject({
      code: "MODEL_AUTH",
      message: "anthropic refused the key (401 authentication_error): bad [redacted]",
      fix: expect.stringContaining("check ANTHROPIC_API_KEY"),
    });
  });

  test("may not be there, and redirects are not followed", async () => {
    const { provider } = await providerOver((response) => void response.writeHead(404).end("<html>"));
    await expect(refresh(provider)).rejects.toMatchObject({
      code: "MODEL_REFUSED",
      message: "anthropic lists no models at its address (404)",
      retryable: false,
    });
    const { provider: moved, seen } = await providerOver((response) => void response.writeHead(302, { location: "/elsewhere" }).end());
    await expect(refresh(moved)).rejects.toMatchObject({ code: "MODEL_REFUSED" });
    expect(seen.length).toBe(1);
  });

  test.each<[string, (response: ServerResponse) => void]>([
    ["a page", (response) => void response.end("<html>Log in</html>")],
    ["no list", (response) => json(response, { data: {} })],
    ["a list that goes round in circles", (response) => json(response, { data: [], has_more: true, last_id: "same" })],
    ["a list that does not say where it goes on", (response) => json(response, { data: [], has_more: true, last_id: null })],
    ["a list that never ends", (response) => json(response, { data: [], has_more: true, last_id: String(Math.random()) })],
  ])("is no list when it is %s", async (_name, answer) => {
    const { provider } = await providerOver(answer);
    await expect(refresh(provider)).rejects.toMatchObject({
      code: "MODEL_STREAM_INVALID",
      message: "anthropic answered with something that is no list of models",
    });
  });

  test("is given up when nothing comes, and at once when the person gives up", async () => {
    const { provider } = await providerOver((response) => void response.write('{"data":['), 50);
    await expect(refresh(provider)).rejects.toMatchObject({ code: "MODEL_IDLE", retryable: true });
    const { provider: patient } = await providerOver(() => undefined);
    await expect(refresh(patient, AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
  });
});

describe("the status", () => {
  const statusOf = (config: object, secrets: Readonly<Record<string, string>>, environment: Readonly<Record<string, string>> = {}) =>
    createProvider({
      http: { fetch: () => Promise.reject(new Error("no request is made")) },
      secrets: { get: async (name) => secrets[name] },
      host: { version: "1.0.0", now: () => new Date(), environment },
      config: { baseUrl: "https://api.anthropic.com", idleTimeoutMs: 1000, headers: {}, cacheTtl: "5m", ...config },
    }).status?.(never());

  test("says where requests would go and with which credential, and no secret", async () => {
    expect(await statusOf({}, { ANTHROPIC_API_KEY: "sk-ant-1" })).toEqual({ ready: true, host: "api.anthropic.com", credential: "ANTHROPIC_API_KEY" });
    expect(await statusOf({ baseUrl: "http://127.0.0.1:1" }, { ANTHROPIC_AUTH_TOKEN: "t" })).toEqual({
      ready: true,
      host: "127.0.0.1:1",
      credential: "ANTHROPIC_AUTH_TOKEN",
    });
  });

  test("says what is missing or wrong, and what to do", async () => {
    expect(await statusOf({}, {}, { AWS_PROFILE: "dev" })).toEqual({
      ready: false,
      host: "api.anthropic.com",
      problem: "there is no key for anthropic",
      fix: expect.stringMatching(/^export ANTHROPIC_API_KEY=.*; AWS_PROFILE is set: is it bedrock\/… that you want\?$/),
    });
    expect(await statusOf({ baseUrl: "http://api.example" }, { ANTHROPIC_API_KEY: "k" })).toEqual({
      ready: false,
      problem: expect.stringContaining("the key would cross the network unencrypted"),
      fix: expect.stringContaining("ANTHROPIC_BASE_URL"),
    });
    expect(await statusOf({ customHeaders: "secret" }, { ANTHROPIC_API_KEY: "k" })).toEqual({
      ready: false,
      host: "api.anthropic.com",
      problem: "claw/anthropic: customHeaders: line 1 is no header",
      fix: expect.stringContaining("Name: Value"),
    });
    expect(await statusOf({}, { ANTHROPIC_API_KEY: "a\nb" })).toMatchObject({ ready: false, problem: "ANTHROPIC_API_KEY holds characters that no key has" });
  });
});
