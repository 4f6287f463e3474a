import { hash } from "node:crypto";
import { ClawError, type MarketplaceManifest, type PublishedVersion } from "@claw/kernel/host";
import { readArchive } from "../archive/read.ts";
import { integrityOf } from "../archive/tree-digest.ts";
import { contributionsOf, ownPrograms, tierNeededBy } from "../author/needs-trust.ts";
import { admit, type Admitted } from "../client/admit.ts";
import { baseOf, scopeOf } from "../names.ts";
import { timeOf } from "./placing.ts";
import { type Change, type Contents, type Edition, latestOf } from "./edition.ts";
import type { MarketplaceFolder } from "./marketplace-folder.ts";

/** A signed package that somebody wants published. */
export interface Candidate {
  readonly archive: Uint8Array;
  readonly bundle: Uint8Array | undefined;
  readonly provenance?: Uint8Array;
}

/** One that may be. */
export interface Publication extends Candidate {
  readonly bundle: Uint8Array;
  readonly admitted: Admitted;
}

/** Who may publish an extension here, from the index. */
export function policyFor(
  name: string,
  { extensions, namespaces }: Pick<Contents, "extensions" | "namespaces">,
): Pick<Parameters<typeof admit>[0], "publishers"> & { readonly tlog?: "required" } {
  const own = Object.hasOwn(extensions, name) ? extensions[name]?.publishers : undefined;
  const scope = scopeOf(name);
  const namespace = Object.hasOwn(namespaces, scope) ? namespaces[scope] : undefined;
  const publishers = own ?? namespace?.publishers;
  if (publishers === undefined)
    throw new ClawError(
      "E_POLICY_EMPTY",
      `nobody is named who may publish under ${scope} here`,
      {},
      { fix: `claw ext marketplace index FOLDER --publisher ${scope}=KEY.pub.pem` },
    );
  return { publishers, ...(namespace?.tlog === undefined ? {} : { tlog: namespace.tlog }) };
}

/** Judges a candidate with the code that installs packages: what could not be installed is not published. */
export async function judgeCandidate(
  name: string,
  candidate: Candidate,
  { root }: Pick<MarketplaceFolder, "root">,
  contents: Contents,
  now: Date,
): Promise<Publication> {
  const { archive, bundle, provenance } = candidate;
  const trustedRoot = root.sigstore?.trustedRoot ?? undefined;
  const admitted = await admit(
    {
      archive,
      bundle,
      ...(provenance === undefined ? {} : { provenance }),
      ...policyFor(name, contents),
      ...(trustedRoot === undefined ? {} : { trustedRoot }),
      expected: { name },
      marketplace: root.marketplace,
      resolved: name,
      tier: "trusted",
      requestedBy: [],
    },
    now,
  );
  if (bundle === undefined) throw new ClawError("E_SIG_MISSING", `${name} is not signed`, {});
  return { archive, bundle, ...(provenance === undefined ? {} : { provenance }), admitted };
}

/** Judges all but the signature, where that would stand in a public log for ever: whether anybody may publish it here, and what it holds. */
export async function judgeUnsigned(
  name: string,
  archive: Uint8Array,
  { root: { marketplace } }: Pick<MarketplaceFolder, "root">,
  contents: Contents,
  now: Date,
): Promise<Publication> {
  policyFor(name, contents);
  const files = readArchive(archive);
  const found = { files, integrity: integrityOf(archive), signature: undefined, publishers: [], expected: { name } };
  const admitted = await admit({ ...found, marketplace, resolved: name, tier: "trusted", requestedBy: [] }, now);
  return { archive, bundle: new Uint8Array(), admitted };
}

const fileOf = (name: string, version: string): string => `${baseOf(name)}-${version}.tgz`;

/** What the marketplace says of a version. */
export function publishedVersionOf({ archive, provenance, admitted: { name, manifest, entry } }: Publication, now: Date): PublishedVersion {
  const { engines, permissions, dependencies, version } = manifest;
  const tarball = fileOf(name, version);
  return {
    published: timeOf(now),
    tarball,
    size: archive.length,
    sha256: hash("sha256", archive, "base64"),
    tree: entry.tree,
    signature: `${tarball}.sigstore.json`,
    ...(provenance === undefined ? {} : { provenance: `${tarball}.provenance.sigstore.json` }),
    engines,
    permissions: permissions as PublishedVersion["permissions"],
    ...(dependencies === undefined || Object.keys(dependencies).length === 0 ? {} : { dependencies }),
    contributes: contributionsOf(manifest),
    tier: tierNeededBy(manifest),
    native: ownPrograms(manifest).length > 0,
  };
}

/** Adds a version to an extension. The same bytes again change nothing; others under a version that is published are refused. */
export const withPublication =
  (publication: Publication, before: MarketplaceManifest | undefined, now: Date): Change =>
  (edition: Edition) => {
    const { name, manifest } = publication.admitted;
    const { version, description, displayName, license, repository } = manifest;
    if (Object.hasOwn(edition.contents.removed, name))
      throw new ClawError("E_PUBLISHED", `${name} was removed from this marketplace: ${edition.contents.removed[name]?.reason ?? ""}`, { name, version });
    const versions = (edition.manifests.get(name) ?? before)?.versions ?? {};
    const next = publishedVersionOf(publication, now);
    const known = Object.hasOwn(versions, version) ? versions[version] : undefined;
    if (known !== undefined) {
      if (known.sha256 === next.sha256) return edition;
      throw new ClawError(
        "E_PUBLISHED",
        `${name} ${version} is published, with other contents`,
        { name, version },
        { fix: "publish it under the next version" },
      );
    }
    const about = { description, displayName, license, repository };
    const document = { ...before, kind: "claw.manifest/1", name, versions: { ...versions, [version]: next } } as MarketplaceManifest;
    const isLatest = latestOf(document) === version;
    const files = new Map(edition.files).set(`${name}/${next.tarball}`, publication.archive).set(`${name}/${next.signature}`, publication.bundle);
    if (publication.provenance !== undefined && typeof next.provenance === "string") files.set(`${name}/${next.provenance}`, publication.provenance);
    return {
      ...edition,
      files,
      manifests: new Map(edition.manifests).set(name, isLatest ? { ...document, ...defined(about) } : document),
      search: isLatest ? { ...edition.search, [name]: [description ?? displayName ?? "", keywordsOf(publication.admitted)] } : edition.search,
    };
  };

const defined = <T extends object>(record: T): Partial<T> =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as Partial<T>;

/** What people look for besides the description: the kinds and names of what it brings. */
const keywordsOf = ({ manifest }: Admitted): readonly string[] =>
  [...new Set([...contributionsOf(manifest), ...Object.values(manifest.provides ?? {}).flatMap((entries) => Object.keys(entries))])].sort();
