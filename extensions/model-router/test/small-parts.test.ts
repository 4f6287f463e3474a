import { expect, test } from "vitest";
import { priced } from "../src/cost.ts";
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

test("what is nothing like a name suggests nothing, however long it is", () => {
  expect(closest("x".repeat(100_000), ["anthropic/claude-sonnet-5-5"])).toEqual([]);
  expect(
    closest(
      "sonnet",
      Array.from({ length: 10 }, (_, at) => `p${at}/claude-sonnet`),
    ).length,
  ).toBe(3);
});
