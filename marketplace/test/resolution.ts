import type { ChoiceRules } from "../src/client/candidates.ts";
import type { Offer } from "../src/client/catalogue.ts";
import type { KnownCatalogue } from "../src/client/known-catalogue.ts";
import type { Wanted } from "../src/client/pick.ts";
import { type ResolveInput, resolve } from "../src/client/resolve.ts";
import { requestOf } from "../src/names.ts";
import { catalogueOf, known, version } from "./small-catalogue.ts";

export const signal = new AbortController().signal;
export const rules: ChoiceRules = { version: "1.2.0", now: new Date("2026-11-22T00:00:00Z"), minReleaseAgeHours: 72 };
export const dependent = (name: string, number: string, dependencies: Readonly<Record<string, string>>, more: Partial<Offer> = {}): Offer =>
  version(name, number, { dependencies, ...more });

export interface Asked extends Partial<ResolveInput> {
  readonly more?: Partial<Wanted>;
}

export async function resolved(catalogues: readonly KnownCatalogue[], texts: readonly string[], { more = {}, ...input }: Asked = {}) {
  const requests = texts.map((text) => ({ ...requestOf(text), ...more }));
  return resolve({ requests, catalogues, installed: [], rules, ...input }, signal);
}
export const chosen = async (catalogues: readonly KnownCatalogue[], texts: readonly string[], input: Asked = {}): Promise<readonly string[]> =>
  (await resolved(catalogues, texts, input)).packages.map(({ offer }) => `${offer.name}@${offer.version}`);
export const refused = async (catalogues: readonly KnownCatalogue[], texts: readonly string[], input: Asked = {}): Promise<unknown> =>
  resolved(catalogues, texts, input).then(
    () => "accepted",
    ({ code, message }: { readonly code: string; readonly message: string }) => `${code} ${message}`,
  );
export const one = (versions: readonly Offer[], options: Parameters<typeof catalogueOf>[1] = {}): readonly KnownCatalogue[] => [
  known(catalogueOf(versions, options)),
];
