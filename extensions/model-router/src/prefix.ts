import type { ModelRequest, PrefixRecord, ResolvedModel, Usage } from "@claw/kernel";
import { type Digest, shortDigest } from "./prefix-bytes.ts";
import { breakOf, keptBytes, segmentOf } from "./prefix-break.ts";
import { MessageBook } from "./prefix-history.ts";
import { readRecord } from "./prefix-record.ts";
import { chainFingerprint, prefixOf, type Prefix } from "./prefix-segments.ts";

/** Of a session the requests last made are kept: the last one, and what may stand beside it, such as a summary's. */
const requestsKept = 3;
const sessionsKept = 64;

interface Made {
  readonly record: PrefixRecord;
  readonly prefix: Prefix;
  tokens?: number;
}

interface Compared {
  readonly said: Pick<PrefixRecord, "expectedReadTokens" | "broken">;
  /** The request before, when this process made it. */
  readonly known: Made | undefined;
}

/** Says of each request what a provider's cache could know of it. */
export interface Prefixes {
  recordOf(request: ModelRequest, model: Pick<ResolvedModel, "address">): PrefixRecord;
  /** What the provider counted for the request of a record; what comes last holds. */
  note(record: PrefixRecord, usage: Usage): void;
}

export function createPrefixes(digest: Digest = shortDigest): Prefixes {
  const book = new MessageBook(digest);
  /** By session, the one used last at the end. */
  const sessions = new Map<string, readonly Made[]>();
  const made = new WeakMap<PrefixRecord, Made>();

  function keep(session: string, earlier: readonly Made[], before: Made | undefined, last: Made): void {
    const kept = [...earlier.filter((one) => one !== before), ...(before === undefined ? [] : [before]), last].slice(-requestsKept);
    sessions.delete(session);
    sessions.set(session, kept);
    const [oldest] = sessions.keys();
    if (sessions.size > sessionsKept && oldest !== undefined) sessions.delete(oldest);
  }

  /** What a request has in common with the one before it. */
  function compared(now: Prefix, model: string, { before: given, rewrittenBy }: ModelRequest, earlier: readonly Made[]): Compared {
    const before = readRecord(given);
    if (before === undefined) return { said: {}, known: undefined };
    const known = earlier.findLast(({ record }) => isOf(record, before));
    const { messages = 0, bytes = 0, fingerprint } = segmentOf(before, "history") ?? {};
    const chain = book.chainAt(now.links, messages, bytes);
    const hasGrown = chain !== undefined && chainFingerprint(chain, digest) === fingerprint;
    const broken = breakOf({ model, now, before, known: known?.prefix, rewrittenBy, hasGrown });
    const read = readTokens(before, known?.tokens ?? before.tokens, broken);
    return { said: { ...(read === undefined ? {} : { expectedReadTokens: read }), ...(broken === undefined ? {} : { broken }) }, known };
  }

  return {
    recordOf(request, { address }) {
      const { session } = request;
      const earlier = (session === undefined ? undefined : sessions.get(session)) ?? [];
      const prefixes = earlier.map(({ prefix }) => prefix);
      const now = prefixOf(request, prefixes, book, digest);
      const { said, known } = compared(now, address, request, earlier);
      const record: PrefixRecord = {
        model: address,
        segments: [now.tools, now.system, now.history],
        shares: now.tally.shares(now.owners, now.system.bytes, now.specs),
        ...said,
      };
      const last: Made = { record, prefix: now };
      made.set(record, last);
      if (session !== undefined) keep(session, earlier, known, last);
      return record;
    },
    note(record, usage) {
      const one = made.get(record);
      if (one !== undefined) one.tokens = inputTokensOf(usage);
    },
  };
}

/** What the request was, in tokens. */
export const inputTokensOf = ({ inputTokens, cacheReadTokens = 0, cacheWriteTokens = 0 }: Usage): number => inputTokens + cacheReadTokens + cacheWriteTokens;

/** Tokens of the request before that this one still begins with, by its bytes. */
function readTokens(before: PrefixRecord, tokens: number | undefined, broken: PrefixRecord["broken"]): number | undefined {
  if (tokens === undefined || broken === undefined) return tokens;
  const bytes = before.segments.reduce((sum, segment) => sum + segment.bytes, 0);
  return bytes === 0 ? 0 : Math.floor((tokens * keptBytes(before, broken)) / bytes);
}

/** Whether two records are of the same request. */
const isOf = (one: PrefixRecord, other: PrefixRecord): boolean =>
  one.model === other.model &&
  one.segments.every(({ name, bytes, fingerprint }) => {
    const segment = segmentOf(other, name);
    return segment?.bytes === bytes && segment.fingerprint === fingerprint;
  });
