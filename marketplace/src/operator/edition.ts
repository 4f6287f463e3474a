import { ClawError, type MarketplaceIndex, type MarketplaceManifest, type MarketplaceSearch } from "@claw/kernel/host";
import { type DocumentSigner, signDocument, type Unsigned } from "../documents/envelope.ts";
import { judgeIndex } from "../documents/index-rules.ts";
import { digestOf, manifestPathOf, pinOf, searchPathOf } from "../documents/pins.ts";
import { documentText, mostDocumentBytes } from "../documents/read.ts";
import { byVersion, isPrerelease } from "../versions.ts";
import type { MarketplaceFolder } from "./marketplace-folder.ts";
import { placeFiles, timeOf } from "./placing.ts";

/** What an operator decides of an index; the rest follows from it. */
export type Contents = Required<Pick<MarketplaceIndex, "namespaces" | "extensions" | "aliases" | "removed" | "revoked">>;

/** The next state of a marketplace, before it is signed. */
export interface Edition {
  readonly contents: Contents;
  /** Those that have changed. */
  readonly manifests: ReadonlyMap<string, MarketplaceManifest>;
  readonly search: MarketplaceSearch;
  /** Archives and signatures to be written before any document names them. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** Makes the next state from the last one. It may be refused. */
export type Change = (edition: Edition) => Edition;

export interface EditionSigning {
  readonly signers: readonly DocumentSigner[];
  readonly now: Date;
  /** How long the index is good for; as long as the root allows when absent. */
  readonly days?: number;
  /** Signs and judges, and writes nothing. */
  readonly dryRun?: boolean;
}

/** The next index, signed and judged as a reader will judge it, and everything that it names, the index last. Nothing of it is written. */
export interface PreparedEdition {
  readonly index: MarketplaceIndex;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

const usualDays = 14;
const dayMs = 24 * 60 * 60 * 1000;

/** The state that a folder publishes, to be changed. */
export const editionOf = ({ index, search }: MarketplaceFolder): Edition => ({
  contents: {
    namespaces: index?.namespaces ?? {},
    extensions: index?.extensions ?? {},
    aliases: index?.aliases ?? {},
    removed: index?.removed ?? {},
    revoked: index?.revoked ?? [],
  },
  manifests: new Map(),
  search,
  files: new Map(),
});

/** The version that is meant where none is named. */
export function latestOf({ versions }: MarketplaceManifest): string {
  const all = Object.keys(versions).sort(byVersion).reverse();
  const usable = all.filter((version) => (versions[version]?.yanked ?? undefined) === undefined);
  return usable.find((version) => !isPrerelease(version)) ?? usable[0] ?? all[0] ?? "";
}

/** Signs the next index and writes everything that it names, the index last. It is judged as a reader will judge it before anything is written. */
export async function publishEdition(
  published: MarketplaceFolder,
  edition: Edition,
  signing: EditionSigning,
  staging: string,
  signal: AbortSignal,
): Promise<MarketplaceIndex> {
  const { index, files } = await prepareEdition(published, edition, signing);
  if (signing.dryRun !== true) await placeFiles(published.folder, files, staging, signal);
  return index;
}

/** Whether everybody who signs can do so only to see whether they can: a keyless signature stands in a public log for ever. */
export const maySignForNothing = (signers: readonly DocumentSigner[]): boolean => signers.length > 0 && signers.every(({ kind }) => kind === "key");

export async function prepareEdition(published: MarketplaceFolder, edition: Edition, signing: EditionSigning): Promise<PreparedEdition> {
  const { index: last, indexBytes, root } = published;
  const files = new Map(edition.files);
  const extensions = { ...edition.contents.extensions };
  for (const [name, manifest] of edition.manifests) {
    const bytes = bytesFor(manifest, `the versions of ${name}`);
    const pin = pinOf(bytes);
    files.set(manifestPathOf(name, pin), bytes);
    files.set(`${name}/manifest.json`, bytes);
    const { url: _, ...advertised } = extensions[name] ?? { latest: "", manifest: pin };
    extensions[name] = { ...advertised, latest: latestOf(manifest), manifest: pin };
  }
  const searchBytes = bytesFor(edition.search, "the search document");
  const search = pinOf(searchBytes);
  files.set(searchPathOf(search), searchBytes);
  const unsigned: Unsigned<"index"> = {
    kind: "claw.index/1",
    version: (last?.version ?? 0) + 1,
    marketplace: root.marketplace,
    ...timesOf(root.maxIndexAgeDays ?? usualDays, signing),
    ...(indexBytes === undefined ? {} : { previous: digestOf(indexBytes) }),
    rootVersion: root.version,
    ...withoutEmpty(edition.contents),
    namespaces: edition.contents.namespaces,
    extensions,
    search,
  };
  const index = await signDocument("index", unsigned, signing.signers);
  const bytes = bytesFor(index, "the index");
  await judgeIndex(index, { digest: digestOf(bytes), root, seen: memoryOf(published), now: signing.now, asOf: signing.now, reserved: undefined });
  files.set(`history/${index.version}.json`, bytes);
  files.set("index.json", bytes);
  return { index, files };
}

function timesOf(mostDays: number, { now, days = mostDays }: EditionSigning): { readonly issued: string; readonly expires: string } {
  if (!(days >= 1 && days <= mostDays))
    throw new ClawError("USAGE", `an index of this marketplace is good for 1 to ${mostDays} days, not ${days}`, {}, { fix: `--days ${mostDays}` });
  return { issued: timeOf(now), expires: timeOf(new Date(now.getTime() + days * dayMs)) };
}

/** What whoever has seen the last index remembers of it. */
const memoryOf = ({ index, indexBytes, root }: MarketplaceFolder): Parameters<typeof judgeIndex>[1]["seen"] => ({
  ...(index === undefined || indexBytes === undefined ? {} : { index: { version: index.version, digest: digestOf(indexBytes), role: root.roles.index } }),
  names: Object.keys(index?.extensions ?? {}),
  revoked: index?.revoked ?? [],
});

const withoutEmpty = <T extends object>(record: T): Partial<T> =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => Object.keys(value as object).length > 0)) as Partial<T>;

function bytesFor(document: object, what: string): Uint8Array {
  const bytes = Buffer.from(documentText(document));
  if (bytes.length > mostDocumentBytes)
    throw new ClawError(
      "E_META_TOO_LARGE",
      `${what} would have ${bytes.length} bytes, and ${mostDocumentBytes} are allowed`,
      { bytes: bytes.length },
      { fix: "a second marketplace for a part of the scopes" },
    );
  return bytes;
}
