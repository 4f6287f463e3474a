import { ClawError } from "@claw/kernel";
import { startChatServer } from "@claw/testing/conformance";
import { describe, expect, test } from "vitest";
import { nearest } from "../src/failures.ts";
import { freePort, startServer } from "./loopback.ts";
import { named } from "./setting.ts";

const request = { model: "llama9", system: [], tools: [], messages: [{ role: "user", content: [{ type: "text", text: "hello" }] }] } as const;
const first = (events: AsyncIterable<unknown>): Promise<unknown> => events[Symbol.asyncIterator]().next();
const signal = (): AbortSignal => new AbortController().signal;

describe("a server that is not running", () => {
  test.each([
    ["ollama", "OLLAMA_HOST", "start it with `ollama serve`"],
    ["llamacpp", "LLAMACPP_BASE_URL", "start it with `llama-server -m model.gguf --jinja`"],
    ["lmstudio", "LMSTUDIO_BASE_URL", "start it with `lms server start`"],
  ])("is said to be so, with what starts it: %s", async (name, variable, fix) => {
    const port = await freePort();
    const provider = named(name, { environment: { [variable]: `127.0.0.1:${port}` } });
    const expected = {
      code: "NETWORK_FAILED",
      message: `nothing answers at http://127.0.0.1:${port}`,
      fix,
      retryable: true,
      data: { host: `127.0.0.1:${port}` },
    };
    await expect(first(provider.stream(request, signal()))).rejects.toMatchObject(expected);
    await expect(provider.refresh?.(signal())).rejects.toMatchObject(expected);
  });

  test("is known by what the service http says, too", async () => {
    const refused = new ClawError(
      "NETWORK_FAILED",
      "127.0.0.1:11434 refused the connection",
      { host: "127.0.0.1:11434" },
      { cause: Object.assign(new Error("connect"), { code: "ECONNREFUSED" }), retryable: true },
    );
    const provider = named("ollama", { http: { fetch: () => Promise.reject(refused) } });
    await expect(first(provider.stream(request, signal()))).rejects.toMatchObject({
      message: "nothing answers at http://127.0.0.1:11434",
      fix: "start it with `ollama serve`",
    });
  });

  test("of the person's own is named as they named it; another failure, or another's, is left as it is", async () => {
    const port = await freePort();
    const provider = named("compatible", { endpoints: { gpu: { url: `http://127.0.0.1:${port}` } } });
    await expect(first(provider.stream({ ...request, model: "gpu/m" }, signal()))).rejects.toMatchObject({ fix: "start the server of endpoints.gpu" });
    const offline = new ClawError("NETWORK_OFFLINE", "claw is offline", { host: "a" });
    await expect(first(named("ollama", { http: { fetch: () => Promise.reject(offline) } }).stream(request, signal()))).rejects.toBe(offline);
    const far = new ClawError("NETWORK_FAILED", "api.x.ai refused the connection", { host: "api.x.ai" }, { cause: { code: "ECONNREFUSED" } });
    await expect(first(named("xai", { secrets: { XAI_API_KEY: "k-000" }, http: { fetch: () => Promise.reject(far) } }).stream(request, signal()))).rejects.toBe(
      far,
    );
  });
});

describe("a model that is not there", () => {
  const missing = (message: string): object => ({
    status: 404,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ error: { message, type: "not_found_error", param: null, code: null } }),
  });

  test("is to be pulled, at Ollama, or is one of those that are", async () => {
    await using server = await startChatServer((asked) => {
      if (asked.path === "/api/tags") return { status: 200, body: JSON.stringify({ models: [{ name: "llama3.3:latest" }, { name: "llama9:70b" }] }) };
      if (asked.path === "/api/show") return { status: 200, body: '{"capabilities":["completion"]}' };
      return asked.path === "/v1/chat/completions" ? (missing("model 'llama9' not found") as { status: number }) : { status: 404 };
    });
    await expect(first(named("ollama", { environment: { OLLAMA_HOST: server.url } }).stream(request, signal()))).rejects.toMatchObject({
      code: "MODEL_UNKNOWN",
      message: "ollama has no model llama9: model 'llama9' not found; did you mean ollama/llama9:70b?",
      data: { model: "llama9", suggestions: ["ollama/llama9:70b"] },
      fix: "ollama pull llama9",
      retryable: false,
    });
  });

  test("is suggested by what the person named, elsewhere", async () => {
    await using server = await startServer({});
    const provider = named("compatible", { endpoints: { gw: { url: server.url, models: [{ id: "llama-9" }, { id: "other" }] } } });
    const wrong = first(provider.stream({ ...request, model: "gw/llama9" }, signal()));
    await expect(wrong).rejects.toMatchObject({ code: "MODEL_REFUSED", fix: expect.stringContaining("endpoints.gw.url") });
    await using other = await startChatServer(() => missing("The model `llama9` does not exist.") as { status: number });
    const named2 = named("compatible", { endpoints: { gw: { url: other.url, models: [{ id: "llama-9" }, { id: "other" }] } } });
    await expect(first(named2.stream({ ...request, model: "gw/llama9" }, signal()))).rejects.toMatchObject({
      code: "MODEL_UNKNOWN",
      data: { suggestions: ["compatible/gw/llama-9"] },
      fix: "--model compatible/gw/llama-9",
    });
  });

  test("and an endpoint that is not there says which are", () => {
    const provider = named("compatible", { endpoints: { gateway: { url: "https://gw.example" } } });
    for (const [model, suggestions] of [
      ["gatewy/m", ["compatible/gateway/m"]],
      ["other/m", []],
      ["gateway", ["compatible/gateway/"]],
    ] as const)
      expect(() => provider.stream({ ...request, model }, signal())).toThrow(
        expect.objectContaining({ code: "MODEL_UNKNOWN", data: { provider: "compatible", model, suggestions } }),
      );
    expect([provider.unlisted?.("other/m"), provider.unlisted?.("gateway"), provider.unlisted?.("gateway/"), provider.unlisted?.("gateway/a/b")?.id]).toEqual([
      undefined,
      undefined,
      undefined,
      "gateway/a/b",
    ]);
  });

  test("is near to what is nearly called the same", () => {
    expect(nearest("llama3.3", ["llama3.3:latest", "llama3.2:1b", "qwen3:8b"])).toEqual(["llama3.3:latest", "llama3.2:1b"]);
    expect(nearest("x".repeat(10_000), ["y".repeat(10_000)])).toEqual([]);
  });
});

test("a key that a server wants is asked for by the endpoint's name", async () => {
  await using server = await startChatServer(() => ({ status: 401, body: { kind: "auth" } }));
  const provider = named("vllm", { environment: { VLLM_BASE_URL: server.url } });
  await expect(first(provider.stream(request, signal()))).rejects.toMatchObject({ code: "MODEL_AUTH", fix: expect.stringContaining("endpoints.vllm.key") });
});
