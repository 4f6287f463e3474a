import type { ModelInfo, Price, ResolvedModel, ViewNode } from "@claw/kernel";

const columns = ["model", "context", "output", "efforts", "images", "tools", "$/M in", "out", "cache read", "write", "as of"];

/** Models for people; the rest of what is known stands in the JSON. A price with a `+` rises for long requests. */
export const modelsTable = (models: readonly ResolvedModel[]): ViewNode => ({
  type: "table",
  columns,
  rows: models.map(({ address, info }) => [
    address,
    tokens(info.contextWindow),
    tokens(info.maxOutputTokens),
    (info.efforts ?? []).join(" "),
    yes(info.images),
    yes(info.tools),
    ...prices(info.price),
    asOf(info),
  ]),
});

/** 1000000 is `1M`, 262144 `262k`. */
export function tokens(count: number | undefined): string {
  if (count === undefined) return "";
  if (count >= 1_000_000) return `${trimmed(count / 1_000_000, 2)}M`;
  return count >= 1000 ? `${trimmed(count / 1000, count < 10_000 ? 1 : 0)}k` : String(count);
}

const trimmed = (value: number, digits: number): string => String(Number(value.toFixed(digits)));

const yes = (flag: boolean | undefined): string => (flag === true ? "yes" : flag === false ? "no" : "");

function prices(price: Price | undefined): readonly string[] {
  if (price === undefined) return ["", "", "", ""];
  const rises = price.tiers === undefined || price.tiers.length === 0 ? "" : "+";
  return [price.input, price.output, price.cacheRead, price.cacheWrite].map((amount) => (amount === undefined ? "" : `${Number(amount.toFixed(6))}${rises}`));
}

/** How old the price is; of a model without one, its youngest source. */
function asOf({ price, sources = [] }: ModelInfo): string {
  const priced = sources.find(({ facts }) => facts?.includes("price") === true) ?? sources.find(({ facts }) => facts === undefined);
  if (price !== undefined && priced !== undefined) return priced.date.slice(0, 10);
  return (
    sources
      .map(({ date }) => date.slice(0, 10))
      .sort()
      .at(-1) ?? ""
  );
}
