import { canonicalJson, ClawError, type MarketplaceIndex, type MarketplaceRoot } from "@claw/kernel/host";
import { baseOf } from "../names.ts";
import { judgedTime, judgeIndex, type Reserved } from "../documents/index-rules.ts";
import { digestOf } from "../documents/pins.ts";
import { mostDocumentBytes, readIndex } from "../documents/read.ts";
import { followRoots, pinnedRoot, refuseExpiredRoot, rootPathOf, type TrustedRoot } from "../documents/root-rules.ts";
import type { Transport } from "../transport/transport.ts";
import type { ClientContext } from "./context.ts";
import { cacheDocument, forgetDocument } from "./document-cache.ts";
import { defaultMarketplace, ownScope } from "./known.ts";
import { mirrorTransport, transportTo } from "./marketplace-transport.ts";
import { commitState, type KnownMarketplace, type MarketplaceState, nothingSeen, readState, type SeenMarketplace, seenOf, withSeen } from "./state.ts";

/** A marketplace's documents as it publishes them now, verified and remembered, and the way to its other files. */
export interface Refreshed {
  readonly root: MarketplaceRoot;
  readonly index: MarketplaceIndex;
  readonly transport: Transport;
}

/** How often it is begun again because another process was further. */
const mostAttempts = 5;

/** Fetches a marketplace's roots and index and judges them; the state is on the disk before anybody gets them. A mirror is asked where the address does not answer. */
export async function refresh(known: KnownMarketplace, context: ClientContext, signal: AbortSignal): Promise<Refreshed> {
  const mirrors = seenOf(readState(context.store), known.id)?.root?.document.mirrors ?? [];
  const toMirrors = mirrors
    .filter((mirror) => mirror.startsWith("https:"))
    .map(
      (mirror): Way =>
        async (listed) =>
          mirrorTransport(mirror, context, listed),
    );
  let unreachable: unknown;
  for (const way of [((listed) => transportTo(known, context, listed)) satisfies Way, ...toMirrors]) {
    try {
      const transport = await way(mirrors);
      const documents = await refreshFrom(transport, known, context, signal);
      const listed = documents.root.mirrors ?? [];
      return { ...documents, transport: canonicalJson(listed) === canonicalJson(mirrors) ? transport : await way(listed) };
    } catch (error) {
      if (!isUnreachable(error, signal)) throw error;
      unreachable ??= error;
    }
  }
  throw unreachable;
}

/** Opens the way to one address; redirects may lead to the mirrors. */
type Way = (mirrors: readonly string[]) => Promise<Transport>;

/** Whether a failure only says that nobody answered, and nothing about what the marketplace says. */
export const isUnreachable = (error: unknown, signal: AbortSignal): error is ClawError =>
  !signal.aborted &&
  ClawError.is(error) &&
  (["NETWORK_FAILED", "NETWORK_OFFLINE", "E_TIMEOUT"].includes(error.code) || (error.code === "E_HTTP_STATUS" && error.retryable));

async function refreshFrom(transport: Transport, known: KnownMarketplace, context: ClientContext, signal: AbortSignal): Promise<Omit<Refreshed, "transport">> {
  context.progress({ what: "refresh", of: known.id });
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    const root = await refreshRoot(transport, known, context, signal);
    const index = await refreshIndex(transport, root, known, context, signal);
    if (index !== undefined) return { root: root.document, index };
  }
  throw new ClawError("E_LOCKED", `other processes of claw keep changing what is known of ${known.id}`, {}, { retryable: true, fix: "wait for them" });
}

