import { byVersion, isVersion } from "../versions.ts";
import { revocationOfOffer, usualAgeHours } from "./candidates.ts";
import type { Catalogue, Offer } from "./catalogue.ts";
import type { ClientContext } from "./context.ts";
import { type KnownCatalogue, knownCatalogues } from "./known-catalogue.ts";
import { ownScope } from "./known.ts";
import { permissionWords } from "./permission-words.ts";
import { signerWords } from "./publishers.ts";
import { baseOf, scopeOf } from "../names.ts";

const hourMs = 3_600_000;

/** What a marketplace says of an extension, for whoever thinks about having it. None of it is proved before it is installed. */
export interface OfferedExtension {
  readonly name: string;
  /** The highest version that is not revoked or yanked, else the highest. */
  readonly version: string;
  readonly description: string;
  readonly marketplace: string;
  /** Who may sign it, in words. */
  readonly publisher: string;
  readonly tier: Offer["tier"];
  readonly contributes: readonly string[];
  /** What it asks for, in words. */
  readonly asks: readonly string[];
  readonly needs: readonly string[];
  readonly published?: string;
  /** It has not been out for as long as a version waits that is not asked for fresh. */
  readonly young: boolean;
  readonly engines: string;
  readonly deprecated?: string;
  /** Every version, the highest first, with what is against it. */
  readonly versions: readonly string[];
}

/** What catalogues offer under a full name, or under a short one. */
export async function offeredExtensions(
  name: string,
  catalogues: readonly Catalogue[],
  context: ClientContext,
  signal: AbortSignal,
): Promise<readonly OfferedExtension[]> {
  const known = knownCatalogues(catalogues, context);
  const found = await Promise.all(
    known.map(async (each) => {
      const { catalogue } = each;
      const meant = name.includes("/") ? [name] : [...new Set([catalogue.alias(name) ?? [], catalogue.names.filter((full) => baseOf(full) === name)].flat())];
      return Promise.all(meant.filter((full) => catalogue.names.includes(full)).map((full) => offered(full, each, context, signal)));
    }),
  );
  return found.flat().filter((each) => each !== undefined);
}

async function offered(
  name: string,
  { catalogue, isDefault, cooldown = usualAgeHours }: KnownCatalogue,
  { bundled: { trust }, now }: ClientContext,
  signal: AbortSignal,
): Promise<OfferedExtension | undefined> {
  const offers = await catalogue.offers(name, signal);
  const sorted = (offers?.versions ?? []).filter(({ version }) => isVersion(version)).sort((a, b) => byVersion(b.version, a.version));
  const against = (offer: Offer): string | undefined => {
    const revocation = revocationOfOffer(offer, catalogue.revoked);
    if (revocation !== undefined) return `revoked, ${[revocation.severity, revocation.reason].filter((word) => word !== undefined).join(": ")}`;
    return offer.yanked === undefined ? undefined : `yanked, ${offer.yanked.reason}`;
  };
  const best = sorted.find((offer) => against(offer) === undefined) ?? sorted[0];
  if (best === undefined) return undefined;
  const deprecated = best.deprecated ?? offers?.deprecated;
  return {
    name,
    version: best.version,
    description: offers?.description ?? "",
    marketplace: catalogue.id,
    publisher: signerWords(best, trust),
    tier: best.tier,
    contributes: best.contributes,
    asks: permissionWords(best.permissions),
    needs: Object.entries(best.dependencies).map(([needed, range]) => `${needed} ${range}`),
    ...(best.published === undefined ? {} : { published: best.published }),
    young: !(isDefault && scopeOf(name) === ownScope) && best.published !== undefined && now().getTime() - Date.parse(best.published) < cooldown * hourMs,
    engines: best.engines.claw,
    ...(deprecated === undefined ? {} : { deprecated }),
    versions: sorted.map((offer) => [offer.version, against(offer)].filter((word) => word !== undefined).join(" ")),
  };
}
