import { describe, expect, test } from "vitest";
import { budgetOf, geminiModels, isClaude, isGemini3, listed, near, unlisted, vertexIdOf, vertexModels } from "../src/models.ts";

describe("the catalogue", () => {
  test("says all of a model that the rest relies on", () => {
    for (const model of vertexModels) {
      expect([
        model.id,
        model.contextWindow >= 200_000,
        (model.maxOutputTokens ?? 0) >= 32_000,
        (model.price?.input ?? 0) > 0,
        (model.efforts ?? []).length > 0,
        model.caching,
      ]).toEqual([model.id, true, true, true, model.reasoning, isClaude(model.id) ? "breakpoints" : "automatic"]);
    }
    const ids = vertexModels.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)]);
  });

  test("has a budget for every level of effort of a model that takes one", () => {
    const budgets = geminiModels.flatMap(({ id, thinking, efforts = [] }) => (thinking === "budget" ? efforts.map((effort) => budgetOf(id, effort)) : []));
    expect([budgets.length > 8, budgets.every((budget) => budget !== undefined)]).toEqual([true, true]);
    expect([budgetOf("gemini-2.5-pro", "xhigh"), budgetOf("gemini-3.8-flash", "low")]).toEqual([undefined, undefined]);
  });

  test("says what the newest Flash is", () => {
    expect(listed("gemini-3.8-flash")).toEqual({
      sources: [{ from: expect.stringContaining("google.json"), date: "2026-11-10" }],
      id: "gemini-3.8-flash",
      contextWindow: 1_048_576,
      maxOutputTokens: 65_536,
      tools: true,
      images: true,
      documents: true,
      reasoning: true,
      efforts: ["low", "medium", "high"],
      thinking: "effort",
      sampling: ["temperature", "topP", "topK"],
      output: true,
      caching: "automatic",
      price: { input: 0.75, output: 3.75, cacheRead: 0.075 },
    });
  });

  test("knows a model by its date or version too", () => {
    expect([listed("claude-haiku-4-5@20251001")?.id, listed("claude-haiku-4-5-20251001")?.id, listed("gemini-2.5-pro-001")?.id, listed("gemini-9")]).toEqual([
      "claude-haiku-4-5",
      "claude-haiku-4-5",
      "gemini-2.5-pro",
      undefined,
    ]);
  });

  test("assumes of others what their names say", () => {
    expect(unlisted("gemini-5-pro")).toEqual({
      id: "gemini-5-pro",
      contextWindow: 1_048_576,
      maxOutputTokens: 65_536,
      reasoning: true,
      tools: true,
      images: true,
      documents: true,
    });
    expect([unlisted("claude-opus-9")?.maxOutputTokens, unlisted("gpt-6"), unlisted("")]).toEqual([128_000, undefined, undefined]);
    expect(["gemini-2.5-pro", "gemini-3-flash-preview", "gemini-4-argon", "gemini-10-x", "claude-opus-5"].map(isGemini3)).toEqual([
      false,
      true,
      true,
      true,
      false,
    ]);
  });

  test("has near names to suggest", () => {
    expect([near("gemini-3.9-flash", geminiModels)[0], near("claude-opus-5-6", vertexModels)[0], near("gpt", vertexModels)]).toEqual([
      "gemini-3.8-flash",
      "claude-opus-5-5",
      [],
    ]);
  });
});

test("a Claude's date is written as Vertex AI has it", () => {
  expect(["claude-opus-4-5-20251101", "claude-haiku-4-5", "claude-opus-5-5", "claude-haiku-4-5@20251001"].map(vertexIdOf)).toEqual([
    "claude-opus-4-5@20251101",
    "claude-haiku-4-5@20251001",
    "claude-opus-5-5",
    "claude-haiku-4-5@20251001",
  ]);
});
