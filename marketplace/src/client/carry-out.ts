import { type Grant, type Manifest, openStore, type PluginHooks, type PluginStep, type StoreLocation } from "@claw/kernel/host";
import { admit, type Admitted, type MappedSource, type PackageSource } from "./admit.ts";
import type { Fetched } from "./catalogue.ts";
import { clashesOf } from "./clashes.ts";
import { recordConsent } from "./consent-record.ts";
import type { ClientContext } from "./context.ts";
import { commitPackages } from "./install.ts";
import type { InstallPlan, PlannedPackage } from "./plan.ts";
import { aroundAll } from "./plugin-events.ts";
import { refuseUnplanned } from "./unplanned.ts";

export interface CarryOutOptions {
  readonly context: ClientContext;
  readonly hooks: PluginHooks;
  /** How the person agreed. */
  readonly by: Grant["by"];
  /** `tool:read_file` and the like to the extension that the person's profile gives it to. */
  readonly prefer?: Readonly<Record<string, string>>;
  /** What is taken away in the same generation. */
  readonly removals?: readonly PluginStep[];
  /** A last look at what was verified, before anything of it is written. */
  readonly inspect?: (admitted: readonly Admitted[]) => void;
  /** Makes what was installed part of a profile. If it fails the packages stay, and Post tells the error. */
  readonly enable?: (installed: readonly Admitted[]) => Promise<void>;
}

export interface CarriedOut {
  readonly installed: readonly Admitted[];
  readonly warnings: readonly string[];
}

/** How many packages are downloaded at a time. */
const parallelFetches = 6;

/**
 * Carries out what a person agreed to. Every Pre event comes first, so a block costs nothing: no archive is fetched and nothing is written but
 * the marketplaces' state. All packages come in one generation; what was agreed to is on the disk before it, so none ever waits for consent.
 */
export async function carryOut(plan: InstallPlan, options: CarryOutOptions, signal: AbortSignal): Promise<CarriedOut> {
  const { hooks, removals = [] } = options;
  if (plan.packages.length + removals.length === 0) return { installed: [], warnings: [] };
  const steps = [...plan.packages.map(({ step }) => step), ...removals];
  return aroundAll(steps, hooks, () => carriedOut(plan, options, signal));
}

async function carriedOut({ packages, workspace }: InstallPlan, options: CarryOutOptions, signal: AbortSignal): Promise<CarriedOut> {
  const { context, by, prefer = {}, removals = [], inspect, enable } = options;
  const { bundled, progress } = context;
  const now = context.now();
  const store: StoreLocation = context.store;
  const admitted: Admitted[] = [];
  for (const { planned, fetched } of await downloaded(packages, context, signal)) {
    progress({ what: "verify", of: nameOf(planned) });
    const each = await admit(sourceOf(planned, fetched), now);
    refuseUnplanned(planned, each, context, now);
    admitted.push(each);
  }
  inspect?.(admitted);
  const warnings = clashesOf(admitted, { bundled, installed: othersIn(context, admitted, workspace), prefer, platform: context.platform });
  for (const planned of packages) progress({ what: "install", of: nameOf(planned) });
  const consented = admitted.map(({ name, entry }, index) => ({ name, entry, publishers: packages[index]?.offer.publishers ?? [] }));
  await commitPackages(
    admitted,
    {
      store,
      trust: bundled.trust,
      planned: new Map(packages.map(({ step, installed }) => [step.name, installed])),
      dropped: removals.map(({ name }) => name),
      before: () => recordConsent(consented, { store, bundled, now, by }, signal),
      ...(workspace === undefined ? {} : { workspace }),
    },
    signal,
  );
  await enable?.(admitted);
  return { installed: admitted, warnings };
}

interface Downloaded {
  readonly planned: PlannedPackage;
  readonly fetched: Fetched;
}

/** Downloads them, a few at a time, in the order of the plan. The first failure ends the others. */
async function downloaded(packages: readonly PlannedPackage[], { progress }: ClientContext, signal: AbortSignal): Promise<readonly Downloaded[]> {
  const ended = new AbortController();
  const either = AbortSignal.any([signal, ended.signal]);
  const results: Downloaded[] = [];
  const waiting = [...packages];
  const fetchNext = async (): Promise<void> => {
    for (let planned = waiting.shift(); planned !== undefined; planned = waiting.shift()) {
      either.throwIfAborted();
      const { size } = planned.offer;
      progress({ what: "fetch", of: nameOf(planned), ...(size === undefined ? {} : { total: size }) });
      results.push({ planned, fetched: await planned.offer.fetch(either) });
    }
  };
  const workers = Array.from({ length: parallelFetches }, fetchNext);
  try {
    await Promise.all(workers);
  } finally {
    ended.abort();
    await Promise.allSettled(workers);
  }
  return results.sort((a, b) => packages.indexOf(a.planned) - packages.indexOf(b.planned));
}

/** A fetched package, with what the marketplace says of it. */
export function sourceOf({ offer, step, requestedBy }: Pick<PlannedPackage, "offer" | "step" | "requestedBy">, fetched: Fetched): PackageSource | MappedSource {
  const {
    name,
    version,
    integrity,
    tree,
    engines,
    permissions,
    dependencies,
    publishers,
    marketplace,
    resolved,
    indexVersion,
    rootVersion,
    contributes,
    native,
  } = offer;
  const origin = {
    publishers,
    expected: {
      name,
      version,
      engines,
      permissions,
      dependencies,
      contributes,
      native,
      ...(integrity === undefined ? {} : { integrity }),
      ...(tree === undefined ? {} : { tree }),
    },
    marketplace,
    resolved,
    tier: step.tier,
    requestedBy,
    dependencies: step.dependencies,
    ...(indexVersion === undefined ? {} : { indexVersion }),
    ...(rootVersion === undefined ? {} : { rootVersion }),
  };
  if (fetched.form === "mapped") {
    const { files, integrity: own, signature } = fetched;
    return { ...origin, files, integrity: own, signature, foreign: offer.foreign };
  }
  const { archive, bundle, provenance } = fetched;
  const { tlog, trustedRoot } = offer;
  return {
    ...origin,
    archive,
    bundle,
    ...(provenance === undefined ? {} : { provenance }),
    ...(tlog === undefined ? {} : { tlog }),
    ...(trustedRoot === undefined ? {} : { trustedRoot }),
  };
}

/** The manifests that count beside the new ones: the person's, and those of the same project. */
function othersIn({ store }: ClientContext, admitted: readonly Admitted[], workspace: string | undefined): readonly Manifest[] {
  const opened = openStore(store);
  const replaced = new Set(admitted.map(({ name }) => name));
  const own = opened.names.map((name) => opened.get(name));
  const ofProject = workspace === undefined ? [] : opened.namesIn(workspace).map((name) => opened.get(name, workspace));
  return [...own, ...ofProject].flatMap((each) => (each === undefined || replaced.has(each.name) ? [] : [each.manifest]));
}

const nameOf = ({ step }: PlannedPackage): string => `${step.name}@${step.version}`;
