import { type AdminPolicy, canonicalJson, ClawError, type MarketplaceIndex, type MarketplaceRoot, type RevokedRange, type Role } from "@claw/kernel/host";
import { scopeOf } from "../names.ts";
import { verifyThreshold } from "./envelope.ts";
import { instantOf } from "./read.ts";

/** What was seen of a marketplace before. */
export interface IndexMemory {
  readonly index?: { readonly version: number; readonly digest: string; readonly role: Role };
  readonly names: readonly string[];
  readonly revoked: readonly RevokedRange[];
}

export interface IndexJudgement {
  /** `sha256-…` of its file. */
  readonly digest: string;
  readonly root: MarketplaceRoot;
  readonly seen: IndexMemory;
  readonly now: Date;
  /** The time by which expiry is judged; `undefined` when it never expires, being as old as the program it came with. */
  readonly asOf: Date | undefined;
  /** What only the default marketplace may advertise; `undefined` for that one itself. */
  readonly reserved: Reserved | undefined;
}

export interface Reserved {
  readonly scope: string;
  readonly aliases: ReadonlySet<string>;
}

const dayMs = 24 * 60 * 60 * 1000;
const clockSkewMs = 5 * 60 * 1000;
const usualLifeDays = 14;
const fix = { fix: "ask whoever runs the marketplace" };

/** Judges an index by rule 4 of extensions.md §3.5. Whatever is not refused here may be remembered, and then used. */
export async function judgeIndex(index: MarketplaceIndex, { digest, root, seen, now, asOf, reserved }: IndexJudgement): Promise<void> {
  const { marketplace, version } = index;
  if (marketplace !== root.marketplace)
    throw new ClawError("E_INDEX_MARKETPLACE", `the index of ${root.marketplace} is for ${marketplace}`, { marketplace: root.marketplace }, fix);
  if (index.rootVersion > root.version)
    throw new ClawError(
      "E_ROOT_VERSION",
      `the index of ${marketplace} was made under root ${index.rootVersion}, and it publishes only root ${root.version}`,
      { marketplace },
      fix,
    );
  await verifyThreshold("index", index, root.roles.index, { now, trustedRoot: root.sigstore?.trustedRoot, what: `index ${version} of ${marketplace}` });
  judgeTime(index, root, now, asOf);
  judgeCounter(index, digest, seen, root);
  judgeMemory(index, seen);
  if (reserved !== undefined) refuseReserved(index, reserved);
}

function judgeTime(
  { marketplace, issued, expires }: MarketplaceIndex,
  { maxIndexAgeDays = usualLifeDays }: MarketplaceRoot,
  now: Date,
  asOf: Date | undefined,
): void {
  const [from, until] = [instantOf(issued, "index.json"), instantOf(expires, "index.json")];
  if (from > now.getTime() + clockSkewMs)
    throw new ClawError(
      "E_INDEX_FUTURE",
      `the index of ${marketplace} is from ${issued}, which is still to come`,
      { marketplace, issued },
      { fix: "set the clock of this machine" },
    );
  if (until <= from || until > from + maxIndexAgeDays * dayMs)
    throw new ClawError(
      "E_INDEX_LIFETIME",
      `the index of ${marketplace} says it is good until ${expires}, and ${maxIndexAgeDays} days are allowed`,
      { marketplace },
      fix,
    );
  if (asOf !== undefined) refuseExpired({ marketplace, expires }, asOf);
}

export function refuseExpired({ marketplace, expires }: Pick<MarketplaceIndex, "marketplace" | "expires">, asOf: Date): void {
  if (instantOf(expires, "index.json") > asOf.getTime()) return;
  throw new ClawError(
    "E_INDEX_EXPIRED",
    `the index of ${marketplace} was good until ${expires}`,
    { marketplace, expires },
    { fix: "ask whoever runs the marketplace; without a network, an administrator's airgap entry says by which time it is judged" },
  );
}

/** Its number only grows, until somebody who could sign it is taken out of the index role: what that one counted up to says nothing then. */
function judgeCounter({ marketplace, version, previous }: MarketplaceIndex, digest: string, { index: seen }: IndexMemory, root: MarketplaceRoot): void {
  if (seen === undefined || hasLost(seen.role, root.roles.index)) return;
  if (version < seen.version) {
    throw new ClawError(
      "E_INDEX_ROLLBACK",
      `${marketplace} answers with index ${version}, and index ${seen.version} was seen before`,
      { marketplace, seen: seen.version, offered: version },
      fix,
    );
  }
  const twice = version === seen.version && digest !== seen.digest;
  if (twice || (version === seen.version + 1 && previous !== undefined && previous !== seen.digest))
    throw new ClawError(
      "E_INDEX_EQUIVOCATION",
      `${marketplace} has shown two different documents as index ${seen.version}`,
      { marketplace, version: seen.version },
      fix,
    );
}

const signersOf = ({ keys, oidc = [] }: Role): readonly string[] => [...Object.keys(keys), ...oidc.map((identity) => canonicalJson(identity))];

function hasLost(old: Role, current: Role): boolean {
  const kept = new Set(signersOf(current));
  return signersOf(old).some((signer) => !kept.has(signer));
}

/** What a revocation is about. Its reason may be written better. */
const subjectOf = ({ name, versions, tree, severity }: RevokedRange): string => canonicalJson({ name, versions, tree, severity });

/** A name does not vanish without being called removed, and a revocation is never taken back. */
function judgeMemory({ marketplace, extensions, removed = {}, revoked = [] }: MarketplaceIndex, seen: IndexMemory): void {
  const gone = seen.names.filter((name) => !Object.hasOwn(extensions, name) && !Object.hasOwn(removed, name));
  if (gone.length > 0)
    throw new ClawError(
      "E_INDEX_REMOVED",
      `${marketplace} does not list ${listed(gone)} any more and does not say that it was removed`,
      { marketplace, names: gone },
      fix,
    );
  const present = new Set(revoked.map(subjectOf));
  const restored = seen.revoked.filter((range) => !present.has(subjectOf(range))).map(({ name, tree }) => name ?? tree ?? "");
  if (restored.length > 0)
    throw new ClawError("E_INDEX_REMOVED", `${marketplace} has taken back the revocation of ${listed(restored)}`, { marketplace, names: restored }, fix);
}

function refuseReserved({ extensions, namespaces, aliases = {} }: MarketplaceIndex, { scope, aliases: reserved }: Reserved): void {
  const taken =
    Object.keys(extensions).find((name) => scopeOf(name) === scope) ??
    Object.keys(namespaces).find((name) => name === scope) ??
    Object.entries(aliases).find(([alias, name]) => reserved.has(alias) || scopeOf(name) === scope)?.[0];
  if (taken !== undefined) throw new ClawError("E_NAME_RESERVED", `${taken} is reserved to the marketplace that comes with claw`, { name: taken }, fix);
}

/** By which time a marketplace's documents are judged: the clock, unless the administrator says that the network is not reached from here. */
export function judgedTime(marketplace: string, { extensions: { airgap = {} } = {} }: AdminPolicy, now: Date): Date {
  const entry = Object.hasOwn(airgap, marketplace) ? airgap[marketplace] : undefined;
  return entry === undefined || instantOf(entry.until, "the administrator's policy") <= now.getTime()
    ? now
    : new Date(instantOf(entry.asOf, "the administrator's policy"));
}

const listed = (names: readonly string[]): string => (names.length <= 3 ? names.join(", ") : `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`);
