import { describe, expect, test } from "vitest";
import type { ModelInfo, ModelRequest } from "../src/contracts/model.ts";
import { requireAccepted } from "../kit/accepted-request.ts";

const info: ModelInfo = { id: "m", contextWindow: 1, tools: true, reasoning: false };
const request: ModelRequest = { model: "m", system: [], messages: [], tools: [] };
const output = { name: "answer", schema: {} };
const tool = { name: "bash", description: "Runs", input: {} };

const check = (more: Partial<ModelRequest>, of: ModelInfo | undefined, wire?: { readonly stop: boolean }): void =>
  requireAccepted({ ...request, ...more }, of, "p", wire);

describe("a request is refused before it is sent", () => {
  test.each<[string, Partial<ModelRequest>, ModelInfo, object]>([
    [
      "with sampling for a model that has none",
      { sampling: { temperature: 0 } },
      info,
      { kind: "sampling", message: "m accepts no sampling parameters, not temperature", fix: "leave out temperature" },
    ],
    [
      "with the one parameter that the model does not take",
      { sampling: { temperature: 1, topK: 4 } },
      { ...info, sampling: ["temperature", "topP"] },
      { kind: "sampling", message: "m accepts only temperature, topP, not topK", fix: "leave out topK" },
    ],
    [
      "with a schema for a model that cannot be held to one",
      { output },
      info,
      { kind: "output", message: "m cannot be held to a schema", fix: "offer a tool of that schema, and require it" },
    ],
    [
      "with tools for a model that calls none",
      { tools: [tool] },
      { ...info, tools: false },
      { kind: "tools", message: "m calls no tools", fix: "choose a model that does: claw models" },
    ],
  ])("%s", (_name, more, of, { kind, ...expected }: { kind?: string }) => {
    expect(() => check(more, of)).toThrow(expect.objectContaining({ code: "MODEL_REFUSED", retryable: false, data: { provider: "p", kind }, ...expected }));
  });

  test("with stop texts over a wire that has none, whatever is known of the model", () => {
    for (const of of [info, undefined]) {
      expect(() => check({ stop: ["END"] }, of, { stop: false })).toThrow("m has no stop texts");
      check({ stop: ["END"] }, of);
      check({ stop: [] }, of, { stop: false });
    }
  });
});

describe("a request is let through", () => {
  test("when the model takes all of it", () => {
    check(
      { sampling: { temperature: 0, topP: 1, topK: 1 }, output, tools: [tool], stop: ["END"] },
      { ...info, output: true, sampling: ["temperature", "topP", "topK"] },
    );
    check({}, { ...info, tools: false });
  });

  test("when what it could not take is not really asked", () => {
    check({ sampling: {} }, info);
    check({ sampling: { temperature: undefined } as object }, info);
  });

  test("when nothing is known of the model", () => {
    check({ sampling: { topK: 1 }, output, tools: [tool] }, undefined);
  });
});
