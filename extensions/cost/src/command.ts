import type { Command, CommandCall, Models, SessionStore } from "@claw/kernel";
import { type Account, accountNamed, accountsOf } from "./account.ts";
import { byExtension } from "./by-extension.ts";
import type { Charge } from "./charges.ts";
import { readCommandLine } from "./command-line.ts";
import { pricesOf } from "./prices.ts";
import { type Row, extensionRecord, modelRecord, requestRecord, rowsOf, sessionRecord, totalRecord } from "./records.ts";
import { extensionTable, info, modelTable, requestTable, sessionTable, unknownParts } from "./tables.ts";
import { type Totals, groupedBy, sumOf } from "./totals.ts";

/** What is answered from. */
interface Books {
  readonly call: CommandCall;
  readonly accounts: readonly Account[];
  readonly rows: readonly Row[];
  readonly charges: readonly Charge[];
  readonly total: Totals;
}

type View = (books: Books, models: Models | undefined) => void | Promise<void>;

const views: Readonly<Record<"session" | "model" | "extension" | "request", View>> = {
  session({ call, accounts, rows, total }) {
    const bySession = Map.groupBy(rows, ({ account }) => account);
    const sums = accounts.flatMap((account) => {
      const own = bySession.get(account)?.map(({ charge }) => charge) ?? [];
      return own.length === 0 ? [] : [[account, sumOf(own)] as const];
    });
    for (const [account, totals] of sums) call.emit(sessionRecord(account, totals));
    call.show(sessionTable(sums, total));
  },
  model({ call, charges, total }) {
    const groups = groupedBy(charges, ({ model }) => model);
    for (const [model, totals] of groups) call.emit(modelRecord(model, totals));
    call.show(modelTable(groups, total));
  },
  async extension({ call, charges, total }, models) {
    const shares = byExtension(
      charges,
      await pricesOf(
        charges.map(({ model }) => model),
        models,
        call.signal,
      ),
    );
    for (const [who, share] of shares) call.emit(extensionRecord(who, share));
    call.show(extensionTable(shares, total));
    if (shares.some(([who]) => who === "unsplit")) call.show(info("unsplit: no price is known here any more that tells the cost of input from that of output"));
  },
  request({ call, rows, total }) {
    for (const row of rows) call.emit(requestRecord(row));
    call.show(requestTable(rows, total));
  },
};

/** `claw cost`: what the logs say was spent, on what, and why a cache was missed. */
export const costCommand = (store: SessionStore, models: Models | undefined): Command => ({
  async run(asked) {
    const { call, session, by, since } = readCommandLine(asked);
    const accounts = session === undefined ? await accountsOf(store, call.workspace, call.signal) : [await accountNamed(store, session, call.workspace)];
    const rows = accounts.flatMap(rowsOf).filter(({ charge }) => since === undefined || Date.parse(charge.at) >= since);
    const charges = rows.map(({ charge }) => charge);
    const total = sumOf(charges);
    if (charges.length === 0) call.show(info(nothingOf(session, since)));
    else await views[by ?? (session === undefined ? "session" : "request")]({ call, accounts, rows, charges, total }, models);
    call.emit(totalRecord(total));
    call.show(...unknownParts(charges));
    return closing(call, accounts, session !== undefined);
  },
});

const nothingOf = (session: string | undefined, since: number | undefined): string =>
  `there are no requests ${session === undefined ? "of this folder's sessions" : "in this session"}${since === undefined ? " yet" : " since then"}`;

/** Says what the sums cannot hold. One session that is damaged is an error; of several it is a warning. */
function closing(call: CommandCall, accounts: readonly Account[], isOne: boolean): number {
  for (const { session, parent, problem } of accounts) {
    if (isOne && parent !== undefined) call.show(info(`a fork of ${parent.session} at ${parent.seq}: what came before is counted there`));
    if (problem === undefined) continue;
    if (isOne) throw problem;
    const message = `${problem.message}: what comes after is not counted`;
    call.emit({ type: "warning", message, session, code: problem.code });
    call.show({ type: "status", level: "warning", text: message });
  }
  return 0;
}
