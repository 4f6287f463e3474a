import type { Price, Usage } from "@claw/kernel";

/** What tokens cost in US dollars. Tokens of a cache without a price of its own cost what input costs; what a provider has counted itself stands. */
export function priced(usage: Usage, price: Price | undefined): Usage {
  if (price === undefined || usage.costUsd !== undefined) return usage;
  const { inputTokens, outputTokens, cacheReadTokens = 0, cacheWriteTokens = 0 } = usage;
  const input = inputTokens + cacheReadTokens + cacheWriteTokens;
  const {
    input: perInput,
    output,
    cacheRead = perInput,
    cacheWrite = perInput,
  } = price.tiers?.findLast(({ inputTokensAbove }) => input > inputTokensAbove) ?? price;
  const millionths = inputTokens * perInput + cacheReadTokens * cacheRead + cacheWriteTokens * cacheWrite + outputTokens * output;
  return { ...usage, costUsd: Math.round(millionths * 1e3) / 1e9 };
}
