import { expect, test } from "vitest";
import { priced } from "../src/cost.ts";
import { fittedEffort } from "../src/effort.ts";
import { closest } from "../src/suggestions.ts";
import { end, heard, info, never, request, router, says, scripted, slotOf } from "./fakes.ts";

const price = { input: 4, output: 20, cacheRead: 0.2, cacheWrite: 5 };

test("a usage is priced with its cache, and a cache without a price costs what input does", () => {
  const usage = { inputTokens: 1_000_000, outputTokens: 100_000, cacheReadTokens: 2_000_000, cacheWriteTokens: 10_000 };
  expect(priced(usage, price)).toEqual({ ...usage, costUsd: 6.45 });
  expect(priced(usage, { input: 4, output: 20 }).costUsd).toBe(14.04);
  expect(priced({ inputTokens: 3, outputTokens: 1 }, price).costUsd).toBe(0.000032);
});

test("above a threshold the whole request costs the tier's price, counted with the cache", () => {
  const tiered = {
    ...price,
    tiers: [
      { inputTokensAbove: 100, input: 8, output: 40 },
      { inputTokensAbove: 1000, input: 16, output: 80, cacheRead: 1 },
    ],
  };
  const cost = (inputTokens: number, cacheReadTokens = 0): number | undefined => priced({ inputTokens, outputTokens: 0, cacheReadTokens }, tiered).costUsd;
  expect([cost(100), cost(101), cost(50, 51), cost(1, 1000)]).toEqual([0.0004, 0.000808, 0.000808, 0.001016]);
});

test("without a price there is no cost, and a provider's own count stands", () => {
  expect(priced({ inputTokens: 1, outputTokens: 1 }, undefined)).toEqual({ inputTokens: 1, outputTokens: 1 });
  expect(priced({ inputTokens: 1, outputTokens: 1, costUsd: 7 }, price).costUsd).toBe(7);
});

test("usage in a stream carries its cost", async () => {
  const usage = { type: "usage", usage: { inputTokens: 1000, outputTokens: 10 } } as const;
  const { events } = await heard(router(slotOf({ one: scripted([info("alpha", { price })], says([usage, end])) })).models.stream(request, never));
  expect(events[0]).toEqual({ type: "usage", usage: { inputTokens: 1000, outputTokens: 10, costUsd: 0.0042 } });
});

test("an effort the model has goes with the request, one it lacks is refused by name", async () => {
  const provider = scripted([info("alpha", { efforts: ["low", "high"] })], says([end]), says([end]));
  const { models } = router(slotOf({ one: provider }), { effort: "high" });
  await heard(models.stream(request, never));
  await heard(models.stream({ ...request, effort: "low" }, never));
  expect(provider.asked.map(({ effort }) => effort)).toEqual(["high", "low"]);
  expect((await heard(models.stream({ ...request, effort: "huge" }, never))).error).toMatchObject({
    code: "MODEL_REFUSED",
    message: 'one/alpha has no effort "huge"; it has the levels low, high',
    fix: "--effort high",
  });
  expect(() => fittedEffort({ address: "one/beta", info: info("beta") }, "low", false)).toThrow('one/beta has no effort "low"; it has no levels of effort');
});

test("an effort the model lacks is lowered only where that is allowed, to the strongest below it, and it is said once", async () => {
  const model = { address: "one/alpha", info: info("alpha", { efforts: ["low", "medium"] }) };
  expect(() => fittedEffort(model, "xhigh", false)).toThrow('one/alpha has no effort "xhigh"; it has the levels low, medium');
  expect(fittedEffort(model, "xhigh", true)).toEqual({ effort: "medium", lowered: 'with the effort "medium" in place of "xhigh"' });
  expect(fittedEffort(model, "low", true)).toEqual({ effort: "low" });
  expect(fittedEffort(model, undefined, true)).toEqual({});
  const provider = scripted([model.info], says([end]), says([end]));
  const { models, warnings } = router(slotOf({ one: provider }), { effort: "max", lowerEffort: true });
  await heard(models.stream(request, never));
  await heard(models.stream(request, never));
  expect(provider.asked.map(({ effort }) => effort)).toEqual(["medium", "medium"]);
  expect(warnings).toEqual(['one/alpha is asked with the effort "medium" in place of "max"']);
});

test("an effort is never raised, and one that there is not is never lowered; a model without levels is asked without one", () => {
  const strong = { address: "one/alpha", info: info("alpha", { efforts: ["high", "max"] }) };
  expect(() => fittedEffort(strong, "low", true)).toThrow('one/alpha has no effort "low"; it has the levels high, max');
  expect(() => fittedEffort(strong, "huge", true)).toThrow("one/alpha has no effort");
  const plain = { address: "one/beta", info: info("beta") };
  expect(fittedEffort(plain, "low", true)).toEqual({ lowered: 'without the effort "low": it has no levels of effort' });
  expect(() => fittedEffort(plain, "huge", true)).toThrow("one/beta has no effort");
});

test("what is nothing like a name suggests nothing, however long it is", () => {
  expect(closest("x".repeat(100_000), ["anthropic/claude-sonnet-5-5"])).toEqual([]);
  expect(
    closest(
      "sonnet",
      Array.from({ length: 10 }, (_, at) => `p${at}/claude-sonnet`),
    ).length,
  ).toBe(3);
});
