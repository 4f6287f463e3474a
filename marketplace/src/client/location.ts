import { ClawError, nearest } from "@claw/kernel/host";
import { baseOf, checkName, isName, isSegment, scopeOf } from "../names.ts";
import type { KnownCatalogue } from "./known-catalogue.ts";
import { ownScope } from "./known.ts";

/** The full name of what a person asks for: a full name is one, a short one has the meaning that marketplaces agree on. */
export function fullNameOf(name: string, catalogues: readonly KnownCatalogue[]): string {
  if (!isSegment(name)) return checkName(name);
  const meanings = catalogues.flatMap(({ catalogue }) => {
    const meaning = catalogue.alias(name);
    return meaning === undefined ? [] : [{ meaning: checkName(meaning), marketplace: catalogue.id }];
  });
  const [first, ...others] = meanings;
  if (first === undefined) throw unknownName(name, catalogues);
  const other = others.find(({ meaning }) => meaning !== first.meaning);
  if (other === undefined) return first.meaning;
  const told = [first, other].sort((a, b) => (a.marketplace < b.marketplace ? -1 : 1));
  throw new ClawError(
    "E_AMBIGUOUS",
    `${name} means ${told.map(({ meaning, marketplace }) => `${meaning} in ${marketplace}`).join(" and ")}`,
    { name, marketplaces: told.map(({ marketplace }) => marketplace) },
    { fix: `say ${told.map(({ meaning }) => meaning).join(" or ")}` },
  );
}

/** What narrows down where a name comes from. */
export interface Whence {
  /** The marketplace that the person names. */
  readonly from?: string;
  /** Where it was installed from. */
  readonly installed?: string;
  /** The marketplaces of those that depend on it. */
  readonly dependents?: readonly string[];
}

/**
 * The one marketplace that a name comes from. A scope that one claims is looked up there alone, so nobody else can slip in a package of the
 * same name; what nobody claims and two offer is an error and never the first or the newest of them.
 */
export function locate(name: string, catalogues: readonly KnownCatalogue[], { from, installed, dependents = [] }: Whence): KnownCatalogue {
  const scope = scopeOf(name);
  const owners = catalogues.filter(({ scopes, isDefault }) => (scope === ownScope ? isDefault : scopes.includes(scope)));
  if (scope === ownScope && from !== undefined && !owners.some(({ catalogue }) => catalogue.id === from))
    throw new ClawError("E_NAME_RESERVED", `${name}: scope ${ownScope} is the default marketplace's, and ${from} is not that`, { name });
  const [owner] = owners;
  if (owners.length > 1) throw ambiguous(name, owners);
  if (owner !== undefined && from !== undefined && owner.catalogue.id !== from)
    throw new ClawError(
      "E_MARKETPLACE_CLAIMED",
      `${name}: scope ${scope} belongs to ${owner.catalogue.id}, and ${from} is not that`,
      { scope },
      { fix: "leave out --from" },
    );
  if (owner !== undefined) return advertising(name, [owner], catalogues);
  const pinned = from ?? installed;
  if (pinned !== undefined) {
    const found = catalogues.find(({ catalogue }) => catalogue.id === pinned);
    if (found === undefined)
      throw new ClawError(
        "E_MARKETPLACE_UNKNOWN",
        `${name}: the marketplace ${pinned} is not known`,
        { marketplace: pinned },
        { fix: `claw ext marketplace add ${pinned}` },
      );
    return advertising(name, [found], catalogues);
  }
  const nearby = scope === ownScope ? [] : catalogues.filter(({ catalogue }) => dependents.length === 0 || dependents.includes(catalogue.id));
  return advertising(name, nearby, catalogues);
}

function advertising(name: string, among: readonly KnownCatalogue[], all: readonly KnownCatalogue[]): KnownCatalogue {
  const found = among.filter(({ catalogue }) => catalogue.names.includes(name));
  const [first] = found;
  if (first === undefined) throw unknownName(name, all);
  if (found.length > 1) throw ambiguous(name, found);
  return first;
}

function ambiguous(name: string, found: readonly KnownCatalogue[]): ClawError {
  const marketplaces = found.map(({ catalogue }) => catalogue.id).sort();
  return new ClawError(
    "E_AMBIGUOUS",
    `${name} is offered by ${marketplaces.join(" and by ")}, and none of them owns scope ${scopeOf(name)}`,
    { name, marketplaces },
    { fix: `claw ext marketplace add <url> --scope ${scopeOf(name)} says which one does` },
  );
}

function unknownName(name: string, catalogues: readonly KnownCatalogue[]): ClawError {
  const known = [...new Set(catalogues.flatMap(({ catalogue }) => catalogue.names))].sort();
  const near = isName(name) ? nearest(name, known) : nearbyBases(name, known);
  const [first] = near;
  return new ClawError(
    "E_NAME_UNKNOWN",
    `no marketplace offers ${name}${first === undefined ? "" : `; did you mean ${near.join(" or ")}?`}`,
    { name, suggestions: near },
    // Not the command that installs it: a name that is nearly right may be somebody's trap.
    { fix: first === undefined ? "claw ext search" : `claw ext info ${first}` },
  );
}

/** The names whose second half is close to a short name. */
function nearbyBases(short: string, known: readonly string[]): readonly string[] {
  const near = new Set([short, ...nearest(short, [...new Set(known.map(baseOf))])]);
  return known.filter((name) => near.has(baseOf(name))).slice(0, 3);
}
