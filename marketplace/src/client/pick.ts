import { ClawError } from "@claw/kernel/host";
import { type Request, scopeOf } from "../names.ts";
import { byVersion, checkRange, isVersion, satisfies } from "../versions.ts";
import { type Choice, type ChoiceRules, choose, isExactly, type LeftOut } from "./candidates.ts";
import type { Catalogue, Offer, Offers } from "./catalogue.ts";
import type { KnownCatalogue } from "./known-catalogue.ts";
import { ownScope } from "./known.ts";
import { locate } from "./location.ts";
import { policyRefusal } from "./policy.ts";
import { quoted, shown } from "./quoted.ts";

/** What somebody asks for. */
export interface Wanted extends Request {
  /** Its exact version may be younger than the rule says. */
  readonly fresh?: boolean;
  /** What is installed of it gives way to a higher version. */
  readonly update?: boolean;
  /** If there is nothing that it could give way to, it stays. */
  readonly optional?: boolean;
}

/** What is there already. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  readonly marketplace: string;
  /** Name to range, as its manifest has them. */
  readonly dependencies: Readonly<Record<string, string>>;
  /** It may not be used, so it is not kept. */
  readonly revoked?: boolean;
}

/** Who wants a name, and what of it. */
export interface Want {
  /** The name of what depends on it; the person has none. */
  readonly by?: string;
  readonly range: string;
  /** The marketplace of what depends on it. */
  readonly marketplace?: string;
  readonly request?: Wanted;
}

export interface PickContext {
  readonly catalogues: readonly KnownCatalogue[];
  readonly installed: ReadonlyMap<string, InstalledPackage>;
  readonly rules: ChoiceRules;
  /** The marketplace that the requests are to come from. */
  readonly from?: string;
  readonly offersOf: (catalogue: Catalogue, name: string) => Promise<Offers | undefined>;
}

/** What becomes of a name. */
export type Pick =
  | { readonly type: "kept"; readonly kept: InstalledPackage }
  | ({ readonly type: "chosen" } & Choice)
  | { readonly type: "failed"; readonly failure: ClawError };

/** Decides one name for everybody who wants it. What fails may work out when others have changed, so it is no end yet. */
export async function pick(name: string, wants: readonly Want[], context: PickContext): Promise<Pick> {
  try {
    return await picked(name, wants, context);
  } catch (failure) {
    if (!ClawError.is(failure)) throw failure;
    const there = context.installed.get(name);
    const mayStay = wants.every(
      ({ range, request }) => (request === undefined || request.optional === true) && there !== undefined && satisfies(there.version, range),
    );
    return there !== undefined && mayStay && nothingToHave.has(failure.code) ? { type: "kept", kept: there } : { type: "failed", failure };
  }
}

const nothingToHave: ReadonlySet<string> = new Set(["E_NO_VERSION", "E_REVOKED", "E_POLICY", "E_NAME_UNKNOWN", "E_MARKETPLACE_UNKNOWN"]);

