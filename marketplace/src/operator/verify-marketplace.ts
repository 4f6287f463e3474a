import { hash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { canonicalJson, ClawError, type MarketplaceIndex, type MarketplaceManifest, type MarketplaceRoot, type PublishedVersion } from "@claw/kernel/host";
import { judgeIndex } from "../documents/index-rules.ts";
import { digestOf, manifestPathOf, searchPathOf } from "../documents/pins.ts";
import { readIndex, readManifest, readRoot, readSearch } from "../documents/read.ts";
import { checkOwnSignatures, fingerprintOf, followRoots, refuseExpiredRoot, rootPathOf } from "../documents/root-rules.ts";
import { bytesOf } from "./placing.ts";
import { latestOf } from "./edition.ts";
import { judgeCandidate, publishedVersionOf } from "./publication.ts";

/** What is wrong with a marketplace's folder, by file. */
export interface MarketplaceProblem {
  readonly file: string;
  readonly code: string;
  readonly message: string;
}

export interface MarketplaceAudit {
  readonly marketplace?: string;
  readonly fingerprint?: string;
  readonly rootVersion?: number;
  readonly indexVersion?: number;
  readonly expires?: string;
  readonly extensions: number;
  readonly versions: number;
  readonly problems: readonly MarketplaceProblem[];
}

type Problems = MarketplaceProblem[];

/** Checks everything that a folder publishes: the chain of roots, the index, every document it pins, every archive with its signature and contents. */
export async function verifyMarketplace(folder: string, now: Date, signal: AbortSignal): Promise<MarketplaceAudit> {
  const problems: Problems = [];
  const counts = { extensions: 0, versions: 0 };
  const root = await trying(problems, "root.json", () => verifiedRoot(folder, now));
  await refusePrivateKeys(folder, problems);
  if (root === undefined) return { ...counts, problems };
  const about = { marketplace: root.document.marketplace, fingerprint: root.fingerprint, rootVersion: root.document.version };
  const index = await trying(problems, "index.json", () => verifiedIndex(folder, root.document, now));
  if (index === undefined) return { ...about, ...counts, problems };
  await trying(problems, "search.json", () => verifySearch(folder, index));
  for (const [alias, name] of Object.entries(index.aliases ?? {}))
    if (!Object.hasOwn(index.extensions, name))
      problems.push({ file: "index.json", code: "E_NAME_UNKNOWN", message: `the short name ${alias} means ${name}, which is not there` });
  for (const name of Object.keys(index.extensions)) {
    signal.throwIfAborted();
    counts.extensions += 1;
    const manifest = await trying(problems, `${name}/manifest.json`, () => verifiedManifest(folder, name, index));
    for (const [version, published] of Object.entries(manifest?.versions ?? {})) {
      counts.versions += 1;
      await trying(problems, `${name}/${published.tarball}`, () => verifyVersion({ folder, name, version, published, root: root.document, index, now }));
    }
  }
  return { ...about, indexVersion: index.version, expires: index.expires, ...counts, problems };
}

async function trying<T>(problems: Problems, file: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!ClawError.is(error)) throw error;
    problems.push({ file, code: error.code, message: error.message });
    return undefined;
  }
}

async function required(folder: string, path: string): Promise<Uint8Array> {
  const bytes = await bytesOf(join(folder, path));
  if (bytes === undefined) throw new ClawError("E_NOT_PUBLISHED", `${path} is not there`, { url: path });
  return bytes;
}

async function verifiedRoot(folder: string, now: Date): Promise<{ readonly document: MarketplaceRoot; readonly fingerprint: string }> {
  const newest = await required(folder, "root.json");
  const document = readRoot(newest);
  await checkOwnSignatures(document, now);
  refuseExpiredRoot(document, now);
  const first = await bytesOf(join(folder, rootPathOf(1)));
  if (first !== undefined) {
    const start = { document: readRoot(first), fingerprint: fingerprintOf(first) };
    const chain = [start, ...(await followRoots(start, (version) => bytesOf(join(folder, rootPathOf(version))), now))];
    if (chain.at(-1)?.fingerprint !== fingerprintOf(newest))
      throw new ClawError("E_ROOT_VERSION", `root.json is not the last root of its chain, ${chain.at(-1)?.document.version ?? 0}`, {
        marketplace: document.marketplace,
      });
  }
  return { document, fingerprint: fingerprintOf(newest) };
}

