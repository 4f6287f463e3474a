import { inRange, type RevokedRange } from "@claw/kernel/host";
import satisfiesRange from "semver/functions/satisfies.js";
import validRange from "semver/ranges/valid.js";
import { byVersion, isVersion, satisfies } from "../versions.ts";
import type { Offer } from "./catalogue.ts";
import type { PolicyProblem } from "./policy.ts";
import { shown } from "./quoted.ts";

/** What holds for every version that is to be chosen. */
export interface ChoiceRules {
  /** claw's version. */
  readonly version: string;
  readonly now: Date;
  /** How old a version has to be, unless it is named exactly and asked for fresh. */
  readonly minReleaseAgeHours: number;
  /** How old an administrator says it has to be, whatever anybody asks for. */
  readonly policyAgeHours?: number;
  /** Why an administrator refuses a version. */
  readonly refusal?: (offer: Offer) => PolicyProblem | undefined;
}

/** What is wanted of one name. */
export interface Wish {
  readonly ranges: readonly string[];
  /** A version named exactly may be younger than the rule says. */
  readonly fresh?: boolean;
  /** claw's own: as old as the program, whenever they were published. */
  readonly own?: boolean;
  /** It was installed before, so when this machine first saw a version counts. */
  readonly known?: boolean;
  readonly revoked: readonly RevokedRange[];
}

export interface Choice {
  readonly offer: Offer;
  readonly warnings: readonly string[];
  readonly ageHours?: number;
  /** How long it has to have been out by the time at which it was signed too, which is known once it is there; absent where nothing is asked of it. */
  readonly minAgeHours?: number;
}

/** A version in the range that is not chosen. */
export interface LeftOut {
  readonly version: string;
  readonly why: string;
  /** The administrator's, if it is that. */
  readonly policy?: PolicyProblem;
  readonly revoked?: boolean;
  /** Time will make it one to choose; so will asking for it fresh. */
  readonly young?: boolean;
}

const hour = 3_600_000;
/** How long a version waits where nobody says otherwise: most of what is bad is found in its first days (extensions.md §3.7). */
export const usualAgeHours = 72;

/** The highest version that every rule allows, and the ones in the ranges that some rule does not. */
export function choose(offers: readonly Offer[], wish: Wish, rules: ChoiceRules): { readonly choice?: Choice; readonly leftOut: readonly LeftOut[] } {
  const leftOut: LeftOut[] = [];
  const inRanges = offers
    .filter(({ version }) => isVersion(version) && wish.ranges.every((range) => satisfies(version, range)))
    .sort((a, b) => byVersion(b.version, a.version));
  for (const offer of inRanges) {
    const exact = wish.ranges.some((range) => isExactly(range, offer.version));
    const ageHours = ageOf(offer, wish, rules.now);
    const refused = refusalOf(offer, wish, rules, { exact, ageHours });
    if (refused === undefined) {
      const minAgeHours = minAgeOf(wish, rules, exact);
      const ages = { ...(ageHours === undefined ? {} : { ageHours }), ...(minAgeHours === 0 ? {} : { minAgeHours }) };
      return { choice: { offer, warnings: warningsOf(offer, wish, rules, ageHours), ...ages }, leftOut };
    }
    leftOut.push({ version: offer.version, ...refused });
  }
  return { leftOut };
}

/** Asking for a version fresh is about the usual rule, and never about an administrator's. */
function minAgeOf({ own = false, fresh = false }: Wish, { minReleaseAgeHours, policyAgeHours = 0 }: ChoiceRules, exact: boolean): number {
  if (own) return 0;
  return exact && fresh ? policyAgeHours : Math.max(minReleaseAgeHours, policyAgeHours);
}

/** Whether a range names one version and no other. */
export const isExactly = (range: string, version: string): boolean => range.trim().replace(/^=\s*/, "") === version;

