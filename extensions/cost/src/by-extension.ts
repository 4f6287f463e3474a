import type { Price } from "@claw/kernel";
import { apportion } from "./apportion.ts";
import { type Charge, type Tokens, tokensOf } from "./charges.ts";
import { dearestFirst } from "./totals.ts";

export interface Share extends Tokens {
  readonly nano: number | undefined;
}

/** Names of what is no extension: what the model said, compactions, judgements of calls, requests without a record, and cost that cannot be told apart. */
const names = { model: "model", summaries: "summaries", judgements: "judgements", unknown: "unknown", unsplit: "unsplit" } as const;

const parts = ["input", "read", "write", "output", "nano"] as const;

/**
 * Charges by whose bytes they were for: a request's input by the shares of its record, its output to the model. Whole numbers that sum up
 * to the charges' own. `priceOf` says what a model's tokens cost: a log has only what a request cost as a whole.
 */
export function byExtension(charges: readonly Charge[], priceOf: (model: string) => Price | undefined): readonly (readonly [string, Share])[] {
  const sums = new Map<string, Record<(typeof parts)[number], number | undefined>>();
  const add = (who: string, part: (typeof parts)[number], amount: number): void => {
    const sum = sums.get(who) ?? { input: 0, read: 0, write: 0, output: 0, nano: undefined };
    sums.set(who, sum);
    sum[part] = (sum[part] ?? 0) + amount;
  };
  for (const charge of charges) {
    const tokens = tokensOf(charge);
    const weights = weightsOf(charge);
    const speaker = ownName(charge) ?? names.model;
    for (const part of ["input", "read", "write"] as const)
      if (tokens[part] > 0) for (const [who, amount] of apportion(tokens[part], weights)) add(who, part, amount);
    if (tokens.output > 0) add(speaker, "output", tokens.output);
    if (charge.nano === undefined) continue;
    const split = splitOf(charge.nano, tokens, priceOf(charge.model));
    if (split === undefined) add(names.unsplit, "nano", charge.nano);
    else {
      for (const [who, amount] of apportion(split.input, weights)) add(who, "nano", amount);
      add(speaker, "nano", split.output);
    }
  }
  return [...sums].map(([who, sum]) => [who, sum as Share] as const).toSorted(dearestFirst);
}

/** The one name that all of a charge stands under which is no part of the conversation. */
const ownName = ({ kind }: Charge): string | undefined => (kind === "summary" ? names.summaries : kind === "judgement" ? names.judgements : undefined);

function weightsOf(charge: Charge): readonly (readonly [string, number])[] {
  const own = ownName(charge);
  if (own !== undefined) return [[own, 1]];
  const shares = Object.entries(charge.prefix?.shares ?? {});
  return shares.length === 0 ? [[names.unknown, 1]] : shares;
}

/** What of a cost was for the input. Prices change: what was paid is divided as it would be today. */
export function splitOf(
  nano: number,
  { input, read, write, output }: Tokens,
  price: Price | undefined,
): { readonly input: number; readonly output: number } | undefined {
  if (output === 0) return { input: nano, output: 0 };
  if (input + read + write === 0) return { input: 0, output: nano };
  if (nano === 0) return { input: 0, output: 0 };
  if (price === undefined) return undefined;
  const rates = price.tiers?.findLast(({ inputTokensAbove }) => input + read + write > inputTokensAbove) ?? price;
  const forInput = input * rates.input + read * (rates.cacheRead ?? rates.input) + write * (rates.cacheWrite ?? rates.input);
  const all = forInput + output * rates.output;
  if (!(all > 0)) return undefined;
  const part = Math.round(nano * (forInput / all));
  return { input: part, output: nano - part };
}
