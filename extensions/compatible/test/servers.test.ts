import type { ModelInfo } from "@claw/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { freePort, startServer } from "./loopback.ts";
import { named } from "./setting.ts";

const signal = (): AbortSignal => new AbortController().signal;
const list = (...models: readonly object[]): object => ({ object: "list", data: models });

const shown: Readonly<Record<string, object>> = {
  "llama3.3:latest": { capabilities: ["completion", "tools"], model_info: { "general.architecture": "llama", "llama.context_length": 131072 } },
  "qwen3:8b": {
    capabilities: ["completion", "tools", "thinking"],
    model_info: { "qwen3.context_length": 40960 },
    parameters: 'stop "<|im_end|>"\nnum_ctx                        16384\n',
  },
  "gpt-oss:20b": {
    capabilities: ["completion", "tools", "thinking"],
    thinking: { values: ["low", "medium", "high"], default: "medium" },
    model_info: { "gptoss.context_length": 131072 },
  },
  "llava:7b": { capabilities: ["completion", "vision"], model_info: { "llama.context_length": 32768 } },
  "nomic-embed-text:latest": { capabilities: ["embedding"], model_info: {} },
  "old:latest": { model_info: null },
};
const ollama = {
  "GET /api/tags": { models: Object.keys(shown).map((name) => ({ name, model: name, size: 1 })) },
  "GET /api/ps": { models: [{ name: "llama3.3:latest", model: "llama3.3:latest", context_length: 8192 }] },
  "POST /api/show": ({ body }: { readonly body: unknown }) => shown[(body as { readonly model: string }).model],
  "GET /v1/models": list(...Object.keys(shown).map((id) => ({ id, object: "model", owned_by: "library" }))),
};
const ollamaSays = [
  { id: "llama3.3:latest", contextWindow: 8192, tools: true, images: false, reasoning: false },
  { id: "qwen3:8b", contextWindow: 16384, tools: true, images: false, reasoning: true },
  { id: "gpt-oss:20b", contextWindow: 131072, tools: true, images: false, reasoning: true, efforts: ["low", "medium", "high"] },
  { id: "llava:7b", contextWindow: 32768, tools: false, images: true, reasoning: false },
  { id: "old:latest" },
];
const props = { default_generation_settings: { n_ctx: 24576 }, modalities: { vision: true, audio: false }, chat_template_caps: { supports_tools: true } };
const llamacpp = { "GET /v1/models": list({ id: "gemma.gguf", owned_by: "llamacpp", meta: { n_ctx_train: 131072 } }), "GET /props": props };
const llamacppSays = [{ id: "gemma.gguf", contextWindow: 24576, images: true, tools: true }];
const lmstudio = {
  "GET /v1/models": list({ id: "qwen3-coder", owned_by: "organization_owner" }),
  "GET /api/v0/models": list(
    { id: "qwen3-coder", type: "llm", state: "loaded", max_context_length: 262144, loaded_context_length: 16384, capabilities: ["tool_use"] },
    { id: "qwen-vl", type: "vlm", state: "not-loaded", max_context_length: 32768 },
    { id: "embed", type: "embeddings", max_context_length: 2048 },
  ),
};
const lmstudioSays = [
  { id: "qwen3-coder", contextWindow: 16384, tools: true, images: false },
  { id: "qwen-vl", contextWindow: 32768, images: true },
];

