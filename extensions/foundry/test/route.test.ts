import { describe, expect, test } from "vitest";
import { infoOf } from "../src/models.ts";
import { type Route, modelsUrl, routeOf, scopeOf } from "../src/route.ts";

type Settings = Parameters<typeof routeOf>[2];

const endpoint = "https://name.services.ai.azure.com";
const routeTo = (deployment: string, settings: Partial<Settings> = {}, deployments: Readonly<Record<string, string>> = {}): Route =>
  routeOf(deployment, infoOf(deployment, deployments), { endpoint, wire: "auto", ...settings });

describe("the way to a deployment", () => {
  test.each([
    ["gpt-5.5", {}, "responses", "/openai/v1/responses"],
    ["gpt-4.1", {}, "chat", "/openai/v1/chat/completions"],
    ["DeepSeek-V3.2", {}, "chat", "/openai/v1/chat/completions"],
    ["gpt-5.5", { wire: "chat" }, "chat", "/openai/v1/chat/completions"],
    ["gpt-4.1", { wire: "responses" }, "responses", "/openai/v1/responses"],
    ["gpt-5.5", { apiVersion: "v1" }, "responses", "/openai/v1/responses"],
    ["gpt-5.5", { apiVersion: "Preview" }, "responses", "/openai/v1/responses?api-version=preview"],
    ["gpt-5.5", { apiVersion: "latest" }, "responses", "/openai/v1/responses?api-version=latest"],
    ["gpt-5.5", { apiVersion: " " }, "responses", "/openai/v1/responses"],
    ["gpt-5.5", { apiVersion: "2025-04-01-preview" }, "responses", "/openai/responses?api-version=2025-04-01-preview"],
    ["gpt-5.5", { apiVersion: "2024-10-21" }, "chat", "/openai/deployments/gpt-5.5/chat/completions?api-version=2024-10-21"],
    ["gpt-4.1", { apiVersion: "2025-04-01-preview" }, "chat", "/openai/deployments/gpt-4.1/chat/completions?api-version=2025-04-01-preview"],
    ["a b/../c?d", { apiVersion: "2024-10-21&x=1" }, "chat", "/openai/deployments/a%20b%2F..%2Fc%3Fd/chat/completions?api-version=2024-10-21%26x%3D1"],
    ["claude-opus-5-5", {}, "messages", "/anthropic/v1/messages"],
    ["claude-opus-5-5", { apiVersion: "2024-10-21", wire: "chat" }, "messages", "/anthropic/v1/messages"],
  ] as const)("%s with %o is %s at %s", (deployment, settings, wire, path) => {
    expect([routeTo(deployment, settings).wire, routeTo(deployment, settings).url]).toEqual([wire, `${endpoint}${path}`]);
  });

  test("is by the model behind its name", () => {
    const deployments = { prod: "claude-opus-5-5", "claude-like": "gpt-5.5" };
    expect([routeTo("prod", {}, deployments).wire, routeTo("claude-like", {}, deployments).wire, routeTo("prod").wire]).toEqual([
      "messages",
      "responses",
      "chat",
    ]);
  });

  test("knows which APIs lack today's fields", () => {
    expect(
      ["2024-08-01-preview", "2024-09-01-preview", "2024-10-21", undefined].map(
        (apiVersion) => routeTo("gpt-4o", apiVersion === undefined ? {} : { apiVersion }).isOld,
      ),
    ).toEqual([true, false, false, false]);
  });

  test("has the scope of its cloud", () => {
    expect([
      routeTo("gpt-5.5").scope,
      routeTo("claude-opus-5-5").scope,
      scopeOf("name.openai.azure.us"),
      scopeOf("name.openai.azure.cn"),
      scopeOf("azure.us.evil.example"),
    ]).toEqual([
      "https://cognitiveservices.azure.com/.default",
      "https://ai.azure.com/.default",
      "https://cognitiveservices.azure.us/.default",
      "https://cognitiveservices.azure.cn/.default",
      "https://cognitiveservices.azure.com/.default",
    ]);
  });

  test("has the list of models beside it", () => {
    expect(modelsUrl({ endpoint: `${endpoint}/openai/v1`, wire: "auto" })).toBe(`${endpoint}/openai/v1/models`);
  });
});
