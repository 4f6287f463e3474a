import { canonicalJson, commitTrust, type LockEntry, openStore, readTrust, type Revocation, type RevokedRange, type Store } from "@claw/kernel/host";
import { revocationOfOffer } from "./candidates.ts";
import type { ClientContext } from "./context.ts";
import { everywhere } from "./remove.ts";
import type { KnownMarketplace } from "./state.ts";

interface Version {
  readonly name: string;
  readonly version: string;
  readonly tree: string;
}

/**
 * Writes down which of the installed versions a marketplace has revoked: exactly those, since the kernel knows no ranges. A marketplace speaks
 * for what came from it and for nothing else. What was written before stays; answers what is new.
 */
export async function applyRevocations(
  { id }: Pick<KnownMarketplace, "id">,
  revoked: readonly RevokedRange[],
  { store, bundled }: Pick<ClientContext, "store" | "bundled">,
  signal: AbortSignal,
): Promise<readonly Revocation[]> {
  const own = bundled.trust.marketplace?.id === id ? everyVersion(bundled) : [];
  const installed = [...own, ...everyVersion(openStore(store), id)];
  const met = unique(revoked.flatMap((range) => revocationsBy(range, installed)));
  const newIn = (known: readonly Revocation[]): readonly Revocation[] => {
    const texts = new Set(known.map((each) => canonicalJson(each)));
    return met.filter((each) => !texts.has(canonicalJson(each)));
  };
  const fresh = newIn(readTrust(store).revoked);
  if (fresh.length > 0) await commitTrust(store, (trust) => ({ ...trust, revoked: [...trust.revoked, ...newIn(trust.revoked)] }), signal);
  return fresh;
}

/** Every version in a store that could be loaded or gone back to; with a marketplace, those that came from it. */
function everyVersion(store: Store, marketplace?: string): readonly Version[] {
  return [...everywhere(store)].flatMap(({ extension: { name, lock } }) => {
    const entries: readonly Omit<LockEntry, "previous">[] = lock.previous === undefined ? [lock] : [lock, lock.previous];
    return entries.filter((entry) => marketplace === undefined || entry.marketplace === marketplace).map(({ version, tree }) => ({ name, version, tree }));
  });
}

function revocationsBy(range: RevokedRange, installed: readonly Version[]): readonly Revocation[] {
  const { severity, reason, date, tree } = range;
  const about = { severity, ...(reason === undefined ? {} : { reason }), ...(date === undefined ? {} : { date }) };
  return installed
    .filter((each) => revocationOfOffer(each, [range]) !== undefined)
    .map(({ name, version, tree: own }) => (tree === own ? { ...about, tree } : { ...about, name, versions: [version] }));
}

const unique = (revocations: readonly Revocation[]): readonly Revocation[] => [...new Map(revocations.map((each) => [canonicalJson(each), each])).values()];
