import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ClawError, type Manifest, type MarketplaceIndex, type MarketplaceManifest, parseStrict, type PublishedVersion } from "@claw/kernel/host";
import { limits } from "../archive/limits.ts";
import { readArchive } from "../archive/read.ts";
import type { ArchiveFile } from "../archive/tree-digest.ts";
import { revocationOfOffer } from "../client/candidates.ts";
import { isPinned, manifestPathOf } from "../documents/pins.ts";
import { instantOf } from "../documents/read.ts";
import { fingerprintOf } from "../documents/root-rules.ts";
import { type MarketplaceFolder, openMarketplaceFolder } from "../operator/marketplace-folder.ts";
import { bytesOf } from "../operator/placing.ts";
import { policyFor } from "../operator/publication.ts";
import { readBundle } from "../signature/bundle.ts";
import { isLegacyBundle } from "../signature/cosign.ts";
import { parseSignature } from "../signature/shape.ts";
import { verifyArtifact } from "../signature/verify.ts";
import { openFileTransport } from "../transport/file-transport.ts";
import type { Transport } from "../transport/transport.ts";
import { byVersion } from "../versions.ts";
import type { ExtensionFacts, MarketplaceFacts, SignatureState, VersionFacts } from "./facts.ts";
import { publisherReader, type PublisherReader } from "./publisher-ids.ts";

const mostSignatureBytes = 256 * 1024;

export interface PublishedMarketplace {
  readonly facts: MarketplaceFacts;
  readonly names: readonly string[];
  factsOf(name: string, signal: AbortSignal): Promise<ExtensionFacts>;
}

type Contents = Required<Pick<MarketplaceIndex, "extensions" | "namespaces">> & MarketplaceIndex;

/** Opens a marketplace's folder to be shown. Its documents are verified; what is wrong with one package is a problem of that one alone. */
export async function openPublished(folder: string, now: Date): Promise<PublishedMarketplace> {
  const opened = await openMarketplaceFolder(folder, now);
  const { index } = opened;
  if (index === undefined)
    throw new ClawError(
      "E_NOT_PUBLISHED",
      `${folder} has no index.json: nothing is published there yet`,
      { url: folder },
      { fix: `claw ext marketplace index ${folder}` },
    );
  const transport = openFileTransport(new URL(`${pathToFileURL(folder).href.replace(/\/$/, "")}/`));
  const aliases = new Map<string, string[]>();
  for (const [short, name] of Object.entries(index.aliases ?? {})) aliases.set(name, [...(aliases.get(name) ?? []), short]);
  const publishersOf = publisherReader();
  return {
    facts: await marketplaceFacts(opened, index, { now, publishersOf }),
    names: Object.keys(index.extensions).sort(),
    factsOf: (name, signal) => extensionFacts(name, { opened, index, transport, aliases: aliases.get(name) ?? [], now, publishersOf }, signal),
  };
}

type Reading = Pick<Source, "now" | "publishersOf">;

async function marketplaceFacts({ folder, root }: MarketplaceFolder, index: Contents, { now, publishersOf }: Reading): Promise<MarketplaceFacts> {
  const { namespaces, extensions, removed = {}, revoked = [], issued, expires, version } = index;
  return {
    id: root.marketplace,
    root,
    fingerprint: fingerprintOf((await bytesOf(join(folder, "root.json"))) ?? new Uint8Array()),
    indexVersion: version,
    issued,
    expires,
    hasExpired: instantOf(expires, "index.json") <= now.getTime(),
    count: Object.keys(extensions).length,
    scopes: Object.entries(namespaces)
      .map(([scope, { publishers, tlog }]) => ({ scope, publishers: publishersOf(publishers), isLogged: tlog !== undefined }))
      .sort((a, b) => (a.scope < b.scope ? -1 : 1)),
    removed: Object.entries(removed).map(([name, why]) => ({ name, ...why })),
    revoked,
    mirrors: root.mirrors ?? [],
  };
}

interface Source {
  readonly opened: MarketplaceFolder;
  readonly index: Contents;
  readonly transport: Transport;
  readonly aliases: readonly string[];
  readonly now: Date;
  readonly publishersOf: PublisherReader;
}

async function extensionFacts(name: string, source: Source, signal: AbortSignal): Promise<ExtensionFacts> {
  const { opened, index, aliases, publishersOf } = source;
  const advertised = index.extensions[name];
  const problems: string[] = [];
  const noted = async <T>(what: string, work: Promise<T>): Promise<T | undefined> => {
    try {
      return await work;
    } catch (error) {
      signal.throwIfAborted();
      if (!ClawError.is(error)) throw error;
      problems.push(`${what}: ${error.message} (${error.code})`);
      return undefined;
    }
  };
  const policy = await noted("its publisher", (async () => policyFor(name, index))());
  const manifest = await noted("its versions", opened.manifestOf(name));
  const latest = advertised?.latest ?? "";
  const published = manifest !== undefined && Object.hasOwn(manifest.versions, latest) ? manifest.versions[latest] : undefined;
  const newest = published === undefined ? undefined : await noted(`version ${latest}`, latestPackage(name, latest, published, source, signal));
  const signed: SignatureState = newest?.signed ?? { state: "refused", why: problems.at(-1) ?? "it is not there" };
  const versions = manifest === undefined ? [] : await versionsOf(name, manifest, signed, source, signal);
  return {
    name,
    displayName: manifest?.displayName,
    description: manifest?.description,
    license: manifest?.license,
    repository: manifest?.repository,
    deprecated: advertised?.deprecated,
    aliases,
    keywords: Object.hasOwn(opened.search, name) ? (opened.search[name]?.[1] ?? []) : [],
    publishers: publishersOf(policy?.publishers ?? []),
    isLogged: policy?.tlog !== undefined,
    latest,
    versions,
    readme: newest?.readme,
    provides: newest?.provides ?? [],
    problems,
  };
}

