import { type AdminPolicy, ClawError } from "@claw/kernel/host";
import { checkOwnSignatures, fingerprintOf, followRoots, pinnedRoot, refuseExpiredRoot, rootPathOf, type TrustedRoot } from "../documents/root-rules.ts";
import { mostDocumentBytes, readRoot } from "../documents/read.ts";
import { judgedTime } from "../documents/index-rules.ts";
import type { MarketplaceRoot } from "@claw/kernel/host";
import { isSegment } from "../names.ts";
import type { PublisherPolicy } from "../signature/policy.ts";
import type { Transport } from "../transport/transport.ts";
import type { ClientContext } from "./context.ts";
import { formatOf } from "./marketplace-format.ts";
import { transportTo } from "./marketplace-transport.ts";
import {
  commitState,
  type KnownMarketplace,
  type MarketplaceState,
  nothingSeen,
  readState,
  type SeenMarketplace,
  type SeenRoot,
  seenOf,
  withSeen,
} from "./state.ts";

/** The scope of what comes with claw, and of nothing else. */
export const ownScope = "claw";

/** The marketplace that comes with the program, its root pinned beside what the program trusts; undefined when there is none. */
export function defaultMarketplace({ bundled, defaultUrl }: Pick<ClientContext, "bundled" | "defaultUrl">): KnownMarketplace | undefined {
  const { marketplace } = bundled.trust;
  if (marketplace === undefined || defaultUrl === undefined) return undefined;
  return { id: marketplace.id, url: defaultUrl, scopes: [ownScope], format: "claw", root: marketplace.root };
}

/** Every marketplace there is to ask: the one that comes with the program, and those that the person added, in that order. */
export function knownMarketplaces(context: Pick<ClientContext, "bundled" | "defaultUrl" | "store">): readonly KnownMarketplace[] {
  const own = defaultMarketplace(context);
  const added = readState(context.store).marketplaces;
  return own === undefined ? added : [own, ...added.filter(({ id }) => id !== own.id)];
}

export interface AddOptions {
  /** `sha256:…` of a root of its chain, from somewhere else than the marketplace; asked for when absent. */
  readonly root?: string;
  /** Names in these scopes come from here only. A format whose packages have no scope gives them the first. */
  readonly scopes: readonly string[];
  readonly allowUnsigned?: boolean;
  readonly insecure?: boolean;
  /** The name of the secret that holds the headers it is asked with. */
  readonly credential?: string;
  /** Its files were brought from elsewhere: from now on it is asked at the address that is its name. */
  readonly brought?: boolean;
  /** Who may sign, for formats whose documents name nobody. */
  readonly publishers?: PublisherPolicy;
  /** Judges everything, and knows it only for this once. */
  readonly dryRun?: boolean;
  /** Asks the person whether a root is the right one; false when nobody can be asked. */
  readonly confirm: (fingerprint: string, document: MarketplaceRoot) => Promise<boolean>;
}

/** Adds a marketplace once it is known which format it has and that its root is trusted. Its index is read by the first refresh. */
export async function addMarketplace(url: string, options: AddOptions, context: ClientContext, signal: AbortSignal): Promise<KnownMarketplace> {
  options.scopes.forEach(checkScope);
  const { scopes, allowUnsigned = false, insecure = false, credential, publishers = [] } = options;
  const reach = { ...(insecure ? { insecure } : {}), ...(credential === undefined ? {} : { credential }) };
  const transport = await transportTo({ url, ...reach }, context);
  const { repositoryOf } = await import("../compat/claude-plugin.ts");
  // A repository has no files to ask for before it is fetched, and the part after its # is where to look.
  const isRepository = repositoryOf(url) !== undefined;
  const { format, root } = isRepository ? ({ format: "claude-code", root: undefined } as const) : await formatOf(transport, signal);
  const address = { url: isRepository ? url : transport.base, scopes, ...reach, ...(publishers.length === 0 ? {} : { publishers }) };
  if (root === undefined) {
    if (scopes.length === 0) throw new ClawError("USAGE", `the packages of ${url} have no scope of their own`, {}, { fix: "give them one with --scope" });
    if (!allowUnsigned && publishers.length === 0)
      throw new ClawError(
        "E_SIG_MISSING",
        `the documents of ${url} are not signed`,
        {},
        { fix: "name its publisher with --publisher-key, or allow it with --allow-unsigned" },
      );
    const known: KnownMarketplace = { ...address, id: address.url.replace(/\/$/, ""), format, ...(allowUnsigned ? { unsigned: true } : {}) };
    return commitKnown(known, undefined, options, context, signal);
  }
  const trusted = await trustedFirst(root, options, transport, context, signal);
  const id = trusted.document.marketplace;
  const known: KnownMarketplace = { ...address, ...(options.brought === true ? { url: `${id.replace(/\/$/, "")}/` } : {}), id, format, root: trusted.pin };
  return commitKnown(known, trusted, options, context, signal);
}

/** The root to begin with: one that the person named or confirms, and what its chain leads to. */
async function trustedFirst(bytes: Uint8Array, options: AddOptions, transport: Transport, context: ClientContext, signal: AbortSignal): Promise<SeenRoot> {
  const fetch = (version: number): Promise<Uint8Array | undefined> => transport.get(rootPathOf(version), mostDocumentBytes, signal);
  const document = readRoot(bytes);
  refuseByPolicy(document.marketplace, context.policy);
  const now = context.now();
  let first: TrustedRoot = { document, fingerprint: fingerprintOf(bytes) };
  const pin = options.root ?? seenOfKnown(readState(context.store), document.marketplace)?.root?.pin;
  if (pin !== undefined) first = await pinnedRoot(pin, bytes, fetch);
  await checkOwnSignatures(first.document, now);
  const newest = (await followRoots(first, fetch, now)).at(-1) ?? first;
  refuseExpiredRoot(newest.document, judgedTime(document.marketplace, context.policy, now));
  if (pin === undefined && !(await options.confirm(first.fingerprint, first.document))) {
    const { fingerprint } = first;
    throw new ClawError(
      "E_ROOT_UNKNOWN",
      `nobody has confirmed that ${fingerprint} is the root of ${document.marketplace}`,
      { marketplace: document.marketplace, fingerprint },
      { fix: `compare it with what its operator says, and add --root ${fingerprint}` },
    );
  }
  return { ...newest, pin: pin ?? first.fingerprint };
}

