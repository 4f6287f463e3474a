import type { ChoiceRules } from "./candidates.ts";
import type { Catalogue, Offer, Offers } from "./catalogue.ts";
import { type Graph, inOrder, refuseLarge } from "./dependency-graph.ts";
import type { KnownCatalogue } from "./known-catalogue.ts";
import { fullNameOf } from "./location.ts";
import { conflictOf, type InstalledPackage, type Pick, pick, type Want, type Wanted } from "./pick.ts";

export interface ResolveInput {
  readonly requests: readonly Wanted[];
  readonly catalogues: readonly KnownCatalogue[];
  readonly installed: readonly InstalledPackage[];
  readonly rules: ChoiceRules;
  /** The marketplace that the requests are to come from. */
  readonly from?: string;
}

/** A package that has to be installed. */
export interface ResolvedPackage {
  readonly offer: Offer;
  /** `user`, and the names of those that depend on it. */
  readonly requestedBy: readonly string[];
  /** Name to the version that was chosen. */
  readonly dependencies: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
  readonly ageHours?: number;
  readonly minAgeHours?: number;
}

export interface Resolution {
  /** Each after what it depends on. */
  readonly packages: readonly ResolvedPackage[];
  /** What was asked for and is there already, by full name. */
  readonly kept: readonly string[];
}

type Picks = ReadonlyMap<string, Pick>;
type Wants = ReadonlyMap<string, readonly Want[]>;

/** A round adds a level of dependencies or changes a version. After this many, versions exclude one another in turn. */
const mostRounds = 100;

/**
 * Decides which version of everything that is asked for is installed, with all that these depend on: one version of each name, the highest
 * that fits everybody who wants it. Each round decides all names anew from what the last one chose, so the order of the requests means nothing.
 */
export async function resolve(input: ResolveInput, signal: AbortSignal): Promise<Resolution> {
  const requests = input.requests.map((request) => ({ ...request, name: fullNameOf(request.name, input.catalogues) }));
  const roots = [...new Set(requests.map(({ name }) => name))].sort();
  const installed = new Map(input.installed.map((each) => [each.name, each]));
  const context = { ...input, installed, offersOf: remembering(signal) };
  let picks: Picks = new Map();
  for (let round = 0; ; round += 1) {
    signal.throwIfAborted();
    const wants = wantsOf(requests, picks, installed);
    const next = new Map<string, Pick>();
    for (const [name, each] of wants) next.set(name, await pick(name, each, context));
    const changed = [...next.keys()].find((name) => signatureOf(next.get(name)) !== signatureOf(picks.get(name)));
    const settled = changed === undefined && next.size === picks.size;
    picks = next;
    refuseLarge(roots, graphOf(picks));
    if (settled) return resolutionOf(roots, wants, picks);
    if (changed !== undefined && round >= mostRounds) throw conflictOf(changed, wants.get(changed) ?? []);
  }
}

/** What each name is wanted for now, in the order of the names. What is installed and stays may not lose what it depends on. */
function wantsOf(requests: readonly Wanted[], picks: Picks, installed: ReadonlyMap<string, InstalledPackage>): Wants {
  const wants = new Map<string, Want[]>();
  const waiting: string[] = [];
  const add = (name: string, want: Want): void => {
    const known = wants.get(name);
    if (known === undefined) {
      wants.set(name, [want]);
      waiting.push(name);
    } else known.push(want);
  };
  for (const request of requests) add(request.name, { range: request.range ?? "*", request });
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    const chosen = picks.get(name);
    const marketplace = chosen?.type === "kept" ? chosen.kept.marketplace : chosen?.type === "chosen" ? chosen.offer.marketplace : undefined;
    for (const [dependency, range] of Object.entries(dependenciesOf(chosen)))
      add(dependency, { by: name, range, ...(marketplace === undefined ? {} : { marketplace }) });
  }
  for (const { name, dependencies } of installed.values()) {
    if (wants.has(name)) continue;
    for (const [dependency, range] of Object.entries(dependencies)) wants.get(dependency)?.push({ by: name, range });
  }
  return new Map([...wants].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const dependenciesOf = (chosen: Pick | undefined): Readonly<Record<string, string>> =>
  chosen?.type === "kept" ? chosen.kept.dependencies : chosen?.type === "chosen" ? chosen.offer.dependencies : {};

function signatureOf(chosen: Pick | undefined): string | undefined {
  if (chosen?.type === "kept") return `kept ${chosen.kept.version}`;
  if (chosen?.type === "chosen") return `${chosen.offer.marketplace} ${chosen.offer.version}`;
  return chosen?.failure.message;
}

const graphOf = (picks: Picks): Graph => new Map([...picks].map(([name, chosen]) => [name, Object.keys(dependenciesOf(chosen))]));

function resolutionOf(roots: readonly string[], wants: Wants, picks: Picks): Resolution {
  for (const chosen of picks.values()) if (chosen.type === "failed") throw chosen.failure;
  const versionOf = (name: string): string => {
    const chosen = picks.get(name);
    return chosen?.type === "kept" ? chosen.kept.version : chosen?.type === "chosen" ? chosen.offer.version : "";
  };
  const packages = inOrder(graphOf(picks)).flatMap((name): readonly ResolvedPackage[] => {
    const chosen = picks.get(name);
    if (chosen?.type !== "chosen") return [];
    const { offer, warnings, ageHours, minAgeHours } = chosen;
    const by = (wants.get(name) ?? []).flatMap((want) => want.by ?? []);
    return [
      {
        offer,
        requestedBy: [...(roots.includes(name) ? ["user"] : []), ...[...new Set(by)].sort()],
        dependencies: Object.fromEntries(
          Object.keys(offer.dependencies)
            .sort()
            .map((dependency) => [dependency, versionOf(dependency)]),
        ),
        warnings,
        ...(ageHours === undefined ? {} : { ageHours }),
        ...(minAgeHours === undefined ? {} : { minAgeHours }),
      },
    ];
  });
  return { packages, kept: roots.filter((name) => picks.get(name)?.type === "kept") };
}

/** Asks a marketplace for each name once. */
function remembering(signal: AbortSignal): (catalogue: Catalogue, name: string) => Promise<Offers | undefined> {
  const known = new Map<Catalogue, Map<string, Promise<Offers | undefined>>>();
  return (catalogue, name) => {
    const names = known.get(catalogue) ?? new Map<string, Promise<Offers | undefined>>();
    known.set(catalogue, names);
    const offers = names.get(name) ?? catalogue.offers(name, signal);
    names.set(name, offers);
    return offers;
  };
}
