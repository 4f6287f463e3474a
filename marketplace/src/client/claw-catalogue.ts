import {
  type Advertised,
  ClawError,
  type MarketplaceIndex,
  type MarketplaceManifest,
  type MarketplaceRoot,
  type Pin,
  type PublishedVersion,
} from "@claw/kernel/host";
import { checkManifest, type SeenVersions } from "../documents/manifest-rules.ts";
import { manifestPathOf, searchPathOf } from "../documents/pins.ts";
import { readManifest, readSearch } from "../documents/read.ts";
import { scopeOf } from "../names.ts";
import type { PublisherPolicy } from "../signature/policy.ts";
import type { Transport } from "../transport/transport.ts";
import type { Catalogue, Fetched, Offer } from "./catalogue.ts";
import type { ClientContext } from "./context.ts";
import { cacheDocument, cachedDocument, digestOfPin } from "./document-cache.ts";
import { type KnownMarketplace, rememberVersions } from "./state.ts";

/** Documents that were verified, and the way to what they name. */
export interface ClawDocuments {
  readonly known: KnownMarketplace;
  readonly root: MarketplaceRoot;
  readonly index: MarketplaceIndex;
  readonly transport: Transport;
  /** Whether what was seen before is held against it. */
  readonly remembers: boolean;
}

const signatureBytes = 256 * 1024;

/** What a marketplace in claw's own format offers. Every document behind the index is held to the index's pin, and kept. */
export function clawCatalogue(documents: ClawDocuments, context: ClientContext): Catalogue {
  const { root, index } = documents;
  const own = <T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined =>
    record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
  return {
    id: index.marketplace,
    indexVersion: index.version,
    rootVersion: root.version,
    names: Object.keys(index.extensions),
    revoked: index.revoked ?? [],
    alias: (short) => own(index.aliases, short),
    async offers(name, signal) {
      const advertised = own(index.extensions, name);
      if (advertised === undefined) return undefined;
      const path = advertised.url ?? manifestPathOf(name, advertised.manifest);
      const manifest = readManifest(await pinned(path, advertised.manifest, documents, context, signal), { name, pin: advertised.manifest });
      checkManifest(manifest, { name, latest: advertised.latest });
      const seen = await remembered(manifest, documents, context, signal);
      const { description } = manifest;
      const { deprecated } = advertised;
      const versions = Object.entries(manifest.versions).map(([version, published]) =>
        offerOf({ name, version, published, advertised, path, firstSeen: seen[version]?.firstSeen }, documents),
      );
      return { name, ...(description === undefined ? {} : { description }), ...(deprecated === undefined ? {} : { deprecated }), versions };
    },
    async search(signal) {
      const { search: pin } = index;
      return pin === undefined ? {} : readSearch(await pinned(searchPathOf(pin), pin, documents, context, signal), pin);
    },
  };
}

/** A document that the index pins, from what was kept or from the marketplace. */
async function pinned(path: string, pin: Pin, { transport, index }: ClawDocuments, { cache }: ClientContext, signal: AbortSignal): Promise<Uint8Array> {
  const kept = await cachedDocument(cache, digestOfPin(pin));
  if (kept !== undefined) return kept;
  const bytes = await transport.get(path, pin.size, signal);
  if (bytes === undefined)
    throw new ClawError(
      "E_NOT_PUBLISHED",
      `${index.marketplace} names ${path}, which is not there`,
      { url: path },
      { fix: "ask whoever runs the marketplace" },
    );
  await cacheDocument(cache, bytes);
  return bytes;
}

async function remembered(
  { name, versions }: MarketplaceManifest,
  { known, remembers }: ClawDocuments,
  { store, now }: ClientContext,
  signal: AbortSignal,
): Promise<SeenVersions> {
  return remembers ? rememberVersions(store, { id: known.id, name, versions, complete: true }, now(), signal) : {};
}

interface Published {
  readonly name: string;
  readonly version: string;
  readonly published: PublishedVersion;
  readonly advertised: Advertised;
  /** Of the document that describes it. */
  readonly path: string;
  readonly firstSeen: string | undefined;
}

function offerOf({ name, version, published, advertised, path, firstSeen }: Published, documents: ClawDocuments): Offer {
  const { index, root, transport } = documents;
  const scope = scopeOf(name);
  const namespace = Object.hasOwn(index.namespaces, scope) ? index.namespaces[scope] : undefined;
  const publishers: PublisherPolicy | undefined = advertised.publishers ?? namespace?.publishers;
  if (publishers === undefined)
    throw new ClawError("E_POLICY_EMPTY", `${index.marketplace} does not say who may sign ${name}`, {}, { fix: "ask whoever runs the marketplace" });
  const trustedRoot = root.sigstore?.trustedRoot ?? undefined;
  const { size, sha256, tree, engines, permissions, dependencies = {}, contributes = [], tier = "trusted", native = permissions.native === true } = published;
  const beside = (file: string): string => resolvedBeside(path, file, transport.base);
  return {
    name,
    version,
    marketplace: index.marketplace,
    resolved: beside(published.tarball),
    indexVersion: index.version,
    rootVersion: root.version,
    published: published.published,
    ...(firstSeen === undefined ? {} : { firstSeen }),
    size,
    integrity: `sha256-${sha256}`,
    tree,
    engines,
    permissions: permissions as Readonly<Record<string, unknown>>,
    dependencies,
    contributes,
    tier,
    native,
    ...(published.yanked === undefined || published.yanked === null ? {} : { yanked: published.yanked }),
    ...(advertised.deprecated === undefined ? {} : { deprecated: advertised.deprecated }),
    publishers,
    ...(namespace?.tlog === undefined ? {} : { tlog: namespace.tlog }),
    ...(trustedRoot === undefined ? {} : { trustedRoot }),
    fetch: (signal) => fetched(published, beside, transport, signal),
  };
}

/** A file that a document names is beside that document. As it is written into a lock: below the marketplace's address, or the address of a mirror. */
function resolvedBeside(document: string, file: string, base: string): string {
  const url = URL.parse(file, new URL(document, base).href);
  if (url === null)
    throw new ClawError(
      "E_URL_HOST",
      `${JSON.stringify(file.slice(0, 200))} is no place of a file`,
      { url: file.slice(0, 200) },
      { fix: "ask whoever runs the marketplace" },
    );
  return url.href.startsWith(base) ? url.href.slice(base.length) : url.href;
}

async function fetched(
  { tarball, size, signature, provenance }: PublishedVersion,
  beside: (file: string) => string,
  transport: Transport,
  signal: AbortSignal,
): Promise<Fetched> {
  const get = async (file: string, maxBytes: number): Promise<Uint8Array | undefined> => {
    try {
      return await transport.get(beside(file), maxBytes, signal);
    } catch (error) {
      if (!ClawError.is(error, "E_META_TOO_LARGE")) throw error;
      throw new ClawError(
        "E_TOO_LARGE",
        `${file} is larger than the ${maxBytes} bytes that are allowed`,
        {},
        { cause: error, fix: "ask whoever runs the marketplace" },
      );
    }
  };
  const [archive, bundle, statement] = await Promise.all([
    get(tarball, size),
    get(signature, signatureBytes),
    provenance === undefined || provenance === null ? undefined : get(provenance, signatureBytes),
  ]);
  if (archive === undefined)
    throw new ClawError("E_NOT_PUBLISHED", `${beside(tarball)} is not there`, { url: beside(tarball) }, { fix: "ask whoever runs the marketplace" });
  return { form: "archive", archive, bundle, ...(statement === undefined ? {} : { provenance: statement }) };
}