interface LatestPackage {
  readonly signed: SignatureState;
  readonly readme: string | undefined;
  readonly provides: ExtensionFacts["provides"];
}

/** Reads the newest package as whoever installs it would: its digest, its signature, and only then what is in it. */
async function latestPackage(name: string, version: string, published: PublishedVersion, source: Source, signal: AbortSignal): Promise<LatestPackage> {
  const { opened, index, now } = source;
  const { size, sha256, tarball, signature } = published;
  const [archive, bundle] = await Promise.all([
    fileOf(name, tarball, limits.compressed, source, signal),
    fileOf(name, signature, mostSignatureBytes, source, signal),
  ]);
  if (archive === undefined || !isPinned(archive, { size, sha256 }))
    throw new ClawError("E_ARCHIVE_DIGEST", "its archive is not the one that the marketplace names", {});
  const trustedRoot = opened.root.sigstore?.trustedRoot ?? undefined;
  const { publishers: policy, tlog } = policyFor(name, index);
  const by = await verifyArtifact({
    artifact: archive,
    bundle,
    policy,
    now,
    tlog,
    subject: `${name}@${version}`,
    ...(trustedRoot === undefined ? {} : { trustedRoot }),
  });
  const files = readArchive(archive);
  return { signed: { state: "verified", by }, readme: textOf(files, "README.md"), provides: providesOf(files) };
}

/** A file beside an extension's manifest. Nothing outside the marketplace's folder is read, whatever a document says. */
async function fileOf(name: string, path: string, maxBytes: number, { index, transport }: Source, signal: AbortSignal): Promise<Uint8Array | undefined> {
  const advertised = index.extensions[name];
  const beside = advertised === undefined ? name : (advertised.url ?? manifestPathOf(name, advertised.manifest));
  return transport.get(URL.parse(path, new URL(beside, transport.base).href)?.href ?? path, maxBytes, signal);
}

function textOf(files: readonly ArchiveFile[], path: string): string | undefined {
  const file = files.find((one) => one.path.toLowerCase() === path.toLowerCase());
  return file === undefined ? undefined : Buffer.from(file.data).toString("utf8");
}

function providesOf(files: readonly ArchiveFile[]): ExtensionFacts["provides"] {
  const data = files.find(({ path }) => path === "extension.json")?.data;
  if (data === undefined) return [];
  const { provides = {} } = parseStrict(data, { name: "extension.json", maxBytes: limits.manifest, numbers: "any" }) as Partial<Manifest>;
  return Object.entries(provides).flatMap(([slot, entries]) =>
    Object.entries(entries ?? {}).map(([entry, about]) => [slot, entry, typeof about.description === "string" ? about.description : ""] as const),
  );
}

async function versionsOf(
  name: string,
  { versions }: MarketplaceManifest,
  signedLatest: SignatureState,
  source: Source,
  signal: AbortSignal,
): Promise<readonly VersionFacts[]> {
  const { index } = source;
  const newestFirst = Object.entries(versions).sort(([a], [b]) => byVersion(b, a));
  const facts: VersionFacts[] = [];
  for (const [version, published] of newestFirst) {
    const signed = version === index.extensions[name]?.latest ? signedLatest : await signatureOf(name, published, source, signal);
    facts.push({ ...published, version, revoked: revocationOfOffer({ name, version, tree: published.tree }, index.revoked ?? []), signed });
  }
  return facts;
}

/** What kind of signature stands beside an archive. Only the newest is checked: the others would have to be read whole. */
async function signatureOf(name: string, { signature }: PublishedVersion, source: Source, signal: AbortSignal): Promise<SignatureState> {
  try {
    const bytes = await fileOf(name, signature, mostSignatureBytes, source, signal);
    if (bytes === undefined) return { state: "refused", why: "there is none" };
    const json = parseSignature(bytes);
    if (isLegacyBundle(json)) return { state: "read", kind: "key" };
    const { content, material } = readBundle(json);
    return { state: "read", kind: content.type === "attestation" ? "attestation" : material.type === "certificate" ? "keyless" : "key" };
  } catch (error) {
    signal.throwIfAborted();
    if (!ClawError.is(error)) throw error;
    return { state: "refused", why: `${error.message} (${error.code})` };
  }
}
