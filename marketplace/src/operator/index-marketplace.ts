import type { MarketplaceManifest } from "@claw/kernel/host";
import type { Change } from "./edition.ts";
import { type EditionSigning, editionOf, maySignForNothing, publishEdition } from "./edition.ts";
import { clearIncoming, type Incoming, takeIn } from "./incoming.ts";
import { changing, openMarketplaceFolder } from "./marketplace-folder.ts";

export interface IndexOptions extends EditionSigning {
  /** What is to be different. Each is given the versions of an extension as they are published. */
  readonly changes?: readonly ((manifestOf: (name: string) => Promise<MarketplaceManifest | undefined>) => Promise<Change>)[];
  /** Whether what waits in `incoming/` is taken in. */
  readonly incoming: boolean;
}

export interface IndexReport {
  readonly marketplace: string;
  readonly version: number;
  readonly expires: string;
  readonly extensions: number;
  readonly incoming: readonly Incoming[];
}

/** Signs the next index of a marketplace: with changes, with what waited, or with nothing but a later end. */
export async function indexMarketplace(folder: string, options: IndexOptions, signal: AbortSignal): Promise<IndexReport> {
  const { changes = [], now, dryRun = false } = options;
  const work = async (staging: string): Promise<IndexReport> => {
    const published = await openMarketplaceFolder(folder, now);
    let edition = editionOf(published);
    for (const change of changes) edition = (await change((name) => published.manifestOf(name)))(edition);
    const taken = options.incoming ? await takeIn(published, edition, now) : { edition, incoming: [] };
    const { root, index } = published;
    if (dryRun && !maySignForNothing(options.signers)) {
      const count = new Set([...Object.keys(taken.edition.contents.extensions), ...taken.edition.manifests.keys()]).size;
      return { marketplace: root.marketplace, version: (index?.version ?? 0) + 1, expires: index?.expires ?? "", extensions: count, incoming: taken.incoming };
    }
    const next = await publishEdition(published, taken.edition, options, staging, signal);
    if (!dryRun) await clearIncoming(folder, taken.incoming);
    return {
      marketplace: root.marketplace,
      version: next.version,
      expires: next.expires,
      extensions: Object.keys(next.extensions).length,
      incoming: taken.incoming,
    };
  };
  return dryRun ? work("") : changing(folder, work, signal);
}
