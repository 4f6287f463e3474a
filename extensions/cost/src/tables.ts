import type { ViewNode } from "@claw/kernel";
import type { Account } from "./account.ts";
import type { Share } from "./by-extension.ts";
import { cacheReason } from "./cache-reason.ts";
import { type Charge, tokensOf } from "./charges.ts";
import type { Row } from "./records.ts";
import { type Totals, hitRate, isUnpriced } from "./totals.ts";

const tokenColumns = ["input", "cache read", "cache write", "output"];

export const sessionTable = (accounts: readonly (readonly [Account, Totals])[], total: Totals): ViewNode => ({
  type: "table",
  columns: ["session", "last used", "requests", ...tokenColumns, "hit rate", "cost", "title"],
  rows: [
    ...accounts.map(([{ session, at, title }, totals]) => [session, at, ...cells(totals), title]),
    ...(accounts.length > 1 ? [["total", "", ...cells(total), ""]] : []),
  ],
});

export const modelTable = (models: readonly (readonly [string, Totals])[], total: Totals): ViewNode => ({
  type: "table",
  columns: ["model", "requests", ...tokenColumns, "hit rate", "cost"],
  rows: [...models.map(([model, totals]) => [model, ...cells(totals)]), ...(models.length > 1 ? [["total", ...cells(total)]] : [])],
});

export const extensionTable = (shares: readonly (readonly [string, Share])[], total: Totals): ViewNode => ({
  type: "table",
  columns: ["whose", ...tokenColumns, "cost"],
  rows: [
    ...shares.map(([who, share]) => [who, ...tokenCells(share), share.nano === undefined ? "" : dollars(share.nano)]),
    ["total", ...tokenCells(total), costText(total)],
  ],
});

export const requestTable = (rows: readonly Row[], total: Totals): ViewNode => ({
  type: "table",
  columns: ["time", "model", "input", "read", "expected", "written", "output", "cost", ""],
  rows: [
    ...rows.map(requestCells),
    ...(rows.length > 1 ? [["total", "", total.input, total.read, "", total.write, total.output, costText(total), ""].map(String)] : []),
  ],
});

function requestCells({ charge, before }: Row): readonly string[] {
  const { at, model, kind, tokens, nano, prefix } = charge;
  const { input, read, write, output } = tokensOf(charge);
  const expected = kind === "reply" ? prefix?.expectedReadTokens : undefined;
  const remark = {
    reply: cacheReason(charge, before) ?? "",
    retried: "attempts that came to nothing",
    summary: "a summary of what went before",
    judgement: "a judgement of a call",
  }[kind];
  const cost = nano === undefined ? "unknown" : dollars(nano);
  if (tokens === undefined) return [at, model, "", "", "", "", "", cost, [remark, "no tokens were reported"].filter(Boolean).join("; ")];
  return [at, model, input, read, expected ?? "", write, output, cost, remark].map(String);
}

const cells = (totals: Totals): readonly string[] => [String(totals.requests), ...tokenCells(totals), rateText(hitRate(totals)), costText(totals)];

const tokenCells = ({ input, read, write, output }: Share): readonly string[] => [input, read, write, output].map(String);

const rateText = (rate: number | undefined): string => (rate === undefined ? "" : `${(rate * 100).toFixed(1)}%`);

function costText({ nano, unpriced, unreported }: Totals): string {
  if (nano === undefined) return unpriced + unreported > 0 ? "unknown" : dollars(0);
  return unpriced + unreported > 0 ? `${dollars(nano)} + unknown` : dollars(nano);
}

/** Small amounts with more places. */
const dollars = (nano: number): string => `$${(nano / 1e9).toFixed(nano > 0 && nano < 1e7 ? 6 : 4)}`;

/** What the sums leave out, a line each. */
export function unknownParts(charges: readonly Charge[]): readonly ViewNode[] {
  const unpriced = Map.groupBy(charges.filter(isUnpriced), ({ model }) => model);
  const unreported = charges.filter(({ tokens }) => tokens === undefined).length;
  return [
    ...[...unpriced].map(([model, { length }]) => info(`${model} has no known price: the tokens of ${requests(length)} are counted, what they cost is not`)),
    ...(unreported === 0 ? [] : [info(`${requests(unreported)} reported no tokens, such as one that was cut off; what it cost is not known`)]),
  ];
}

export const info = (text: string): ViewNode => ({ type: "status", level: "info", text });
export const requests = (count: number): string => (count === 1 ? "1 request" : `${count} requests`);