describe("a server says what its models are", () => {
  test.each([
    ["Ollama", "ollama", "OLLAMA_HOST", ollama, ollamaSays],
    ["Ollama, behind something that only lists", "ollama", "OLLAMA_BASE_URL", { "GET /v1/models": list({ id: "m" }) }, [{ id: "m" }]],
    ["llama.cpp", "llamacpp", "LLAMACPP_BASE_URL", llamacpp, llamacppSays],
    [
      "llama.cpp, with several models",
      "llamacpp",
      "LLAMACPP_BASE_URL",
      { "GET /v1/models": list({ id: "a", meta: { n_ctx_train: 4096 } }, { id: "b" }), "GET /props": props },
      [{ id: "a", contextWindow: 4096 }, { id: "b" }],
    ],
    [
      "vLLM",
      "vllm",
      "VLLM_BASE_URL",
      { "GET /v1/models": list({ id: "Qwen/Qwen3-32B", object: "model", owned_by: "vllm", max_model_len: 40960, permission: [] }) },
      [{ id: "Qwen/Qwen3-32B", contextWindow: 40960 }],
    ],
    ["LM Studio", "lmstudio", "LMSTUDIO_BASE_URL", lmstudio, lmstudioSays],
    ["LM Studio, an earlier one", "lmstudio", "LMSTUDIO_BASE_URL", { "GET /v1/models": lmstudio["GET /v1/models"] }, [{ id: "qwen3-coder" }]],
  ])("%s", async (_what, name, variable, routes, expected) => {
    await using server = await startServer(routes);
    const provider = named(name, { environment: { [variable]: server.url } });
    expect(await provider.refresh?.(signal())).toEqual(expected);
  });

  test.each([
    ["an Ollama", ollama, ollamaSays],
    ["a llama.cpp", llamacpp, llamacppSays],
    ["an LM Studio", lmstudio, lmstudioSays],
  ])("also %s under a name of the person's own", async (_what, routes, expected) => {
    await using server = await startServer(routes);
    const provider = named("compatible", { endpoints: { mine: { url: `${server.url}/v1` } } });
    expect(await provider.refresh?.(signal())).toEqual(expected.map((model) => ({ ...model, id: `mine/${model.id}` })));
  });

  test.each([
    [
      "OpenRouter",
      {
        id: "org/model",
        context_length: 200000,
        architecture: { input_modalities: ["text", "image", "file"], output_modalities: ["text"] },
        pricing: { prompt: "0.000003", completion: "0.000015", input_cache_read: "0.0000003", input_cache_write: "0.00000375", request: "0" },
        top_provider: { context_length: 180000, max_completion_tokens: 64000 },
        supported_parameters: ["tools", "reasoning", "structured_outputs"],
        reasoning: { supported_efforts: ["low", "high", "odd"] },
      },
      {
        contextWindow: 180000,
        maxOutputTokens: 64000,
        tools: true,
        images: true,
        documents: true,
        reasoning: true,
        output: true,
        efforts: ["low", "high"],
        price: { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 },
      },
    ],
    [
      "OpenRouter, of what depends",
      { id: "org/model", pricing: { prompt: "-1", completion: "-1" }, supported_parameters: [] },
      { tools: false, reasoning: false, output: false },
    ],
    ["Groq", { id: "org/model", active: true, context_window: 131072, max_completion_tokens: 32768 }, { contextWindow: 131072, maxOutputTokens: 32768 }],
    [
      "Mistral",
      { id: "org/model", max_context_length: 262144, capabilities: { completion_chat: true, function_calling: true, vision: false } },
      { contextWindow: 262144, tools: true, images: false },
    ],
    [
      "Together",
      { id: "org/model", type: "chat", context_length: 131072, pricing: { input: 0.5, output: 1.5, hourly: 0 } },
      { contextWindow: 131072, price: { input: 0.5, output: 1.5 } },
    ],
    [
      "Fireworks",
      { id: "org/model", context_length: 131072, supports_chat: true, supports_image_input: true, supports_tools: true },
      { contextWindow: 131072, images: true, tools: true },
    ],
    [
      "Moonshot",
      { id: "org/model", context_length: 262144, supports_image_in: true, supports_reasoning: true },
      { contextWindow: 262144, images: true, reasoning: true },
    ],
  ])("in its list: %s", async (_what, model, expected) => {
    const silent = [
      { id: "e", type: "embedding" },
      { id: "i", architecture: { output_modalities: ["image"] } },
      { id: "o", capabilities: { completion_chat: false } },
      { id: "w", active: false },
    ];
    for (const answer of [list(model, ...silent), [model, ...silent]]) {
      await using server = await startServer({ "GET /v1/models": answer });
      const provider = named("openrouter", { environment: { OPENROUTER_BASE_URL: server.url }, secrets: { OPENROUTER_API_KEY: "k-000" } });
      expect(await provider.refresh?.(signal())).toEqual([{ id: "org/model", ...expected }]);
      expect(server.requests.map(({ headers }) => headers["authorization"])).toEqual(["Bearer k-000"]);
    }
  });

  test("as Anthropic's list has it", async () => {
    await using server = await startServer({
      "GET /v1/models?limit=1000": {
        data: [{ type: "model", id: "glm-6", display_name: "GLM 6", max_input_tokens: 400000, max_tokens: 128000 }],
        has_more: false,
      },
    });
    const provider = named("zai", { environment: { ZAI_BASE_URL: server.url }, secrets: { ZAI_API_KEY: "k-000" } });
    expect(await provider.refresh?.(signal())).toEqual([{ id: "glm-6", contextWindow: 400000, maxOutputTokens: 128000 }]);
    expect(server.requests.map(({ headers }) => [headers["x-api-key"], headers["anthropic-version"]])).toEqual([["k-000", "2023-06-01"]]);
  });

  test("and is believed afterwards, but not before the person", async () => {
    await using server = await startServer(ollama);
    const about = { id: "qwen3:8b", contextWindow: 20_000 };
    const provider = named("ollama", { environment: { OLLAMA_HOST: server.url.slice("http://".length) }, endpoints: { ollama: { models: [about] } } });
    expect(await provider.models(signal())).toMatchObject([{ id: "qwen3:8b", contextWindow: 20_000, reasoning: false }]);
    expect(provider.unlisted?.("llava:7b")).toMatchObject({ contextWindow: 32_768, tools: true, images: false });
    expect(server.requests).toEqual([]);
    await provider.refresh?.(signal());
    expect(await provider.models(signal())).toMatchObject([{ id: "qwen3:8b", contextWindow: 20_000, reasoning: true }]);
    expect(provider.unlisted?.("llava:7b")).toMatchObject({ tools: false, images: true });
  });

  test("and one that is silent does not silence the others", async () => {
    await using server = await startServer({ "GET /v1/models": list({ id: "m" }) });
    const warnings: string[] = [];
    const gone = `http://127.0.0.1:${await freePort()}`;
    const endpoints = { up: { url: server.url }, gone: { url: gone } };
    expect(await named("compatible", { endpoints, warn: (message) => warnings.push(message) }).refresh?.(signal())).toEqual([{ id: "up/m" }]);
    expect(warnings).toEqual([`compatible: nothing answers at ${gone}`]);
    await expect(named("compatible", { endpoints: { gone: endpoints.gone } }).refresh?.(signal())).rejects.toMatchObject({ code: "NETWORK_FAILED" });
    expect(await named("compatible", {}).refresh?.(signal())).toEqual([]);
  });

  test("and what makes no sense is said", async () => {
    await using page = await startServer({ "GET /v1/models": "<html>" });
    expect(await named("vllm", { environment: { VLLM_BASE_URL: page.url } }).refresh?.(signal())).toEqual([]);
    await using nothing = await startServer({});
    await expect(named("vllm", { environment: { VLLM_BASE_URL: nothing.url } }).refresh?.(signal())).rejects.toMatchObject({
      code: "MODEL_REFUSED",
      fix: expect.stringContaining("VLLM_BASE_URL"),
    });
  });
});

