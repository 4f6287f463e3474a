import type { ModelEvent, StopReason } from "@claw/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { answerIn, sentenceOf } from "../src/answer.ts";

async function* stream(events: readonly ModelEvent[]): AsyncGenerator<ModelEvent, void> {
  yield* events;
}
const answer = (...events: readonly ModelEvent[]) => answerIn(stream(events), "m");
const call = (input: unknown, more: object = {}): ModelEvent => ({
  type: "block",
  block: { type: "tool-call", id: "c", name: "judge_call", input: input as never, ...more },
});
const end = (reason: StopReason = "tool-calls"): ModelEvent => ({ type: "end", reason });
const allow = call({ decision: "allow", reason: "ok" });

test("one whole call is a judgement, whatever was thought before it", async () => {
  const thought: ModelEvent = { type: "block", block: { type: "reasoning", text: "deny? no" } };
  const usage = { inputTokens: 1, outputTokens: 2 };
  expect(await answer({ type: "reasoning-delta", text: "deny" }, thought, { type: "text-delta", text: " \n" }, allow, { type: "usage", usage }, end())).toEqual(
    {
      judgement: { decision: "allow", reason: "ok" },
      usage,
    },
  );
});

test("of a request that was sent again, only the last reply counts", async () => {
  const retry: ModelEvent = { type: "retry", attempt: 1, attempts: 2, delayMs: 0, code: "MODEL_OVERLOADED", message: "x" };
  expect(await answer(allow, end(), retry, call({ decision: "deny", reason: "no" }), end())).toMatchObject({ judgement: { decision: "deny" } });
  expect(await answer(allow, end(), retry)).toEqual({ problem: "broke off its answer" });
});

describe("what is no judgement", () => {
  test.each<readonly [string, readonly ModelEvent[]]>([
    ["nothing", [end()]],
    ["prose", [{ type: "text-delta", text: "allow" }, end("stop")]],
    ["prose before the call", [{ type: "block", block: { type: "text", text: "I allow it" } }, allow, end()]],
    ["two calls", [allow, call({ decision: "deny", reason: "no" }), end()]],
    ["the same call twice", [allow, allow, end()]],
    ["a call of something else", [call({ decision: "allow", reason: "ok" }, { name: "allow" }), end()]],
    ["a call that is no JSON", [call({}, { malformed: '{"decision":"allow"' }), end()]],
    ["no decision", [call({ reason: "ok" }), end()]],
    ["no reason", [call({ decision: "allow" }), end()]],
    ["an empty reason", [call({ decision: "allow", reason: " \n" }), end()]],
    ["a reason of nothing that is seen", [call({ decision: "allow", reason: "\u200b\u202e." }), end()]],
    ["a decision in another spelling", [call({ decision: "ALLOW", reason: "ok" }), end()]],
    ["a decision with a space", [call({ decision: "allow ", reason: "ok" }), end()]],
    ["a list of decisions", [call({ decision: ["allow"], reason: "ok" }), end()]],
    ["a decision of another kind", [call({ decision: true, reason: "ok" }), end()]],
    ["a property more", [call({ decision: "allow", reason: "ok", sure: false }), end()]],
    ["a decision that only its prototype has", [call(Object.create({ decision: "allow", reason: "ok" })), end()]],
    ["a picture", [{ type: "block", block: { type: "image", mediaType: "image/png", data: "" } as never }, allow, end()]],
    ["a refusal with a call", [allow, end("refusal")]],
    ["a call that was cut off", [allow, end("length")]],
    ["a call and no end", [allow]],
    ["the word of another model", [allow, { type: "end", reason: "tool-calls", model: "other" }]],
  ])("%s", async (_what, events) => {
    expect(await answer(...events)).toEqual({ problem: expect.any(String) });
  });

  test("any input but the two properties it must have", async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.constantFrom("decision", "reason", "x", "__proto__"), fc.jsonValue()), async (input) => {
        const { decision, reason, ...rest } = input;
        const isSound =
          ["allow", "ask", "deny"].includes(decision as string) && typeof reason === "string" && sentenceOf(reason) !== "" && Object.keys(rest).length === 0;
        expect("judgement" in (await answer(call(input), end()))).toBe(isSound);
      }),
    );
  });
});

test("a reason is one line that can be shown, however it came", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 2_000 }), (text) => {
      const sentence = sentenceOf(text);
      expect(sentence.length).toBeLessThanOrEqual(300);
      expect(sentence).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069\u200b\u2028\u2029]|[.\s]$/u);
      expect(sentence.isWellFormed()).toBe(true);
    }),
  );
  expect(sentenceOf("It is\n fine.\u001b[31m  ")).toBe("It is fine.[31m");
});
