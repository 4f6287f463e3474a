import { ClawError, type LogEntry, type SessionStore, type SessionSummary } from "@claw/kernel";
import { type Charge, chargesOf } from "./charges.ts";

/** What one session was charged. A fork's log does not hold its parent's entries: they are charged to the parent alone. */
export interface Account extends Pick<SessionSummary, "session" | "at" | "title" | "parent"> {
  readonly charges: readonly Charge[];
  /** What is not in `charges` because the log cannot be read to its end. */
  readonly problem?: ClawError;
}

/** The sessions of a workspace that are charged anything, the newest first. */
export async function accountsOf(store: SessionStore, workspace: string, signal: AbortSignal): Promise<readonly Account[]> {
  const accounts: Account[] = [];
  for await (const summary of store.list(workspace)) {
    signal.throwIfAborted();
    const account = await accountOf(store, summary);
    if (account.charges.length > 0 || account.problem !== undefined) accounts.push(account);
  }
  return accounts;
}

/** The session that a reference means. */
export async function accountNamed(store: SessionStore, reference: string, workspace: string): Promise<Account> {
  const session = await store.find(reference, workspace);
  for await (const summary of store.list(workspace)) if (summary.session === session) return accountOf(store, summary);
  return accountOf(store, { session, at: "", title: "" });
}

async function accountOf(store: SessionStore, summary: Pick<SessionSummary, "session" | "at" | "title" | "parent">): Promise<Account> {
  const { session, title } = summary;
  const charges: Charge[] = [];
  let { at, parent } = summary;
  try {
    for await (const entry of store.read(session)) {
      charges.push(...chargesOf(entry));
      at = entry.at;
      parent ??= parentOf(entry);
    }
    return { session, at, title, charges, ...(parent === undefined ? {} : { parent }) };
  } catch (problem) {
    if (!ClawError.is(problem)) throw problem;
    return { session, at, title, charges, problem };
  }
}

const parentOf = (entry: LogEntry): SessionSummary["parent"] => (entry.type === "session" ? entry.parent : undefined);
