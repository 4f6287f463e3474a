import { describe, expect, test } from "vitest";
import type { ModelRequest, ToolSpec } from "../src/contracts/model.ts";
import { replyOptions } from "../kit/wire-anthropic/reply-options.ts";

const bash: ToolSpec = { name: "bash", description: "Runs", input: {} };
const asked = (more: Partial<ModelRequest>): object => replyOptions({ tools: [bash], ...more });

describe("what a Messages request asks of its reply", () => {
  test("is nothing when nothing is asked", () => {
    expect([asked({}), asked({ stop: [], sampling: {} })]).toEqual([{}, {}]);
  });

  test.each([
    ["auto", { type: "auto" }],
    ["required", { type: "any" }],
    ["none", { type: "none" }],
    [{ tool: "bash" }, { type: "tool", name: "bash" }],
  ] as const)("is the choice of tools %j", (toolChoice, tool_choice) => {
    expect(asked({ toolChoice })).toEqual({ tool_choice });
  });

  test("is no choice among no tools, which the API refuses", () => {
    expect(asked({ tools: [], toolChoice: "required" })).toEqual({});
  });

  test("is a schema, texts that end it, and how words are taken; zero is a value", () => {
    const schema = { type: "object", properties: { a: { type: "string" } } };
    expect(asked({ output: { name: "answer", schema }, stop: ["END", "\n\n"], sampling: { temperature: 0, topP: 0.5, topK: 0 } })).toEqual({
      output_config: { format: { type: "json_schema", schema } },
      stop_sequences: ["END", "\n\n"],
      temperature: 0,
      top_p: 0.5,
      top_k: 0,
    });
  });
});
