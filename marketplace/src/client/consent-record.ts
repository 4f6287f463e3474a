import {
  ClawError,
  combineTrust,
  commitGrants,
  commitTrust,
  type Grant,
  grantKeyOf,
  openStore,
  type PublisherTrust,
  readGrants,
  readTrust,
  type Store,
  type StoreLocation,
  type Tier,
  tierOf,
  type Trust,
} from "@claw/kernel/host";
import { publicKeyOf, publisherOfKey } from "../signature/keys.ts";
import type { PublisherPolicy } from "../signature/policy.ts";
import type { Admitted } from "./admit.ts";

/** A package, and who might have signed it. */
export interface Consented extends Pick<Admitted, "name" | "entry"> {
  readonly publishers: PublisherPolicy;
}

export interface RecordOptions {
  readonly store: StoreLocation;
  /** What comes with the program, and whom that trusts already. */
  readonly bundled: Store;
  readonly now: Date;
  readonly by: Grant["by"];
}

/** Writes down what a person agreed to: whom to trust with these extensions and no other, and what each may do. What is written already stays as it is. */
export async function recordConsent(consented: readonly Consented[], { store, bundled, now, by }: RecordOptions, signal: AbortSignal): Promise<void> {
  const untrusted = (own: Trust): readonly Consented[] => consented.filter((each) => !isTrusted(each, combineTrust(bundled.trust, own)));
  if (untrusted(readTrust(store)).length > 0) {
    await commitTrust(
      store,
      (own) => untrusted(own).reduce((trust, each) => ({ ...trust, publishers: { ...trust.publishers, ...trusting(each, trust, store, bundled) } }), own),
      signal,
    );
  }
  const fresh = consented.map(({ name, entry }) => [grantKeyOf(name, entry), { granted: entry.requested, at: now.toISOString(), by }] as const);
  const known = readGrants(store);
  if (fresh.every(([key]) => Object.hasOwn(known, key))) return;
  await commitGrants(store, (current) => ({ ...Object.fromEntries(fresh), ...current }), signal);
}

/** Whether a publisher is trusted far enough for an extension, whatever is revoked. */
export function isTrusted({ name, entry }: Pick<Admitted, "name" | "entry">, trust: Trust): boolean {
  try {
    tierOf({ name, version: entry.version, tree: entry.tree, publisher: entry.publisher, tier: entry.tier }, { ...trust, revoked: [] });
    return true;
  } catch (error) {
    if (ClawError.is(error, "E_PUBLISHER_UNTRUSTED")) return false;
    throw error;
  }
}

/** The publisher's trust with one extension more. A person's word on a publisher replaces the program's, so it takes that over. */
function trusting({ name, entry, publishers }: Consented, own: Trust, store: StoreLocation, bundled: Store): Trust["publishers"] {
  const { publisher, tier } = entry;
  const all = combineTrust(bundled.trust, own).publishers;
  const given = Object.hasOwn(all, publisher) ? all[publisher] : undefined;
  const before: PublisherTrust = given === undefined || given.tier === "none" ? { tier, extensions: [] } : given;
  // Trusted with everything, but not this far: from here on only with what is installed.
  const extensions = before.extensions ?? [openStore(store), bundled].flatMap((each) => each.names.filter((one) => each.get(one)?.publisher === publisher));
  const pem = before.pem ?? pemOf(publisher, publishers);
  return {
    [publisher]: {
      tier: higher(before.tier === "none" ? tier : before.tier, tier),
      extensions: [...new Set([...extensions, name])].sort(),
      ...(pem === undefined ? {} : { pem }),
    },
  };
}

const order: readonly Tier[] = ["declarative", "wasm", "isolated", "trusted"];
const higher = (a: Tier, b: Tier): Tier => (order.indexOf(a) > order.indexOf(b) ? a : b);

/** The key of a publisher who signs with one. */
function pemOf(publisher: string, policy: PublisherPolicy): string | undefined {
  if (!publisher.startsWith("key:")) return undefined;
  for (const entry of policy) if (entry.kind === "key" && publisherOfKey(publicKeyOf(entry.pem)) === publisher) return entry.pem;
  return undefined;
}
