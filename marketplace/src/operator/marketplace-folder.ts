import { join } from "node:path";
import { ClawError, type MarketplaceIndex, type MarketplaceManifest, type MarketplaceRoot, type MarketplaceSearch } from "@claw/kernel/host";
import { verifyThreshold } from "../documents/envelope.ts";
import { manifestPathOf, searchPathOf } from "../documents/pins.ts";
import { readIndex, readManifest, readRoot, readSearch } from "../documents/read.ts";
import { checkOwnSignatures } from "../documents/root-rules.ts";
import { bytesOf, whileAlone } from "./placing.ts";

/** A marketplace as its folder publishes it, its signatures checked: what is signed next rests on it. */
export interface MarketplaceFolder {
  readonly folder: string;
  readonly root: MarketplaceRoot;
  /** Nothing before the first one is signed. */
  readonly index: MarketplaceIndex | undefined;
  /** The bytes of the index. */
  readonly indexBytes: Uint8Array | undefined;
  readonly search: MarketplaceSearch;
  /** All versions of an extension that the index advertises. */
  manifestOf(name: string): Promise<MarketplaceManifest | undefined>;
}

/** Runs `work` while nobody else changes a marketplace. Where there is none, nothing is made, not even the lock. */
export async function changing<T>(folder: string, work: (staging: string) => Promise<T>, signal: AbortSignal): Promise<T> {
  await rootBytesIn(folder);
  return whileAlone(folder, work, signal);
}

async function rootBytesIn(folder: string): Promise<Uint8Array> {
  const bytes = await bytesOf(join(folder, "root.json"));
  if (bytes !== undefined) return bytes;
  throw new ClawError(
    "E_NOT_PUBLISHED",
    `${folder} is no marketplace: it has no root.json`,
    { url: folder },
    { fix: "claw ext marketplace init FOLDER --id URL" },
  );
}

export async function openMarketplaceFolder(folder: string, now: Date): Promise<MarketplaceFolder> {
  const root = readRoot(await rootBytesIn(folder));
  await checkOwnSignatures(root, now);
  const indexBytes = await bytesOf(join(folder, "index.json"));
  const index = indexBytes === undefined ? undefined : readIndex(indexBytes);
  if (index !== undefined) {
    if (index.marketplace !== root.marketplace)
      throw new ClawError("E_INDEX_MARKETPLACE", `the index in ${folder} is for ${index.marketplace}, and its root for ${root.marketplace}`, {
        marketplace: root.marketplace,
      });
    const what = `index ${index.version} in ${folder}`;
    await verifyThreshold("index", index, root.roles.index, { now, trustedRoot: root.sigstore?.trustedRoot, what });
  }
  const pinned = async (path: string): Promise<Uint8Array> => {
    const bytes = await bytesOf(join(folder, path));
    if (bytes === undefined)
      throw new ClawError(
        "E_NOT_PUBLISHED",
        `${path} is missing in ${folder}, and the index names it`,
        { url: path },
        { fix: `claw ext marketplace verify ${folder}` },
      );
    return bytes;
  };
  return {
    folder,
    root,
    index,
    indexBytes,
    search: index?.search === undefined ? {} : readSearch(await pinned(searchPathOf(index.search)), index.search),
    async manifestOf(name) {
      const advertised = index !== undefined && Object.hasOwn(index.extensions, name) ? index.extensions[name] : undefined;
      if (advertised === undefined) return undefined;
      return readManifest(await pinned(advertised.url ?? manifestPathOf(name, advertised.manifest)), { name, pin: advertised.manifest });
    },
  };
}
