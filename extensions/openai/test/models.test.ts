import { IdleWatch, effortLevels } from "@claw/kernel/kit";
import { describe, expect, test } from "vitest";
import { readModelList } from "../src/model-list.ts";
import { catalogue, listed, near, unlisted } from "../src/models.ts";

describe("the catalogue", () => {
  test("says all of a model that the rest relies on", () => {
    for (const model of catalogue) {
      const { id, reasoning, efforts = [], defaultEffort, sampling = [], price, endpoint, thinking } = model;
      expect([
        id,
        model.contextWindow >= 128_000,
        (model.maxOutputTokens ?? 0) >= 16_384,
        [model.tools, model.images, model.documents, model.output, model.caching],
        efforts.length > 0,
        efforts.every((level) => (effortLevels as readonly string[]).includes(level)),
        defaultEffort === undefined || efforts.includes(defaultEffort),
        [endpoint, thinking, sampling.length > 0],
        (price?.input ?? 0) > 0 && (price?.output ?? 0) > (price?.input ?? 0) && (price?.cacheRead ?? 0) < (price?.input ?? 0),
        (price?.tiers ?? []).every((tier) => tier.inputTokensAbove < model.contextWindow && tier.input > (price?.input ?? 0)),
        model.sources?.every(({ from, date }) => from !== "" && /^\d{4}-\d{2}-\d{2}$/.test(date)),
      ]).toEqual([
        id,
        true,
        true,
        [true, true, true, true, "automatic"],
        reasoning,
        true,
        true,
        reasoning ? ["responses", "effort", false] : [undefined, undefined, true],
        true,
        true,
        true,
      ]);
    }
  });

  test("names every model and every alias once", () => {
    const names = catalogue.flatMap(({ id, aliases = [] }) => [id, ...aliases]);
    expect(names).toEqual([...new Set(names)]);
    expect(catalogue.flatMap(({ id, aliases = [] }) => aliases.map((alias) => [alias, id]))).toEqual([
      ["sol", "gpt-6.1-sol"],
      ["terra", "gpt-6.1-terra"],
      ["astra", "gpt-6-astra"],
      ["luna", "gpt-6-luna"],
      ["gpt-5.6", "gpt-5.6-sol"],
    ]);
  });

  test("says what the newest Sol is", () => {
    expect(listed("gpt-6.1-sol")).toEqual({
      id: "gpt-6.1-sol",
      aliases: ["sol"],
      contextWindow: 1_050_000,
      maxOutputTokens: 128_000,
      tools: true,
      images: true,
      documents: true,
      reasoning: true,
      efforts: ["low", "medium", "high", "xhigh", "max"],
      thinking: "effort",
      sampling: [],
      output: true,
      caching: "automatic",
      endpoint: "responses",
      price: {
        input: 2,
        output: 10,
        cacheRead: 0.1,
        cacheWrite: 2.5,
        tiers: [{ inputTokensAbove: 272_000, input: 4, output: 15, cacheRead: 0.2, cacheWrite: 5 }],
      },
      sources: expect.any(Array),
    });
  });

  test("knows a model by its date too", () => {
    expect([listed("gpt-5-mini-2025-08-07")?.id, listed("gpt-5-mini-2025")?.id, listed("gpt-9")]).toEqual(["gpt-5-mini", undefined, undefined]);
  });
});

describe("a model that is not listed", () => {
  test("has what its family has, and its vendor says which efforts", () => {
    expect([unlisted("gpt-6.2-sol", true), unlisted("gpt-4.5", true)]).toEqual([
      expect.objectContaining({ id: "gpt-6.2-sol", contextWindow: 1_050_000, reasoning: true, endpoint: "responses", efforts: effortLevels }),
      expect.objectContaining({ id: "gpt-4.5", contextWindow: 128_000, reasoning: false, sampling: ["temperature", "topP"] }),
    ]);
    expect(["gpt-4.5", "gpt-5-chat-latest", "gpt-oss-120b"].map((id) => [unlisted(id, true)?.reasoning, unlisted(id, true)?.efforts])).toEqual([
      [false, undefined],
      [false, undefined],
      [false, undefined],
    ]);
  });

  test("may have any name elsewhere, but not at OpenAI", () => {
    expect([unlisted("qwen4", true), unlisted("qwen4", false)]).toEqual([
      undefined,
      { id: "qwen4", tools: true, reasoning: false, images: true, contextWindow: 128_000 },
    ]);
  });

  test("has near names to suggest", () => {
    expect([near("gpt-6.1-soll"), near("sol"), near("claude"), near("o3-mini")]).toEqual([
      ["gpt-6.1-sol", "gpt-6.1-terra"],
      ["gpt-6.1-sol", "gpt-6-sol", "gpt-5.6-sol"],
      [],
      ["gpt-5.4-mini", "gpt-5-mini", "o3"],
    ]);
  });
});

describe("the vendor's list", () => {
  const context = { provider: "openai", model: "", now: () => new Date(0), secrets: [], addressFix: "check the address" };
  const read = async (body: unknown, official: boolean, status = 200): Promise<unknown> => {
    using watch = new IdleWatch(new AbortController().signal, 10_000, () => new Error("late"));
    const response = new Response(typeof body === "string" ? body : JSON.stringify(body), { status });
    return await readModelList(response, watch, context, official).catch((error: unknown) => error);
  };
  const list = {
    object: "list",
    data: ["gpt-6.1-sol", "gpt-6.1-sol", "whisper-1", "gpt-audio-mini", "o3-deep-research", "ft:gpt-4.1:me", "text-embedding-3", 7].map((id) => ({ id })),
  };

  test("is the names of what answers in words, each once; a gateway's may have any", async () => {
    expect([await read(list, true), await read({ data: [{ id: "qwen4" }, {}, null, "x"] }, false)]).toEqual([
      [{ id: "gpt-6.1-sol" }, { id: "ft:gpt-4.1:me" }],
      [{ id: "qwen4" }],
    ]);
  });

  test("is an error when it is none", async () => {
    expect([await read("<html>", true), await read({ data: 1 }, true), await read({ error: { code: "invalid_api_key", message: "no" } }, true, 401)]).toEqual([
      expect.objectContaining({ code: "MODEL_STREAM_INVALID", message: "openai answered with no list of models", fix: "check the address" }),
      expect.objectContaining({ code: "MODEL_STREAM_INVALID" }),
      expect.objectContaining({ code: "MODEL_AUTH" }),
    ]);
  });
});
