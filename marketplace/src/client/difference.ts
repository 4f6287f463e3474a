import type { LockEntry, Manifest } from "@claw/kernel/host";
import { contributionsOf, ownPrograms } from "../author/needs-trust.ts";
import { majorOf } from "../versions.ts";
import type { Offer } from "./catalogue.ts";
import { permissionDifference } from "./permission-words.ts";
import { publisherNames, publisherWords } from "./publishers.ts";
import { quoted, shown } from "./quoted.ts";

/** Something in which an update is other than what is installed. */
export interface Difference {
  readonly kind:
    | ("permission" | "wider" | "gone" | "dependency" | "contribution" | "tier" | "native")
    | ("publisher" | "repository" | "provenance" | "marketplace" | "major");
  readonly text: string;
}

/** What a person agreed to: the lock's entry, and its manifest. */
export interface Agreed {
  readonly entry: LockEntry;
  readonly manifest: Manifest;
}

/** Everything in which an offer is other than what is installed under its name (extensions.md §3.9). All but what is gone needs consent. */
export function differencesOf({ entry, manifest }: Agreed, offer: Offer): readonly Difference[] {
  const { added, wider, gone } = permissionDifference(entry.requested, offer.permissions);
  const told = (kind: Difference["kind"], texts: readonly string[]): readonly Difference[] => texts.map((text) => ({ kind, text }));
  const had = new Set(contributionsOf(manifest));
  const names = publisherNames(offer);
  return [
    ...told("publisher", names.includes(entry.publisher) ? [] : [signerChange(names, entry.publisher)]),
    ...told("provenance", losesProvenance(entry, offer) ? ["no longer shows what it was built from, as a keyless signature does"] : []),
    ...told("repository", repositoryChange(entry, offer)),
    ...told(
      "marketplace",
      entry.marketplace === offer.marketplace ? [] : [`comes from ${quoted(offer.marketplace)}, and until now from ${quoted(entry.marketplace)}`],
    ),
    ...told("native", offer.native && !isNative(manifest) ? ["ships programs of its own now"] : []),
    ...told("tier", entry.tier === "declarative" && offer.tier === "trusted" ? ["holds code now, which runs in claw's own process"] : []),
    ...told(
      "permission",
      added.map((text) => `new: ${text}`),
    ),
    ...told(
      "wider",
      wider.map((text) => `wider: ${text}`),
    ),
    ...told(
      "dependency",
      Object.keys(offer.dependencies)
        .filter((name) => !Object.hasOwn(entry.dependencies, name))
        .sort()
        .map((name) => `depends on ${shown(name)} now`),
    ),
    ...told(
      "contribution",
      offer.contributes.filter((kind) => !had.has(kind)).map((kind) => `provides ${quoted(kind)} now`),
    ),
    ...told("major", majorOf(offer.version) > majorOf(entry.version) ? [`is a new major version, ${offer.version} after ${entry.version}`] : []),
    ...told(
      "gone",
      gone.map((text) => `no longer: ${text}`),
    ),
  ];
}

/** Where nobody signs, all that is known is where it came from. */
function signerChange(names: readonly string[], before: string): string {
  if (isUnsigned(before) && names.every(isUnsigned)) return "signed by nobody, as before, so whoever keeps that marketplace can have changed it";
  return `signed by ${names.map(publisherWords).join(" or by ")}, and until now by ${publisherWords(before)}`;
}

const isUnsigned = (publisher: string): boolean => publisher.startsWith("unsigned:");

export const needsConsent = ({ kind }: Difference): boolean => kind !== "gone";

const isNative = (manifest: Manifest): boolean => manifest.permissions["native"] === true || ownPrograms(manifest).length > 0;

const isKeyless = (publisher: string): boolean => publisher.startsWith("oidc:");

const losesProvenance = (entry: LockEntry, offer: Offer): boolean =>
  (isKeyless(entry.publisher) || entry.signature.mode === "keyless") && !publisherNames(offer).some(isKeyless);

/** A repository that was deleted and made again has the same name and another number. */
function repositoryChange({ publisher, repositoryId }: LockEntry, offer: Offer): readonly string[] {
  const same = offer.publishers.filter((each) => each.kind === "oidc" && publisherNames({ ...offer, publishers: [each] }).includes(publisher));
  const numbers = same.flatMap((each) => (each.kind === "oidc" ? [each.repositoryId] : []));
  if (repositoryId === undefined || numbers.length === 0 || numbers.some((number) => number === undefined || number === repositoryId)) return [];
  return [`is built in another repository of the same name, number ${shown(numbers.join(" or "))} instead of ${repositoryId}`];
}
