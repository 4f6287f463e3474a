import type { Account } from "./account.ts";
import type { Share } from "./by-extension.ts";
import { cacheReason } from "./cache-reason.ts";
import type { Charge } from "./charges.ts";
import { type Totals, hitRate, sumOf } from "./totals.ts";

/** A charge and the request before it in the same session. */
export interface Row {
  readonly account: Account;
  readonly charge: Charge;
  readonly before: Charge | undefined;
}

export function rowsOf(account: Account): readonly Row[] {
  let before: Charge | undefined;
  return account.charges.map((charge) => {
    const row = { account, charge, before };
    if (charge.kind === "reply") before = charge;
    return row;
  });
}

/** Numbers that add up: over the lines of one answer they are those of its last line, `total`. */
const numbers = ({ input, read, write, output, nano }: Share) => ({
  inputTokens: input,
  cacheReadTokens: read,
  cacheWriteTokens: write,
  outputTokens: output,
  ...(nano === undefined ? {} : { costUsd: nano / 1e9 }),
});

const counted = (totals: Totals) => ({ requests: totals.requests, ...numbers(totals), unpriced: totals.unpriced, unreported: totals.unreported });

function rated(totals: Totals) {
  const rate = hitRate(totals);
  return { ...counted(totals), ...(rate === undefined ? {} : { cacheHitRate: rate }) };
}

export const totalRecord = (totals: Totals): object => ({ type: "total", ...rated(totals) });

export const modelRecord = (model: string, totals: Totals): object => ({ type: "model", model, ...rated(totals) });

export const extensionRecord = (extension: string, share: Share): object => ({ type: "extension", extension, ...numbers(share) });

export const sessionRecord = ({ session, at, title, parent }: Account, totals: Totals): object => ({
  type: "session",
  session,
  at,
  title,
  ...(parent === undefined ? {} : { parent }),
  ...rated(totals),
});

export function requestRecord({ account, charge, before }: Row): object {
  const { kind, seq, at, model, prefix } = charge;
  const reason = cacheReason(charge, before);
  const { expectedReadTokens, broken } = kind === "reply" ? (prefix ?? {}) : {};
  return {
    type: "request",
    session: account.session,
    seq,
    at,
    kind,
    model,
    ...counted(sumOf([charge])),
    ...(expectedReadTokens === undefined ? {} : { expectedReadTokens }),
    ...(broken === undefined ? {} : { broken }),
    ...(reason === undefined ? {} : { reason }),
  };
}