async function verifiedIndex(folder: string, root: MarketplaceRoot, now: Date): Promise<MarketplaceIndex> {
  const bytes = await required(folder, "index.json");
  const index = readIndex(bytes);
  const before = index.previous === undefined ? undefined : await bytesOf(join(folder, `history/${index.version - 1}.json`));
  if (before !== undefined && digestOf(before) !== index.previous)
    throw new ClawError("E_INDEX_EQUIVOCATION", `history/${index.version - 1}.json is not the index that index ${index.version} comes after`, {
      marketplace: root.marketplace,
      version: index.version - 1,
    });
  const last = before === undefined ? undefined : readIndex(before);
  const seen = {
    ...(before === undefined || last === undefined ? {} : { index: { version: last.version, digest: digestOf(before), role: root.roles.index } }),
    names: Object.keys(last?.extensions ?? {}),
    revoked: last?.revoked ?? [],
  };
  await judgeIndex(index, { digest: digestOf(bytes), root, seen, now, asOf: now, reserved: undefined });
  return index;
}

async function verifySearch(folder: string, { search, extensions }: MarketplaceIndex): Promise<void> {
  if (search === undefined) return;
  const document = readSearch(await required(folder, searchPathOf(search)), search);
  const unknown = Object.keys(document).find((name) => !Object.hasOwn(extensions, name));
  if (unknown !== undefined)
    throw new ClawError("E_NAME_UNKNOWN", `the search document lists ${unknown}, which is not advertised`, { name: unknown, suggestions: [] });
}

async function verifiedManifest(folder: string, name: string, { extensions }: MarketplaceIndex): Promise<MarketplaceManifest> {
  const { manifest: pin, latest, url } = extensions[name] ?? { manifest: { size: 0, sha256: "" }, latest: "" };
  const manifest = readManifest(await required(folder, url ?? manifestPathOf(name, pin)), { name, pin });
  if (manifest.name !== name) throw new ClawError("E_NAME_MISMATCH", `the versions of ${name} are those of ${manifest.name}`, { name });
  if (latest !== latestOf(manifest))
    throw new ClawError("E_MANIFEST_MISMATCH", `the index says that ${latest} is the latest of ${name}, and its versions say ${latestOf(manifest)}`, {
      name,
      field: "latest",
    });
  return manifest;
}

interface Audited {
  readonly folder: string;
  readonly name: string;
  readonly version: string;
  readonly published: PublishedVersion;
  readonly root: MarketplaceRoot;
  readonly index: MarketplaceIndex;
  readonly now: Date;
}

/** An archive, its signature, and whether what the marketplace says of it is what it says of itself. */
async function verifyVersion({ folder, name, version, published, root, index, now }: Audited): Promise<void> {
  const archive = await required(folder, `${name}/${published.tarball}`);
  if (archive.length !== published.size || hash("sha256", archive, "base64") !== published.sha256)
    throw new ClawError("E_ARCHIVE_DIGEST", `${name} ${version} is not the archive that the marketplace names`, {});
  const bundle = await required(folder, `${name}/${published.signature}`);
  const provenance = typeof published.provenance === "string" ? await required(folder, `${name}/${published.provenance}`) : undefined;
  const contents = { aliases: {}, removed: {}, revoked: [], ...index };
  const candidate = { archive, bundle, ...(provenance === undefined ? {} : { provenance }) };
  const publication = await judgeCandidate(name, candidate, { root }, contents, now);
  if (publication.admitted.manifest.version !== version)
    throw new ClawError("E_NAME_MISMATCH", `${published.tarball} holds ${publication.admitted.manifest.version}, and not ${version}`, { name });
  const own: Readonly<Record<string, unknown>> = { ...publishedVersionOf(publication, now) };
  for (const field of ["tree", "engines", "permissions", "dependencies", "contributes", "tier", "native"]) {
    const said = (published as unknown as Readonly<Record<string, unknown>>)[field];
    const isLeftOut = said === undefined && ["contributes", "tier", "native"].includes(field);
    if (!isLeftOut && canonicalJson(said ?? null) !== canonicalJson(own[field] ?? null))
      throw new ClawError("E_MANIFEST_MISMATCH", `${name} ${version} has other ${field} than the marketplace says`, { name, field });
  }
}

/** The worst that can be published. */
async function refusePrivateKeys(folder: string, problems: Problems): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])) {
    if (!entry.isFile() || !/\.(?:pem|key)$/.test(entry.name)) continue;
    const path = join(entry.parentPath, entry.name);
    const text = Buffer.from((await bytesOf(path)) ?? []).toString("latin1");
    if (text.includes("PRIVATE KEY-----"))
      problems.push({
        file: path.slice(folder.length + 1),
        code: "E_STORE_UNSAFE",
        message: "a private key lies in the folder that is published: whoever has read it can sign",
      });
  }
}
