import { describe, expect, test } from "vitest";
import { catalogue, deployed, deploymentOf, infoOf, known, listed, near } from "../src/models.ts";

describe("the catalogue", () => {
  test("says all of a model that the rest relies on", () => {
    for (const model of catalogue) {
      expect([
        model.id,
        model.contextWindow >= 128_000,
        (model.maxOutputTokens ?? 0) >= 16_384,
        model.tools && model.output === true && model.images === true,
        (model.price?.input ?? 0) > 0 && (model.price?.output ?? 0) > (model.price?.input ?? 0),
        (model.efforts ?? []).length > 0,
        ["chat", "responses", "messages"].includes(model.endpoint ?? ""),
        model.endpoint === "messages",
      ]).toEqual([model.id, true, true, true, true, model.reasoning, true, model.id.startsWith("claude-")]);
    }
  });

  test("names every model once, and no alias: those are the vendors'", () => {
    const names = catalogue.map(({ id }) => id);
    expect([names, catalogue.filter(({ aliases }) => aliases !== undefined)]).toEqual([[...new Set(names)], []]);
  });

  test("knows a model by its date, and without regard to case", () => {
    expect([listed("gpt-5.5-2026-04-23")?.id, listed("claude-haiku-4-5-20251001")?.id, listed("GPT-4o")?.id, listed("gpt-5.5-pro")]).toEqual([
      "gpt-5.5",
      "claude-haiku-4-5",
      "gpt-4o",
      undefined,
    ]);
  });
});

describe("a deployment", () => {
  test("is what the model behind it is, under its own name", () => {
    const { id: _id, ...about } = listed("gpt-5.5") ?? { id: "" };
    expect(infoOf("prod", { prod: "gpt-5.5" })).toEqual({ id: "prod", ...about });
    expect(infoOf("gpt-5.5", { "gpt-5.5": "claude-opus-5-5" }).endpoint).toBe("messages");
  });

  test("that is not listed has the limits of its family, or is taken for the least", () => {
    expect([infoOf("gpt-6.2-sol", {}).contextWindow, infoOf("claude-opus-6", {}).endpoint, infoOf("prod", {})]).toEqual([
      1_050_000,
      "messages",
      {
        id: "prod",
        contextWindow: 128_000,
        tools: true,
        reasoning: false,
        images: true,
        sampling: ["temperature", "topP"],
        output: true,
        endpoint: "chat",
      },
    ]);
    expect([known("prod", {}), known("toString", {})]).toEqual([undefined, undefined]);
  });

  test("of the config comes first, and hides the model of its name", () => {
    const list = deployed({ deployment: "main", deployments: { prod: "gpt-5.5", "gpt-4o": "gpt-4.1" } });
    expect(list.slice(0, 3).map(({ id, contextWindow }) => [id, contextWindow])).toEqual([
      ["main", 128_000],
      ["prod", 1_050_000],
      ["gpt-4o", 1_047_576],
    ]);
    expect(list.filter(({ id }) => id === "gpt-4o").length).toBe(1);
    expect(deployed({ deployments: {} })).toEqual(catalogue);
  });

  test("that is called default is the one of the config, unless one is called so", () => {
    expect([
      deploymentOf("default", { deployment: "main", deployments: {} }),
      deploymentOf("default", { deployments: {} }),
      deploymentOf("default", { deployment: "main", deployments: { default: "gpt-5.5" } }),
      deploymentOf("other", { deployment: "main", deployments: {} }),
    ]).toEqual(["main", "default", "default", "other"]);
  });

  test("that is not there has near names to suggest", () => {
    expect([near("gpt-5.7", { deployments: { prod: "gpt-5.5" } }), near("claude-opus", { deployments: {} }), near("x", { deployments: {} })]).toEqual([
      ["prod", expect.stringContaining("gpt-5"), expect.stringContaining("gpt-5")],
      ["claude-opus-5-5", "claude-opus-5", "claude-opus-4-8"],
      [],
    ]);
  });
});
