import type { ToolCallView, ToolResult } from "@claw/kernel";
import { load } from "@claw/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import extension from "../src/index.ts";
import { createMask } from "../src/mask.ts";

const key = ["sk-", "ant-api03-AbCdEfGhIjKlMnOpQrSt"].join("");
const text = (said: string): ToolResult => ({ content: [{ type: "text", text: said }] });
const callOf = (effect: ToolCallView["effect"], input: Readonly<Record<string, unknown>>): ToolCallView => ({
  id: "1",
  session: "s",
  cwd: "/w",
  roots: ["/w"],
  tool: "some_tool",
  effect,
  input,
  paths: [],
});

describe("what a tool returns", () => {
  const { masked } = createMask({ THE_TOKEN: "known-secret-value" });

  test("goes on as it is where there is no secret in it", () => {
    expect(masked(text("nothing to hide"))).toBeUndefined();
  });

  test("has the names of secrets in their places, in its details and after a failure too", () => {
    const result = { ...text(`a ${key} b known-secret-value`), failed: true, details: { diff: "+known-secret-value" } };
    expect(masked(result)).toEqual({ ...text("a [redacted:anthropic-key] b [redacted:THE_TOKEN]"), failed: true, details: { diff: "+[redacted:THE_TOKEN]" } });
  });

  test("never holds a known secret, whatever is around it", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        const result = text(`${before}known-secret-value${after}`);
        return !JSON.stringify(masked(result) ?? result).includes("known-secret-value");
      }),
    );
  });
});

describe("what stands for a secret", () => {
  const { guard } = createMask({});

  test("is not written over the secret", () => {
    expect(guard(callOf("write", { path: "a", content: "KEY=[redacted:THE_TOKEN]\n" }))).toMatchObject({
      action: "block",
      reason: expect.stringContaining("[redacted:THE_TOKEN]"),
    });
  });

  test("may be looked for, and everything else may be written", () => {
    expect(guard(callOf("read", { pattern: "[redacted:THE_TOKEN]" }))).toBeUndefined();
    expect(guard(callOf("write", { path: "a", content: "[redacted] KEY=1" }))).toBeUndefined();
  });
});

describe("the extension", () => {
  const result = text(key);
  const event = { call: callOf("read", {}), result, ms: 1 };

  test("masks what tools return, a failure too", async () => {
    await using claw = await load(extension, { config: { mask: true } });
    expect(await claw.fire("PostToolUse", "rewrite", event)).toMatchObject({ action: "rewrite", value: text("[redacted:anthropic-key]") });
    const failure = { ...event, cause: "failed", code: "TOOL_FAILED", message: "x" };
    expect(await claw.fire("PostToolUseFailure", "rewrite", failure)).toMatchObject({ value: text("[redacted:anthropic-key]") });
    expect(await claw.fire("PreToolUse", "guard", { call: callOf("write", { content: "[redacted:x]" }), opinions: [] })).toMatchObject({ action: "block" });
  });

  test("leaves everything as it is where the person turned that off", async () => {
    await using claw = await load(extension, { config: { mask: false } });
    expect(await claw.fire("PostToolUse", "rewrite", event)).toBeUndefined();
    expect(await claw.fire("PreToolUse", "guard", { call: callOf("write", { content: "[redacted:x]" }), opinions: [] })).toBeUndefined();
  });
});