test("whatever a list holds, what comes of it is what is known of a model", async () => {
  const names = [
    "id",
    "context_length",
    "max_model_len",
    "capabilities",
    "pricing",
    "prompt",
    "input",
    "top_provider",
    "architecture",
    "supported_parameters",
    "type",
    "owned_by",
    "meta",
    "data",
  ];
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 3 },
      fc.string(),
      fc.integer(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie("any"), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...names), tie("any"), { maxKeys: 5 }),
    ),
  })).any;
  let answer: unknown;
  const http = { fetch: async () => new Response(JSON.stringify(answer)) };
  const provider = named("compatible", { http, endpoints: { gw: { url: "https://gw.example" } } });
  const isCount = (count: unknown): boolean => count === undefined || (Number.isSafeInteger(count) && (count as number) > 0);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(value, fc.record({ id: fc.string({ minLength: 1 }), context_length: value, pricing: value })), { maxLength: 5 }),
      async (data) => {
        answer = { data };
        for (const model of (await provider.refresh?.(signal())) ?? []) {
          const { id, contextWindow, maxOutputTokens, tools, price } = model as Partial<ModelInfo>;
          expect([typeof id, isCount(contextWindow), isCount(maxOutputTokens), typeof tools === "boolean" || tools === undefined]).toEqual([
            "string",
            true,
            true,
            true,
          ]);
          if (price !== undefined) expect(price.input >= 0 && price.output >= 0).toBe(true);
        }
      },
    ),
    { numRuns: 200 },
  );
});