/** The gravest revocation that meets an offer. A range that says nothing to anybody is taken to mean every version. */
export function revocationOfOffer(
  { name, version, tree }: Pick<Offer, "name" | "version" | "tree">,
  revoked: readonly RevokedRange[],
): RevokedRange | undefined {
  const covers = (range: string | undefined): boolean =>
    range === undefined || validRange(range) === null || satisfiesRange(version, range, { includePrerelease: true });
  const met = revoked.filter((each) => (each.tree !== undefined && each.tree === tree) || (each.name === name && covers(each.versions)));
  return met.find(({ severity }) => severity !== "vulnerable") ?? met[0];
}

function refusalOf(
  offer: Offer,
  { fresh = false, own = false, revoked }: Wish,
  { version: claw, minReleaseAgeHours, policyAgeHours = 0, refusal }: ChoiceRules,
  { exact, ageHours }: { readonly exact: boolean; readonly ageHours: number | undefined },
): Omit<LeftOut, "version"> | undefined {
  const revocation = revocationOfOffer(offer, revoked);
  if (revocation !== undefined && revocation.severity !== "vulnerable") return { why: `was revoked (${revocationWords(revocation)})`, revoked: true };
  if (offer.yanked !== undefined && !exact) return { why: `was yanked (${shown(offer.yanked.reason)})` };
  if (!inRange(claw, offer.engines.claw)) return { why: `needs claw ${shown(offer.engines.claw)}, this is ${claw}` };
  const policy = refusal?.(offer);
  if (policy !== undefined) return { why: policy.text, policy };
  if (own) return undefined;
  if (policyAgeHours > 0 && (ageHours === undefined || ageHours < policyAgeHours)) {
    const text = `the administrator's policy wants ${hoursWords(policyAgeHours)} since it was published, and it has ${ageHours === undefined ? "no known age" : hoursWords(ageHours)}`;
    return { why: `is too new: ${text}`, policy: { policy: "minReleaseAgeHours", text } };
  }
  if (ageHours === undefined || ageHours >= minReleaseAgeHours || (exact && fresh)) return undefined;
  return { why: `${ageWords(ageHours)}, and a new one waits ${minReleaseAgeHours} hours (--fresh with the exact version takes it now)`, young: true };
}

function warningsOf(offer: Offer, { revoked, own = false }: Wish, { minReleaseAgeHours }: ChoiceRules, ageHours: number | undefined): readonly string[] {
  const { version, yanked, deprecated, publishers } = offer;
  const revocation = revocationOfOffer(offer, revoked);
  return [
    ...(revocation === undefined ? [] : [`${version} has a known weakness (${revocationWords(revocation)})`]),
    ...(yanked === undefined ? [] : [`${version} was yanked (${shown(yanked.reason)})`]),
    ...(deprecated === undefined ? [] : [`it is deprecated: ${shown(deprecated)}`]),
    ...(own ? [] : ageWarnings(ageHours, minReleaseAgeHours)),
    ...(publishers.length === 0 ? ["nobody signs it"] : []),
  ];
}

function ageWarnings(ageHours: number | undefined, minReleaseAgeHours: number): readonly string[] {
  if (ageHours === undefined) return ["when it was published is not known"];
  return ageHours < minReleaseAgeHours ? [`it ${ageWords(ageHours)}`] : [];
}

/** Hours since a version was published, or since it came up here when that is later; negative when it comes from the future. */
function ageOf({ published, firstSeen }: Offer, { known = false }: Wish, now: Date): number | undefined {
  const times = [published, known ? firstSeen : undefined].flatMap((time) => (time === undefined ? [] : [Date.parse(time)]));
  if (times.length === 0) return undefined;
  // A time that cannot be read is no proof of any age.
  return times.some(Number.isNaN) ? 0 : hoursSince(Math.max(...times), now);
}

export const hoursSince = (ms: number, now: Date): number => Math.floor((now.getTime() - ms) / hour);

function ageWords(hours: number): string {
  if (hours < 0) return "says it comes from the future";
  return hours < 1 ? "is less than an hour old" : `is only ${hoursWords(hours)} old`;
}

export const hoursWords = (hours: number): string => `${hours} ${hours === 1 ? "hour" : "hours"}`;

const revocationWords = ({ severity, reason }: RevokedRange): string => (reason === undefined ? severity : `${severity}: ${shown(reason)}`);
