import { type InstalledExtension, openStore, type PluginStep, type ProjectLock } from "@claw/kernel/host";
import type { Admitted } from "./admit.ts";
import type { Catalogue, Offer } from "./catalogue.ts";
import type { ClientContext } from "./context.ts";
import type { InstallPlan } from "./plan.ts";
import { planInstall } from "./planning.ts";
import { removalOf } from "./plugin-events.ts";
import { drifted, entryDrift, type Locked, lockDrift, lockedOf } from "./project-lock.ts";

export interface LockedOptions {
  readonly workspace: string;
  /** What the project's settings ask for: name to range. */
  readonly wanted: Readonly<Record<string, string>>;
  readonly allowUnsigned?: boolean;
}

/** What it takes that a project has exactly what its lock says; `removals` and `inspect` are for `carryOut`. */
export interface LockedPlan {
  readonly plan: InstallPlan;
  /** What the project has and its lock does not. */
  readonly removals: readonly PluginStep[];
  /** Compares what was verified with the lock, before anything of it is written. */
  readonly inspect: (admitted: readonly Admitted[]) => void;
}

/**
 * Plans to install exactly a project's lock. Anything in which the settings, the lock, the marketplaces and the packages do not agree is
 * drift, and all of it is listed. The lock came with the project, so it grants nothing: the plan asks what any plan asks.
 */
export async function planLocked(
  { extensions }: ProjectLock,
  { workspace, wanted, allowUnsigned = false }: LockedOptions,
  context: ClientContext,
  catalogues: readonly Catalogue[],
  signal: AbortSignal,
): Promise<LockedPlan> {
  const drift = [...lockDrift({ lockfileVersion: 1, extensions }, wanted, context.bundled)];
  const store = openStore(context.store);
  const there = new Map(store.namesIn(workspace).flatMap((name) => entryIn(name, store.get(name, workspace))));
  const isThere = (name: string, locked: Locked): boolean => {
    const installed = there.get(name);
    return installed !== undefined && entryDrift(name, locked, lockedOf(installed.lock)).length === 0;
  };
  const missing = Object.entries(extensions).filter(([name, locked]) => !isThere(name, locked));
  for (const [name, locked] of missing) drift.push(...(await offeredDrift(name, locked, catalogues, signal)));
  if (drift.length > 0) throw drifted(drift);
  const requests = missing.map(([name, { version }]) => ({ name, range: version }));
  const options = { scope: "project", workspace, fresh: true, allowDowngrade: true, allowUnsigned } as const;
  const plan = await planInstall(requests, options, context, catalogues, signal);
  const strangers = plan.packages.flatMap(({ offer }) => {
    const locked = Object.hasOwn(extensions, offer.name) ? extensions[offer.name] : undefined;
    return locked === undefined ? [`${offer.name} ${offer.version} is needed, and the lock has none`] : entryDrift(offer.name, locked, offeredOf(offer));
  });
  const absent = missing
    .filter(([name]) => !plan.packages.some(({ offer }) => offer.name === name))
    .map(([name, { version }]) => `${name} is not the ${version} of the lock`);
  if (strangers.length + absent.length > 0) throw drifted([...strangers, ...absent]);
  return {
    plan,
    removals: [...there.values()].filter(({ name }) => !Object.hasOwn(extensions, name)).map(removalOf),
    inspect: (admitted) => {
      const found = admitted.flatMap(({ name, entry }) => {
        const locked = Object.hasOwn(extensions, name) ? extensions[name] : undefined;
        return locked === undefined ? [`${name} is not in the lock`] : entryDrift(name, locked, lockedOf(entry));
      });
      if (found.length > 0) throw drifted(found);
    },
  };
}

const entryIn = (name: string, extension: InstalledExtension | undefined): readonly (readonly [string, InstalledExtension])[] =>
  extension === undefined ? [] : [[name, extension]];

async function offeredDrift(name: string, locked: Locked, catalogues: readonly Catalogue[], signal: AbortSignal): Promise<readonly string[]> {
  const catalogue = catalogues.find(({ id }) => id === locked.marketplace);
  if (catalogue === undefined) return [`${name} is from ${locked.marketplace}, which is not a known marketplace`];
  const offer = (await catalogue.offers(name, signal))?.versions.find(({ version }) => version === locked.version);
  return offer === undefined ? [`${name} ${locked.version} is not offered by ${locked.marketplace}`] : entryDrift(name, locked, offeredOf(offer));
}

/** What of an offer a lock says too, as far as the marketplace says it. */
const offeredOf = ({ version, marketplace, integrity, tree, engines, permissions }: Offer): Partial<Locked> => ({
  version,
  marketplace,
  engines,
  requested: permissions,
  ...(integrity === undefined ? {} : { integrity }),
  ...(tree === undefined ? {} : { tree }),
});
