import type { EntryBody, PrefixRecord, SessionStore, Spending, Usage } from "@claw/kernel";

/** The workspace of the harness's calls. */
export const workspace = "0123456789abcdef";

/** The n-th minute of the day the logs are of. */
export const minute = (n: number): string => new Date(Date.UTC(2026, 10, 22, 8, n)).toISOString();

export interface Reply {
  readonly usage?: Usage;
  readonly wasted?: Usage;
  readonly prefix?: Partial<PrefixRecord>;
  readonly model?: string;
  readonly partial?: boolean;
}

export const reply = ({ prefix, model = "one/alpha", ...rest }: Reply): EntryBody => ({
  type: "reply",
  content: [],
  model,
  ms: 0,
  ...rest,
  ...(prefix === undefined ? {} : { prefix: { model, segments: [], shares: {}, ...prefix } }),
});

export const compacted = (usage?: Usage): EntryBody => ({
  type: "compacted",
  through: 0,
  summary: "before",
  trigger: "auto",
  tokensBefore: 2,
  tokensAfter: 1,
  ...(usage === undefined ? {} : { usage, writtenBy: "one/small" }),
});

export const judged = (...spent: readonly Spending[]): EntryBody => ({
  type: "judged",
  call: "c1",
  tool: "bash",
  input: {},
  verdict: "allow",
  opinions: [{ author: "claw/permissions", stage: "decide", decision: "allow", reason: "because", ...(spent.length === 0 ? {} : { spent }) }],
});

/** Writes a log, an entry a minute from `from` on, and answers its id. */
export async function write(
  store: SessionStore,
  number: number,
  bodies: readonly EntryBody[],
  { from = 0, parent }: { readonly from?: number; readonly parent?: { readonly session: string; readonly seq: number } } = {},
): Promise<string> {
  const id = `0190aaaa-0000-7000-8000-${String(number).padStart(12, "0")}`;
  await store.create({
    seq: 0,
    at: minute(from),
    type: "session",
    version: 1,
    id,
    cwd: "/w",
    workspace,
    claw: "1.0.0",
    ...(parent === undefined ? {} : { parent }),
  });
  for (const [index, body] of bodies.entries()) await store.append(id, { seq: index + 1, at: minute(from + index + 1), ...body });
  await store.close(id);
  return id;
}