async function refreshRoot(transport: Transport, known: KnownMarketplace, context: ClientContext, signal: AbortSignal): Promise<TrustedRoot> {
  const { id, root: pin = "" } = known;
  const now = context.now();
  const get = (version: number): Promise<Uint8Array | undefined> => transport.get(rootPathOf(version), mostDocumentBytes, signal);
  const seen = seenOf(readState(context.store), id);
  const first = seen?.root?.pin === pin ? seen.root : await pinnedRoot(pin, await present("root.json", transport, signal), get);
  if (first.document.marketplace !== id)
    throw new ClawError(
      "E_ROOT_MARKETPLACE",
      `the root of ${id} is for ${first.document.marketplace}`,
      { marketplace: id },
      { fix: "claw ext marketplace add" },
    );
  const reached = [first, ...(await followRoots(first, get, now))];
  const newest = reached.at(-1) ?? first;
  if (!isPartOfProgram(known, context)) refuseExpiredRoot(newest.document, judgedTime(id, context.policy, now));
  if (seen?.root?.pin === pin && seen.root.fingerprint === newest.fingerprint) return newest;
  await commitState(
    context.store,
    (current) => {
      const was = seenOf(current, id);
      const isChain = was?.root === undefined || reached.some(({ fingerprint }) => fingerprint === was.root?.fingerprint);
      // Another process may have gone further along the same chain.
      if (was?.root?.pin === pin && (!isChain || was.root.fingerprint === newest.fingerprint)) return undefined;
      // The program came with the root of another chain: what was seen under the old one says nothing about this one.
      return withSeen(current, id, {
        ...(isChain && was !== undefined ? was : nothingSeen),
        root: { pin, fingerprint: newest.fingerprint, document: newest.document },
      });
    },
    signal,
  );
  return newest;
}

/** The index, remembered; undefined when another process has remembered something else meanwhile. */
async function refreshIndex(
  transport: Transport,
  root: TrustedRoot,
  known: KnownMarketplace,
  context: ClientContext,
  signal: AbortSignal,
): Promise<MarketplaceIndex | undefined> {
  const { id } = known;
  const bytes = await present("index.json", transport, signal);
  const index = readIndex(bytes);
  const digest = digestOf(bytes);
  const now = context.now();
  const state = readState(context.store);
  const was = seenOf(state, id) ?? nothingSeen;
  const ownFolder = isPartOfProgram(known, context);
  const seen = ownFolder ? nothingSeen : was;
  const asOf = ownFolder ? undefined : judgedTime(id, context.policy, now);
  await judgeIndex(index, { digest, root: root.document, seen, now, asOf, reserved: reservedFrom(known, state, context) });
  await cacheDocument(context.cache, bytes);
  const next: SeenMarketplace = {
    ...was,
    index: { version: index.version, digest, issued: index.issued, role: root.document.roles.index, aliases: Object.keys(index.aliases ?? {}).sort() },
    names: [...new Set([...seen.names, ...Object.keys(index.extensions)])].sort(),
    revoked: index.revoked ?? [],
    refreshedAt: now.toISOString(),
  };
  let isCurrent = true;
  await commitState(
    context.store,
    (current) => {
      const there = seenOf(current, id) ?? nothingSeen;
      isCurrent = canonicalJson([there.root?.fingerprint ?? null, there.index ?? null]) === canonicalJson([root.fingerprint, was.index ?? null]);
      return isCurrent ? withSeen(current, id, { ...next, versions: there.versions }) : undefined;
    },
    signal,
  );
  if (!isCurrent) return undefined;
  if (was.index !== undefined && was.index.digest !== digest) await forgetDocument(context.cache, was.index.digest);
  return index;
}

/**
 * Whether the documents are a folder of the program's own. Whoever can write there can write the program, and an older program brings an
 * older folder, so neither the clock nor what was seen before is held against it; its signatures are.
 */
export const isPartOfProgram = ({ id, url }: KnownMarketplace, context: Pick<ClientContext, "bundled" | "defaultUrl">): boolean =>
  url.startsWith("file:") && id === defaultMarketplace(context)?.id && url === context.defaultUrl;

/** What a marketplace may not advertise, not being the default one. Until that one was read, the names that came with the program stand for its aliases. */
function reservedFrom({ id }: KnownMarketplace, state: MarketplaceState, { bundled }: ClientContext): Reserved | undefined {
  const own = bundled.trust.marketplace?.id;
  if (id === own) return undefined;
  const seen = own === undefined ? undefined : seenOf(state, own)?.index?.aliases;
  return { scope: ownScope, aliases: new Set(seen ?? bundled.names.map(baseOf)) };
}

async function present(path: string, transport: Transport, signal: AbortSignal): Promise<Uint8Array> {
  const bytes = await transport.get(path, mostDocumentBytes, signal);
  if (bytes !== undefined) return bytes;
  throw new ClawError(
    "E_NOT_PUBLISHED",
    `${transport.base}${path} is not there`,
    { url: `${transport.base}${path}` },
    { fix: "is this the address of a marketplace?" },
  );
}