async function commitKnown(
  known: KnownMarketplace,
  root: SeenRoot | undefined,
  { dryRun = false }: AddOptions,
  context: ClientContext,
  signal: AbortSignal,
): Promise<KnownMarketplace> {
  refuseByPolicy(known.id, context.policy);
  if (known.id === context.bundled.trust.marketplace?.id)
    throw new ClawError("E_MARKETPLACE_CLAIMED", `${known.id} is the marketplace that comes with claw`, { scope: ownScope });
  const withKnown = (current: MarketplaceState): MarketplaceState => {
    const others = current.marketplaces.filter(({ id }) => id !== known.id);
    refuseClaimed(known, others);
    const state = { ...current, marketplaces: [...others, known] };
    return root === undefined ? state : withRoot(state, current, known, root);
  };
  if (dryRun) withKnown(readState(context.store));
  else await commitState(context.store, withKnown, signal);
  return known;
}

/** A marketplace that is added again, perhaps at another address, stays the one it was: what was seen of it is kept. */
function withRoot(state: MarketplaceState, before: MarketplaceState, { id }: KnownMarketplace, root: SeenRoot): MarketplaceState {
  const seen = seenOfKnown(before, id) ?? nothingSeen;
  const was = seen.root;
  if (was !== undefined && was.pin !== root.pin) {
    throw new ClawError(
      "E_ROOT_UNKNOWN",
      `${id} is known by another root, ${was.pin}`,
      { marketplace: id, fingerprint: root.fingerprint },
      { fix: `claw ext marketplace remove ${id}, and add it again` },
    );
  }
  return was !== undefined && was.document.version >= root.document.version ? state : withSeen(state, id, { ...seen, root });
}

/** What was seen of a marketplace, if it is one that the person has added: a refresh may have ended after its removal. */
const seenOfKnown = (state: MarketplaceState, name: string): SeenMarketplace | undefined =>
  state.marketplaces.some(({ id }) => id === name) ? seenOf(state, name) : undefined;

/** Forgets a marketplace, by its name or its address, and all that was seen of it. What was installed from it stays. */
export async function removeMarketplace(which: string, context: ClientContext, signal: AbortSignal): Promise<KnownMarketplace> {
  const own = defaultMarketplace(context);
  if (own !== undefined && [own.id, own.url].includes(which))
    throw new ClawError("USAGE", `${which} comes with claw and cannot be removed`, {}, { fix: "an administrator's policy can deny it" });
  let removed: KnownMarketplace | undefined;
  await commitState(
    context.store,
    (current) => {
      removed = marketplaceNamed(which, current.marketplaces);
      const { id } = removed;
      const seen = Object.fromEntries(Object.entries(current.seen).filter(([name]) => name !== id));
      return { marketplaces: current.marketplaces.filter((each) => each.id !== id), seen };
    },
    signal,
  );
  return removed ?? marketplaceNamed(which, []);
}

/** The marketplace of a name or an address. */
export function marketplaceNamed(which: string, known: readonly KnownMarketplace[]): KnownMarketplace {
  const bare = (text: string): string => text.replace(/\/$/, "");
  const found = known.find(({ id }) => bare(id) === bare(which)) ?? known.find(({ url }) => bare(url) === bare(which));
  if (found !== undefined) return found;
  throw new ClawError(
    "E_MARKETPLACE_UNKNOWN",
    `${JSON.stringify(which.slice(0, 200))} is no marketplace that was added`,
    { marketplace: which.slice(0, 200) },
    { fix: "claw ext marketplace list" },
  );
}

/** Refuses a marketplace that an administrator does not allow. */
export function refuseByPolicy(id: string, policy: AdminPolicy): void {
  if (isAllowed(id, policy)) return;
  throw new ClawError(
    "E_POLICY",
    `the administrator's policy does not allow the marketplace ${id}`,
    { policy: "marketplaces", what: id },
    { fix: "ask whoever administers this machine" },
  );
}

export const isAllowed = (id: string, { extensions: { marketplaces: { allow, deny = [] } = {} } = {} }: AdminPolicy): boolean =>
  (allow?.includes(id) ?? true) && !deny.includes(id);

function refuseClaimed({ scopes }: KnownMarketplace, others: readonly KnownMarketplace[]): void {
  for (const scope of scopes) {
    const owner = others.find((each) => each.scopes.includes(scope));
    if (owner !== undefined)
      throw new ClawError(
        "E_MARKETPLACE_CLAIMED",
        `the scope ${scope} belongs to ${owner.id}`,
        { scope },
        { fix: `claw ext marketplace remove ${owner.id}, or choose another scope` },
      );
  }
}

function checkScope(scope: string): void {
  if (!isSegment(scope))
    throw new ClawError("E_NAME", `${JSON.stringify(scope.slice(0, 120))} is no scope`, { name: scope.slice(0, 120) }, { fix: "write it as acme" });
  if (scope === ownScope) throw new ClawError("E_NAME_RESERVED", `the scope ${scope} is reserved to the marketplace that comes with claw`, { name: scope });
}
