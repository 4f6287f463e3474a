import { commitSealed, type MarketplaceRoot, readSealed, type RevokedRange, type Role, type StoreLocation } from "@claw/kernel/host";
import { type OfferedVersions, refuseChanged, type SeenVersions, withOffered } from "../documents/manifest-rules.ts";
import type { PublisherPolicy } from "../signature/policy.ts";

export type MarketplaceFormat = "claw" | "claw-code-go" | "claude-code";

/** A marketplace that the person added. */
export interface KnownMarketplace {
  /** Its name: the URL that its documents say, which a mirror does not change. */
  readonly id: string;
  /** Where its files are. */
  readonly url: string;
  /** Names in these scopes come from here and from nowhere else. */
  readonly scopes: readonly string[];
  readonly format: MarketplaceFormat;
  /** `sha256:…`, the fingerprint of the root that was trusted first; formats without a root have none. */
  readonly root?: string;
  /** HTTP from this machine is fine. */
  readonly insecure?: boolean;
  /** What nobody signed may be installed from here. */
  readonly unsigned?: boolean;
  /** Who may sign, said by the person, where the format's documents name nobody who could be believed. */
  readonly publishers?: PublisherPolicy;
  /** The name of the secret that holds the headers it is asked with. */
  readonly credential?: string;
  /** Hours a version must have been out, instead of the usual. */
  readonly cooldown?: number;
}

/** The newest root that was verified, and by what it is known. */
export interface SeenRoot {
  /** The root that the person or the program named, from which this one was reached. */
  readonly pin: string;
  readonly fingerprint: string;
  readonly document: MarketplaceRoot;
}

/** The newest index that was verified. */
export interface SeenIndex {
  readonly version: number;
  /** `sha256-…` of the file. */
  readonly digest: string;
  readonly issued: string;
  /** Who could sign it then. */
  readonly role: Role;
  readonly aliases: readonly string[];
}

/** What was seen of a marketplace: what an older or another answer is recognised by. */
export interface SeenMarketplace {
  readonly root?: SeenRoot;
  readonly index?: SeenIndex;
  /** Every name that it ever advertised, sorted. */
  readonly names: readonly string[];
  /** By the names whose versions were looked at. */
  readonly versions: Readonly<Record<string, SeenVersions>>;
  readonly revoked: readonly RevokedRange[];
  /** ISO time of the last verified answer. */
  readonly refreshedAt?: string;
}

/** `state.json` of the person's store. */
export interface MarketplaceState {
  /** In the order in which they were added. */
  readonly marketplaces: readonly KnownMarketplace[];
  readonly seen: Readonly<Record<string, SeenMarketplace>>;
}

const stateFile = "state.json";

export const nothingSeen: SeenMarketplace = { names: [], versions: {}, revoked: [] };

export function readState(store: StoreLocation): MarketplaceState {
  const { marketplaces = [], seen = {} } = (readSealed(store, stateFile) ?? {}) as Partial<MarketplaceState>;
  return { marketplaces, seen };
}

/**
 * Replaces the state by what `change` makes of what is there when no other process writes, so that nothing is lowered that another
 * process has raised meanwhile. It is on the disk when this is done. `undefined` leaves it as it is.
 */
export const commitState = (
  store: StoreLocation,
  change: (current: MarketplaceState) => MarketplaceState | undefined | Promise<MarketplaceState | undefined>,
  signal: AbortSignal,
): Promise<void> => commitSealed(store, stateFile, () => change(readState(store)), signal);

export const seenOf = ({ seen }: MarketplaceState, id: string): SeenMarketplace | undefined => (Object.hasOwn(seen, id) ? seen[id] : undefined);

export const withSeen = (state: MarketplaceState, id: string, seen: SeenMarketplace): MarketplaceState => ({ ...state, seen: { ...state.seen, [id]: seen } });

/** The versions of one extension that a marketplace has shown before. */
export function versionsSeen(state: MarketplaceState, id: string, name: string): SeenVersions {
  const versions = seenOf(state, id)?.versions ?? {};
  return Object.hasOwn(versions, name) ? (versions[name] ?? {}) : {};
}

/** Remembers the versions that a marketplace shows of an extension, refuses one that is not what it was, and answers what is remembered now. */
export async function rememberVersions(
  store: StoreLocation,
  { id, name, versions, complete }: { readonly id: string; readonly name: string; readonly versions: OfferedVersions; readonly complete: boolean },
  now: Date,
  signal: AbortSignal,
): Promise<SeenVersions> {
  let remembered: SeenVersions = {};
  const next = (state: MarketplaceState): MarketplaceState | undefined => {
    const seen = versionsSeen(state, id, name);
    refuseChanged(name, seen, versions, complete);
    remembered = withOffered(seen, versions, now);
    if (remembered === seen) return undefined;
    const known = seenOf(state, id) ?? nothingSeen;
    return withSeen(state, id, { ...known, versions: { ...known.versions, [name]: remembered } });
  };
  if (next(readState(store)) !== undefined) await commitState(store, next, signal);
  return remembered;
}
