import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { endpointNamed } from "../src/endpoints.ts";
import { modelsOf } from "../src/model-info.ts";
import { presets } from "../src/presets.ts";
import { named } from "./setting.ts";

const manifest = JSON.parse(readFileSync(new URL("../extension.json", import.meta.url), "utf8")) as {
  readonly provides: { readonly provider: Readonly<Record<string, { readonly models: readonly string[] }>> };
  readonly permissions: { readonly net: readonly string[]; readonly secrets: readonly string[]; readonly env: readonly string[] };
};

const table = [
  ["ollama", "http://127.0.0.1:11434/v1", undefined, "OLLAMA_BASE_URL", "/chat/completions"],
  ["llamacpp", "http://127.0.0.1:8080/v1", undefined, "LLAMACPP_BASE_URL", "/chat/completions"],
  ["vllm", "http://127.0.0.1:8000/v1", undefined, "VLLM_BASE_URL", "/chat/completions"],
  ["lmstudio", "http://127.0.0.1:1234/v1", undefined, "LMSTUDIO_BASE_URL", "/chat/completions"],
  ["xai", "https://api.x.ai/v1", "XAI_API_KEY", "XAI_BASE_URL", "/chat/completions"],
  ["dashscope", "https://dashscope.aliyuncs.com/compatible-mode/v1", "DASHSCOPE_API_KEY", "DASHSCOPE_BASE_URL", "/chat/completions"],
  ["moonshot", "https://api.moonshot.ai/v1", "MOONSHOT_API_KEY", "MOONSHOT_BASE_URL", "/chat/completions"],
  ["zai", "https://api.z.ai/api/anthropic", "ZAI_API_KEY", "ZAI_BASE_URL", "/v1/messages"],
  ["deepseek", "https://api.deepseek.com/v1", "DEEPSEEK_API_KEY", "DEEPSEEK_BASE_URL", "/chat/completions"],
  ["mistral", "https://api.mistral.ai/v1", "MISTRAL_API_KEY", "MISTRAL_BASE_URL", "/chat/completions"],
  ["groq", "https://api.groq.com/openai/v1", "GROQ_API_KEY", "GROQ_BASE_URL", "/chat/completions"],
  ["openrouter", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY", "OPENROUTER_BASE_URL", "/chat/completions"],
  ["together", "https://api.together.ai/v1", "TOGETHER_API_KEY", "TOGETHER_BASE_URL", "/chat/completions"],
  ["fireworks", "https://api.fireworks.ai/inference/v1", "FIREWORKS_API_KEY", "FIREWORKS_BASE_URL", "/chat/completions"],
  ["cerebras", "https://api.cerebras.ai/v1", "CEREBRAS_API_KEY", "CEREBRAS_BASE_URL", "/chat/completions"],
] as const;

describe("a well-known server", () => {
  test.each(table)("%s is asked at %s with %s, or where %s says", async (name, url, key, variable, path) => {
    const asked: { readonly url: string; readonly authorization: string | undefined; readonly redirect: string | undefined }[] = [];
    const http = {
      fetch: async (to: unknown, init: RequestInit = {}) => {
        const headers = init.headers as Readonly<Record<string, string>>;
        asked.push({ url: String(to), authorization: headers["authorization"], redirect: init.redirect });
        return new Response("", { headers: { "content-type": "text/event-stream" } });
      },
    };
    const ask = async (environment: Readonly<Record<string, string>>): Promise<void> => {
      const provider = named(name, { http, environment, secrets: { ...(key === undefined ? {} : { [key]: "k-1" }), COMPATIBLE_API_KEY: "another" } });
      const request = { model: "m", system: [], tools: [], messages: [{ role: "user", content: [{ type: "text", text: "hi" }] }] } as const;
      await expect(provider.stream(request, new AbortController().signal)[Symbol.asyncIterator]().next()).rejects.toThrow("ended the stream");
    };
    await ask({});
    await ask({ [variable]: "https://mirror.example/api" });
    const authorization = key === undefined ? undefined : "Bearer k-1";
    expect(asked).toEqual([
      { url: `${url}${path}`, authorization, redirect: "manual" },
      { url: `https://mirror.example/api${path}`, authorization, redirect: "manual" },
    ]);
  });

  test("is in the table, and in the manifest with all it may ask for", () => {
    expect([...presets.keys()]).toEqual(table.map(([name]) => name));
    expect(Object.keys(manifest.provides.provider)).toEqual(["compatible", ...presets.keys()]);
    const all = [...presets.values()];
    expect(manifest.permissions.secrets).toEqual([
      ...all.flatMap(({ key }) => key ?? []),
      "COMPATIBLE_API_KEY",
      ...Array.from({ length: 9 }, (_, index) => `COMPATIBLE_API_KEY_${index + 1}`),
    ]);
    expect(manifest.permissions.env).toEqual(all.flatMap(({ env }) => env));
    expect(manifest.permissions.net).toEqual(["config:endpoints", ...all.map(({ url }) => new URL(url).origin)]);
  });

  test("has a bare name only for models that are its own", () => {
    const patterns = Object.values(manifest.provides.provider).flatMap(({ models }) => models);
    expect(new Set(patterns).size).toBe(patterns.length);
    expect([manifest.provides.provider["ollama"]?.models, manifest.provides.provider["compatible"]?.models, manifest.provides.provider["xai"]?.models]).toEqual(
      [[], [], ["grok-*"]],
    );
  });
});

describe("the models that come with it", () => {
  const all = [...presets.keys()].map((name) => {
    const endpoint = endpointNamed(name, {}, {});
    if (endpoint === undefined) throw new Error(name);
    return [name, modelsOf(endpoint).list()] as const;
  });

  test("say all that the rest relies on", () => {
    for (const [name, models] of all) {
      expect([name, models.length > 0]).toEqual([name, presets.get(name)?.start === undefined]);
      for (const { id, contextWindow, maxOutputTokens = 0, tools, efforts = ["low"], price = { input: 1 } } of models)
        expect([
          name,
          id,
          contextWindow >= 100_000,
          maxOutputTokens >= 4096,
          maxOutputTokens <= contextWindow,
          tools,
          efforts.length > 0,
          price.input > 0,
        ]).toEqual([name, id, ...Array.from({ length: 6 }, () => true)]);
    }
  });

  test("have an id once, and a short name once of all", () => {
    for (const [, models] of all) expect(models.map(({ id }) => id)).toEqual([...new Set(models.map(({ id }) => id))]);
    expect(all.flatMap(([name, models]) => models.flatMap(({ id, aliases = [] }) => aliases.map((alias) => `${alias} ${name}/${id}`)))).toEqual([
      "grok xai/grok-4.7",
      "kimi moonshot/kimi-k3.1-pro",
    ]);
  });
});
