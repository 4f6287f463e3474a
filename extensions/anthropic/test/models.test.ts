import { describe, expect, test } from "vitest";
import { budgets, catalogue, listed, near, unlisted } from "../src/models.ts";

describe("the catalogue", () => {
  test("says all of a model that the rest relies on", () => {
    for (const model of catalogue) {
      expect([
        model.id,
        model.contextWindow >= 200_000,
        (model.maxOutputTokens ?? 0) >= 64_000,
        model.tools,
        (model.price?.input ?? 0) > 0,
        (model.efforts ?? []).length > 0,
        model.defaultEffort === undefined || model.efforts?.includes(model.defaultEffort),
        model.thinking === "adaptive" || (model.efforts ?? []).every((effort) => (budgets[effort] ?? 0) >= 1024),
        model.images === true && model.documents === true && model.output === true && model.caching === "breakpoints",
      ]).toEqual([model.id, true, true, true, true, model.reasoning, true, true, true]);
    }
  });

  test("says where each fact is from, and of what day", () => {
    for (const { id, sources = [] } of catalogue) {
      const named = sources.flatMap(({ facts = [] }) => facts);
      expect([id, new Set(named).size, sources.filter(({ facts }) => facts === undefined).length]).toEqual([id, named.length, 1]);
      for (const { from, date } of sources) expect([from.length > 5, /^\d{4}-\d{2}-\d{2}$/.test(date)]).toEqual([true, true]);
    }
  });

  test("names every model and every alias once", () => {
    const names = catalogue.flatMap(({ id, aliases = [] }) => [id, ...aliases]);
    expect(names).toEqual([...new Set(names)]);
    expect(catalogue.filter(({ aliases }) => aliases !== undefined).map(({ id, aliases }) => [id, aliases])).toEqual([
      ["claude-opus-5-5", ["opus"]],
      ["claude-sonnet-5-5", ["sonnet"]],
      ["claude-haiku-5-5", ["haiku"]],
      ["claude-fable-5-2", ["fable"]],
    ]);
  });

  test("says what the newest Opus is", () => {
    expect(listed("claude-opus-5-5")).toEqual({
      id: "claude-opus-5-5",
      aliases: ["opus"],
      contextWindow: 1_000_000,
      maxOutputTokens: 128_000,
      tools: true,
      images: true,
      documents: true,
      reasoning: true,
      thinking: "adaptive",
      efforts: ["low", "medium", "high", "xhigh", "max"],
      defaultEffort: "medium",
      output: true,
      caching: "breakpoints",
      price: { input: 4, output: 20, cacheRead: 0.2, cacheWrite: 5 },
      sources: expect.any(Array),
    });
  });

  test("knows a model by its date too", () => {
    expect([listed("claude-haiku-4-5-20251001")?.id, listed("claude-haiku-4-5-2025")?.id, listed("claude-next-1")]).toEqual([
      "claude-haiku-4-5",
      undefined,
      undefined,
    ]);
  });
});

describe("a model that is not listed", () => {
  const about = { tools: true, reasoning: false, images: true, documents: true, caching: "breakpoints" };

  test("has the limits of its family", () => {
    expect(unlisted("claude-sonnet-7", true)).toEqual({ ...about, id: "claude-sonnet-7", contextWindow: 1_000_000, maxOutputTokens: 128_000 });
    expect(unlisted("claude-haiku-7", true)).toEqual({ ...about, id: "claude-haiku-7", contextWindow: 200_000, maxOutputTokens: 64_000 });
    expect(unlisted("claude-new-1", true)).toEqual({ ...about, id: "claude-new-1", contextWindow: 200_000, maxOutputTokens: 64_000 });
  });

  test("may have any name elsewhere, but not at Anthropic", () => {
    expect([unlisted("glm-5", true), unlisted("glm-5", false)]).toEqual([
      undefined,
      { ...about, id: "glm-5", contextWindow: 200_000, maxOutputTokens: 32_000 },
    ]);
  });

  test("has near names to suggest", () => {
    expect([near("claude-opus-5-6"), near("sonet"), near("haiku")]).toEqual([
      ["claude-opus-5-5", "claude-opus-5", "claude-opus-4-6"],
      [],
      ["claude-haiku-5-5", "claude-haiku-4-5"],
    ]);
  });
});