async function picked(name: string, wants: readonly Want[], { catalogues, installed, rules, from, offersOf }: PickContext): Promise<Pick> {
  for (const want of wants) checkWant(name, want);
  const requests = wants.flatMap(({ request }) => (request === undefined ? [] : [request]));
  const there = installed.get(name);
  const isElsewhere = requests.length > 0 && from !== undefined && there?.marketplace !== from;
  const kept: Pick | undefined =
    there === undefined || there.revoked === true || isElsewhere || !wants.every(({ range }) => satisfies(there.version, range))
      ? undefined
      : { type: "kept", kept: there };
  if (kept !== undefined && !requests.some(({ update }) => update === true)) return kept;
  const at = locate(name, catalogues, {
    ...(from === undefined || requests.length === 0 ? {} : { from }),
    ...(there === undefined ? {} : { installed: there.marketplace }),
    dependents: requests.length > 0 ? [] : wants.flatMap(({ marketplace }) => marketplace ?? []),
  });
  const offers = await offersOf(at.catalogue, name);
  if (offers !== undefined && [offers, ...offers.versions].some((each) => each.name !== name))
    throw new ClawError("E_NAME_MISMATCH", `${at.catalogue.id} describes another extension under the name ${name}`, { name });
  const wish = {
    ranges: wants.map(({ range }) => range),
    fresh: requests.some(({ fresh }) => fresh === true),
    own: at.isDefault && scopeOf(name) === ownScope,
    known: there !== undefined,
    revoked: at.catalogue.revoked,
  };
  const { choice, leftOut } = choose(offers?.versions ?? [], wish, at.cooldown === undefined ? rules : { ...rules, minReleaseAgeHours: at.cooldown });
  if (kept !== undefined && there !== undefined && (choice === undefined || byVersion(choice.offer.version, there.version) <= 0)) return kept;
  if (choice === undefined) throw refusalOf(name, wants, offers?.versions ?? [], leftOut);
  const deprecated = offers?.deprecated === undefined || choice.offer.deprecated !== undefined ? [] : [`it is deprecated: ${shown(offers.deprecated)}`];
  return { type: "chosen", ...choice, warnings: [...choice.warnings, ...deprecated] };
}

/** A dependency on any version whatever would let a stranger's next one in. */
function checkWant(name: string, { by, range }: Want): void {
  if (by === undefined) checkRange(range, name);
  else if (["", "*"].includes(checkRange(range, `${by} on ${name}`).trim()))
    throw new ClawError("E_VERSION", `${by} depends on any version of ${name}, and has to say which`, { version: range });
}

function refusalOf(name: string, wants: readonly Want[], versions: readonly Offer[], leftOut: readonly LeftOut[]): ClawError {
  const ranges = [...new Set(wants.map(({ range }) => range))].sort();
  const alone = ranges.find((range) => !versions.some(({ version }) => isVersion(version) && satisfies(version, range)));
  if (leftOut.length === 0 && alone === undefined) return conflictOf(name, wants);
  const [first] = leftOut;
  if (first?.policy !== undefined) return policyRefusal(`${name} ${first.version}`, first.policy);
  const exact = leftOut.find(({ version, revoked }) => revoked === true && ranges.some((range) => isExactly(range, version)));
  if (exact !== undefined) return new ClawError("E_REVOKED", `${name} ${exact.version} ${exact.why}`, { extension: name }, { fix: `claw ext add ${name}` });
  const range = alone ?? ranges.join(" ");
  const there = [...versions].filter(({ version }) => isVersion(version)).sort((a, b) => byVersion(b.version, a.version))[0];
  const why = leftOut.length === 0 ? (there === undefined ? "there is none at all" : `the highest is ${there.version}`) : reasonsOf(leftOut);
  const young = leftOut.find((each) => each.young === true)?.version;
  const fix = young === undefined ? `claw ext info ${name}` : `claw ext add ${name}@${young} --fresh`;
  return new ClawError("E_NO_VERSION", `no version of ${name} can be had${range === "*" ? "" : ` for ${quoted(range)}`}: ${why}`, { name, range }, { fix });
}

const toldReasons = 5;

function reasonsOf(leftOut: readonly LeftOut[]): string {
  const more = leftOut.length - toldReasons;
  return [...leftOut.slice(0, toldReasons).map(({ version, why }) => `${version} ${why}`), ...(more > 0 ? [`${more} more`] : [])].join("; ");
}

/** Versions exclude one another. */
export function conflictOf(name: string, wants: readonly Want[]): ClawError {
  const told = [...new Set(wants.map(({ by, range }) => `${by === undefined ? "you want" : `${by} wants`} ${shown(range)}`))].sort();
  return new ClawError("E_DEP_CONFLICT", `no version of ${name} is right for everybody: ${told.join(", ")}`, { name, ranges: told });
}
