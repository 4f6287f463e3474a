import { ClawError, combineTrust, type InstalledExtension, openStore, revocationOf, type Store } from "@claw/kernel/host";
import type { Request } from "../names.ts";
import { byVersion, isVersion, satisfies } from "../versions.ts";
import { type ChoiceRules, usualAgeHours } from "./candidates.ts";
import type { Catalogue } from "./catalogue.ts";
import type { ClientContext } from "./context.ts";
import { type KnownCatalogue, knownCatalogues } from "./known-catalogue.ts";
import { fullNameOf } from "./location.ts";
import type { InstalledPackage, Wanted } from "./pick.ts";
import type { InstallPlan } from "./plan.ts";
import { type Planning, plannedPackage } from "./planned-package.ts";
import { isOwn, policyProblems } from "./policy.ts";
import { publisherNames } from "./publishers.ts";
import { everywhere } from "./remove.ts";
import { type Resolution, resolve } from "./resolve.ts";

export interface PlanOptions {
  /** A version named exactly may be younger than the rule says. */
  readonly fresh?: boolean;
  /** The name of the marketplace it has to come from. */
  readonly from?: string;
  readonly allowDowngrade?: boolean;
  /** What nobody signs may be planned; it is asked about. */
  readonly allowUnsigned?: boolean;
  readonly scope: "user" | "project";
  /** For a project: its workspace key. */
  readonly workspace?: string;
}

/** What it takes that everything asked for is there. What fits and is there already stays as it is; nothing is fetched but documents, nothing is written. */
export async function planInstall(
  requests: readonly Request[],
  options: PlanOptions,
  context: ClientContext,
  opened: readonly Catalogue[],
  signal: AbortSignal,
): Promise<InstallPlan> {
  const found = foundIn(options, context);
  const catalogues = knownCatalogues(opened, context);
  const full = requests.map((request) => ({ ...request, name: fullNameOf(request.name, catalogues) }));
  const asked = full.filter(({ name, range }) => !comesWithProgram(name, range, found, options));
  // A version that is named exactly is installed, though the program has it too: it stays when the program is replaced.
  const pinned = new Set(asked.flatMap(({ name }) => (found.own.has(name) ? [] : [name])));
  const wanted = asked.map((request) => ({ ...request, ...(options.fresh === true ? { fresh: true } : {}) }));
  const resolution = await resolved(wanted, { found, options, context, catalogues, without: pinned }, signal);
  const unchanged = full.map(({ name }) => name).filter((name) => resolution.kept.includes(name) || !asked.some((each) => each.name === name));
  const meant = Object.fromEntries(requests.flatMap(({ name }, index) => (name === full[index]?.name ? [] : [[name, full[index]?.name ?? name]])));
  const plan = planOf(resolution, [...new Set(unchanged)], { found, options, context, catalogues });
  return Object.keys(meant).length === 0 ? plan : { ...plan, meant };
}

/** What it takes to bring what is installed up to date: the names, or everything for which there is something newer. */
export async function planUpdate(
  names: readonly string[] | "all",
  options: PlanOptions,
  context: ClientContext,
  opened: readonly Catalogue[],
  signal: AbortSignal,
): Promise<InstallPlan> {
  const found = foundIn(options, context);
  const catalogues = knownCatalogues(opened, context);
  const asked = names === "all" ? [...found.own.keys()] : [...new Set(names.map((name) => installedName(name, found, catalogues)))];
  const optional = names === "all";
  const wanted = asked.filter((name) => found.own.has(name)).map((name): Wanted => ({ name, update: true, optional }));
  const resolution = await resolved(wanted, { found, options, context, catalogues, without: new Set() }, signal);
  const changed = new Set(resolution.packages.map(({ offer }) => offer.name));
  const plan = planOf(
    resolution,
    asked.filter((name) => !changed.has(name)),
    { found, options, context, catalogues },
  );
  const short = names === "all" ? [] : names.filter((name) => !name.includes("/"));
  return short.length === 0 ? plan : { ...plan, meant: Object.fromEntries(short.map((name) => [name, installedName(name, found, catalogues)])) };
}

/** What is there: the person's or the project's own, and what comes with the program. */
interface Found {
  readonly store: Store;
  readonly own: ReadonlyMap<string, InstalledExtension>;
  readonly bundled: ReadonlyMap<string, InstalledExtension>;
}

function foundIn({ scope, workspace }: PlanOptions, context: ClientContext): Found {
  if (scope === "project" && workspace === undefined)
    throw new ClawError("USAGE", "there is no project here to install for", {}, { fix: "leave out --project" });
  const store = openStore(context.store);
  const place = scope === "project" ? workspace : undefined;
  const byName = (from: Store, names: readonly string[], key?: string): ReadonlyMap<string, InstalledExtension> =>
    new Map(
      names.flatMap((name) => {
        const extension = from.get(name, key);
        return extension === undefined ? [] : [[name, extension] as const];
      }),
    );
  return {
    store,
    own: byName(store, place === undefined ? store.names : store.namesIn(place), place),
    bundled: byName(context.bundled, context.bundled.names),
  };
}

