import type { Catalogue } from "./catalogue.ts";
import type { ClientContext } from "./context.ts";
import { knownMarketplaces } from "./known.ts";
import type { KnownMarketplace } from "./state.ts";

/** A marketplace as it is asked for names. */
export interface KnownCatalogue extends Pick<KnownMarketplace, "scopes" | "cooldown" | "unsigned"> {
  readonly catalogue: Catalogue;
  /** It comes with the program: scope `claw` is its own. */
  readonly isDefault: boolean;
}

/**
 * Opened marketplaces with what the person said of them. One that was only named on the command line owns nothing; one that was not opened
 * keeps the scopes that are its own and offers nothing, so that keeping it from answering gives them to nobody.
 */
export function knownCatalogues(catalogues: readonly Catalogue[], context: Pick<ClientContext, "bundled" | "defaultUrl" | "store">): readonly KnownCatalogue[] {
  const known = new Map(knownMarketplaces(context).map((each) => [each.id, each]));
  const opened = new Set(catalogues.map(({ id }) => id));
  const silent = [...known.values()].filter(({ id, scopes }) => !opened.has(id) && scopes.length > 0).map(({ id }) => silentCatalogue(id));
  return [...catalogues, ...silent].map((catalogue) => {
    const { scopes = [], cooldown, unsigned } = known.get(catalogue.id) ?? {};
    return {
      catalogue,
      scopes,
      isDefault: catalogue.id === context.bundled.trust.marketplace?.id,
      ...(cooldown === undefined ? {} : { cooldown }),
      ...(unsigned === undefined ? {} : { unsigned }),
    };
  });
}

const silentCatalogue = (id: string): Catalogue => ({
  id,
  names: [],
  revoked: [],
  alias: () => undefined,
  offers: async () => undefined,
  search: async () => ({}),
});
