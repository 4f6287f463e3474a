import fc from "fast-check";
import { expect, test } from "vitest";
import { ClawError } from "../src/errors.ts";
import { isModelEvent } from "../kit/model-event.ts";
import { providerFailure } from "../kit/provider-failure.ts";

test.each<readonly [unknown]>([
  [{ type: "text-delta", text: "a" }],
  [{ type: "reasoning-delta", text: "" }],
  [{ type: "block", block: { type: "text", text: "a", luggage: { p: 1 } } }],
  [{ type: "block", block: { type: "tool-call", id: "c", name: "bash", input: {}, malformed: "{" } }],
  [{ type: "block", block: { type: "unknown", luggage: {} } }],
  [{ type: "block", block: { type: "image", mediaType: "image/png", data: "" } }],
  [{ type: "usage", usage: { inputTokens: 1, outputTokens: 0, cacheReadTokens: 3, costUsd: 0.1 } }],
  [{ type: "end", reason: "tool-calls", requestId: "r", model: "p/m" }],
])("%j is an event", (event) => {
  expect(isModelEvent(event)).toBe(true);
});

test.each<readonly [unknown]>([
  [null],
  [[]],
  ["end"],
  [{}],
  [{ type: "text-delta" }],
  [{ type: "text-delta", text: 1 }],
  [{ type: "retry", attempt: 1, attempts: 2, delayMs: 0, code: "X", message: "" }],
  [{ type: "notice", code: "X", message: "" }],
  [{ type: "block" }],
  [{ type: "block", block: { type: "text" } }],
  [{ type: "block", block: { type: "text", text: "a", luggage: [] } }],
  [{ type: "block", block: { type: "tool-result", call: "c", content: [] } }],
  [{ type: "block", block: { type: "tool-call", id: "c", name: "bash", input: [] } }],
  [{ type: "block", block: { type: "unknown" } }],
  [{ type: "usage", usage: { inputTokens: 1 } }],
  [{ type: "usage", usage: { inputTokens: Number.NaN, outputTokens: 1 } }],
  [{ type: "usage", usage: { inputTokens: 1, outputTokens: 1, cacheReadTokens: -1 } }],
  [{ type: "end" }],
  [{ type: "end", reason: "done" }],
  [{ type: "end", reason: "stop", requestId: 5 }],
])("%j is none", (event) => {
  expect(isModelEvent(event)).toBe(false);
});

test("whatever comes is an event or none", () => {
  fc.assert(fc.property(fc.anything(), (value) => typeof isModelEvent(value) === "boolean"));
});

test("a provider's ClawError stands, and anything else it throws is its own mistake", () => {
  const busy = new ClawError("MODEL_OVERLOADED", "busy", {}, { retryable: true });
  expect(providerFailure(busy, "one/alpha")).toBe(busy);
  const [mistake, word] = [providerFailure(new TypeError(`x is undefined${"!".repeat(1000)}`), "one/alpha/beta"), providerFailure("no", "one/alpha")];
  expect([mistake.code, mistake.message.length, mistake.data, mistake.retryable, word.message]).toEqual([
    "EXTENSION_FAILED",
    525,
    { extension: "one", at: "provider one" },
    false,
    "the provider one failed: no",
  ]);
});