function comesWithProgram(name: string, range: string | undefined, { own, bundled }: Found, { from }: PlanOptions): boolean {
  const there = bundled.get(name);
  if (there === undefined || own.has(name) || (from !== undefined && from !== there.lock.marketplace)) return false;
  const isExact = range !== undefined && isVersion(range.trim().replace(/^=\s*/, ""));
  return !isExact && satisfies(there.version, range ?? "*");
}

/** The full name of something installed: as it is, or what marketplaces mean by it. */
function installedName(name: string, { own, bundled }: Found, catalogues: readonly KnownCatalogue[]): string {
  const bases = [...own.keys()].filter((each) => each.endsWith(`/${name}`));
  const full = name.includes("/") ? name : bases.length === 1 ? (bases[0] ?? name) : fullNameOf(name, catalogues);
  if (own.has(full) || bundled.has(full)) return full;
  throw new ClawError("E_NOT_INSTALLED", `${full} is not installed`, { extension: full }, { fix: "claw ext list" });
}

interface PlanInput {
  readonly found: Found;
  readonly options: PlanOptions;
  readonly context: ClientContext;
  readonly catalogues: readonly KnownCatalogue[];
}

function resolved(
  requests: readonly Wanted[],
  { found, options, context, catalogues, without }: PlanInput & { readonly without: ReadonlySet<string> },
  signal: AbortSignal,
): Promise<Resolution> {
  const trust = combineTrust(context.bundled.trust, found.store.trust);
  const installedOf = (extension: InstalledExtension): InstalledPackage => {
    const revocation = revocationOf(extension, trust);
    const { name, version, manifest, lock } = extension;
    const revoked = revocation !== undefined && revocation.severity !== "vulnerable";
    return { name, version, marketplace: lock.marketplace, dependencies: manifest.dependencies ?? {}, ...(revoked ? { revoked } : {}) };
  };
  const installed = [...new Map([...found.bundled, ...found.own]).values()].filter(({ name }) => !without.has(name)).map(installedOf);
  const { from } = options;
  return resolve({ requests, catalogues, installed, rules: rulesOf(context), ...(from === undefined ? {} : { from }) }, signal);
}

function rulesOf({ version, now, policy, bundled }: ClientContext): ChoiceRules {
  const policyAgeHours = policy.extensions?.minReleaseAgeHours;
  return {
    version,
    now: now(),
    minReleaseAgeHours: usualAgeHours,
    ...(policyAgeHours === undefined ? {} : { policyAgeHours }),
    // Refused only if nobody who may sign it is allowed to.
    refusal: (offer) => {
      const each = publisherNames(offer).map((publisher) => policyProblems(offer, publisher, offer.tree, policy, isOwn(offer.name, publisher, bundled.trust)));
      return each.some((problems) => problems.length === 0) ? undefined : each[0]?.[0];
    },
  };
}

function planOf({ packages }: Resolution, unchanged: readonly string[], { found, options, context, catalogues }: PlanInput): InstallPlan {
  const defaults = catalogues.filter(({ isDefault }) => isDefault).flatMap(({ catalogue }) => catalogue.names);
  const planning: Planning = {
    trust: combineTrust(context.bundled.trust, found.store.trust),
    bundledTrust: context.bundled.trust,
    running: runningIn(found.store),
    policy: context.policy,
    wellKnown: [...new Set([...defaults, ...found.bundled.keys(), ...found.own.keys()])],
    installed: found.own,
    allowUnsigned: options.allowUnsigned === true,
    unsignedFrom: catalogues.flatMap(({ catalogue, unsigned }) => (unsigned === true ? [catalogue.id] : [])),
  };
  for (const { offer } of packages) {
    const from = found.own.get(offer.name)?.version;
    if (from === undefined || options.allowDowngrade === true || byVersion(offer.version, from) >= 0) continue;
    throw new ClawError(
      "E_DOWNGRADE",
      `${offer.name} ${from} is installed, and ${offer.version} is older`,
      { name: offer.name, from, to: offer.version },
      { fix: `claw ext add ${offer.name}@${offer.version} --allow-downgrade` },
    );
  }
  return {
    packages: packages.map((each) => plannedPackage(each, planning)),
    unchanged,
    ...(options.scope === "project" && options.workspace !== undefined ? { workspace: options.workspace } : {}),
  };
}

/** Who signs what is installed as code, for the person and for projects. */
function runningIn(store: Store): ReadonlyMap<string, readonly string[]> {
  const running = new Map<string, readonly string[]>();
  for (const { extension } of everywhere(store))
    if (extension.tier === "trusted") running.set(extension.name, [...(running.get(extension.name) ?? []), extension.publisher]);
  return running;
}
