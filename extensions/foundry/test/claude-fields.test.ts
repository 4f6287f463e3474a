import type { ModelRequest } from "@claw/kernel";
import { describe, expect, test } from "vitest";
import { claudeBreakpoints, claudeFields } from "../src/claude-fields.ts";
import { listed } from "../src/models.ts";

const request = (model: string, more: Partial<ModelRequest> = {}): ModelRequest => ({ model, system: [], tools: [], messages: [], ...more });
const fieldsOf = (model: string, more: Partial<ModelRequest> = {}): object => claudeFields(request(model, more), listed(model));
const bash = [{ name: "bash", description: "", input: {} }];

describe("what is asked of Claude", () => {
  test("is its longest reply, and that it thinks as it sees fit", () => {
    expect([fieldsOf("claude-opus-5-5"), fieldsOf("claude-haiku-4-5", { maxTokens: 100 }), claudeFields(request("prod"), undefined)]).toEqual([
      { model: "claude-opus-5-5", max_tokens: 128_000, stream: true, thinking: { type: "adaptive" } },
      { model: "claude-haiku-4-5", max_tokens: 100, stream: true },
      { model: "prod", max_tokens: 32_000, stream: true },
    ]);
  });

  test("is an effort and a schema, side by side", () => {
    const schema = { type: "object" };
    expect(fieldsOf("claude-opus-5-5", { effort: "xhigh", output: { name: "answer", schema } })).toEqual(
      expect.objectContaining({ output_config: { format: { type: "json_schema", schema }, effort: "xhigh" } }),
    );
    expect(() => fieldsOf("claude-opus-4-6", { effort: "xhigh" })).toThrow('claude-opus-4-6 has the efforts low, medium, high, max, not "xhigh"');
  });

  test("is no thinking where a call is demanded", () => {
    expect(
      (["auto", "none", "required", { tool: "bash" }] as const).map((toolChoice) => "thinking" in fieldsOf("claude-opus-5-5", { tools: bash, toolChoice })),
    ).toEqual([true, true, false, false]);
  });

  test("is nothing that it does not take", () => {
    expect(() => fieldsOf("claude-opus-5-5", { sampling: { temperature: 0 } })).toThrow("claude-opus-5-5 accepts no sampling parameters, not temperature");
    expect(fieldsOf("claude-sonnet-4-5", { sampling: { temperature: 0, topK: 5 }, stop: ["END"] })).toEqual(
      expect.objectContaining({ temperature: 0, top_k: 5, stop_sequences: ["END"] }),
    );
  });

  test("is cached after the tools, the system prompt and the last two user turns", () => {
    expect(claudeBreakpoints(["user", "assistant", "user", "assistant", "user"])).toEqual({ tools: true, system: true, turns: [2, 4] });
  });
});
