import { hash } from "node:crypto";
import { ClawError } from "@claw/kernel/host";
import type { PackOptions } from "../archive/pack.ts";
import type { DocumentSigner } from "../documents/envelope.ts";
import { type Edition, editionOf, maySignForNothing, publishEdition } from "../operator/edition.ts";
import { incomingPathOf } from "../operator/incoming.ts";
import { changing, type MarketplaceFolder, openMarketplaceFolder } from "../operator/marketplace-folder.ts";
import { placeFiles } from "../operator/placing.ts";
import { judgeCandidate, judgeUnsigned, type Publication, withPublication } from "../operator/publication.ts";
import { type BuildFacts, slsaStatement } from "../signature/attestation.ts";
import { checkExtension, refuseProblems } from "./check.ts";
import type { PackageSigner } from "./package-signer.ts";
import type { PackedExtension } from "./pack.ts";

/** A folder to be published. */
export interface ToPublish extends PackOptions {
  readonly folder: string;
  /** Its signature and its attestation, where they were made before; whatever is signed here otherwise. */
  readonly bundle?: Uint8Array;
  readonly provenance?: Uint8Array;
}

export interface PublishOptions {
  /** Absent when everything is signed already. */
  readonly signer?: PackageSigner;
  /** Whoever may sign the index; without them the packages wait in `incoming/` for the operator. */
  readonly indexSigners?: readonly DocumentSigner[];
  /** How the packages were built; adds an attestation to each. */
  readonly attest?: Omit<BuildFacts, "name" | "version" | "sha256">;
  readonly now: Date;
  /** How many days the index is good for. */
  readonly days?: number;
  /** Does everything but write. */
  readonly dryRun?: boolean;
}

export interface PublishReport {
  readonly packages: readonly {
    readonly name: string;
    readonly version: string;
    readonly integrity: string;
    readonly tree: string;
    /** Unknown where nothing was signed, as a dry run signs nothing that would stand in a log. */
    readonly publisher?: string;
    /** `published`; `unchanged` when the same bytes are; `incoming` when they wait for the operator. With `dryRun`, what it would be. */
    readonly outcome: "published" | "unchanged" | "incoming";
  }[];
  /** The index that advertises them. */
  readonly indexVersion?: number;
}

interface Prepared extends ToPublish {
  readonly packed: PackedExtension;
}

/** Checks, packs, signs, verifies and publishes folders to a marketplace's folder, all of them in one index or none. */
export async function publishTo(marketplace: string, packages: readonly ToPublish[], options: PublishOptions, signal: AbortSignal): Promise<PublishReport> {
  const known = Object.keys((await openMarketplaceFolder(marketplace, options.now)).index?.extensions ?? {});
  const prepared: Prepared[] = [];
  for (const each of packages) {
    signal.throwIfAborted();
    const report = await checkExtension(each.folder, { known, instead: each.instead }, signal);
    refuseProblems(report);
    if (report.packed !== undefined) prepared.push({ ...each, packed: report.packed });
  }
  refuseTwice(prepared);
  const work = (staging: string): Promise<PublishReport> => publishPrepared(marketplace, prepared, options, staging, signal);
  return options.dryRun === true ? work("") : changing(marketplace, work, signal);
}

async function publishPrepared(
  marketplace: string,
  prepared: readonly Prepared[],
  options: PublishOptions,
  staging: string,
  signal: AbortSignal,
): Promise<PublishReport> {
  const { now, indexSigners = [], days, dryRun = false } = options;
  const published = await openMarketplaceFolder(marketplace, now);
  let edition = editionOf(published);
  const publications: (Publication & { readonly isNew: boolean })[] = [];
  for (const each of prepared) {
    const { name } = each.packed.manifest;
    const before = await published.manifestOf(name);
    const known = before?.versions[each.packed.manifest.version];
    const isKnown = known !== undefined && known.sha256 === hash("sha256", each.packed.archive, "base64");
    const publication = await signedPublication(each, published, edition, options);
    if (!isKnown) edition = withPublication(publication, before, now)(edition);
    publications.push({ ...publication, isNew: !isKnown });
  }
  const isNew = publications.some((each) => each.isNew);
  const reported = (indexVersion: number | undefined, fresh: "published" | "incoming"): PublishReport => ({
    packages: publications.map(({ admitted: { name, manifest, entry }, isNew: isFresh }) => ({
      name,
      version: manifest.version,
      integrity: entry.integrity,
      tree: entry.tree,
      ...(entry.signature.mode === "none" ? {} : { publisher: entry.publisher }),
      outcome: isFresh ? fresh : "unchanged",
    })),
    ...(indexVersion === undefined ? {} : { indexVersion }),
  });
  if (indexSigners.length === 0) {
    if (isNew && !dryRun) await placeFiles(marketplace, incomingFiles(publications.filter((each) => each.isNew)), staging, signal);
    return reported(undefined, "incoming");
  }
  if (!isNew || (dryRun && !maySignForNothing(indexSigners))) return reported(published.index?.version, "published");
  const signing = { signers: indexSigners, now, dryRun, ...(days === undefined ? {} : { days }) };
  const { version } = await publishEdition(published, edition, signing, staging, signal);
  return reported(version, "published");
}

/** A prepared package, signed if it is not, and judged as an installer will judge it. */
async function signedPublication(
  { packed, ...given }: Prepared,
  published: MarketplaceFolder,
  { contents }: Edition,
  { signer, attest, now, dryRun }: PublishOptions,
): Promise<Publication> {
  const { archive, manifest } = packed;
  const { name, version } = manifest;
  if (dryRun === true && given.bundle === undefined && signer?.isLogged === true) return judgeUnsigned(name, archive, published, contents, now);
  if (given.bundle === undefined && signer === undefined)
    throw new ClawError("E_SIG_MISSING", `${name} ${version} is not signed, and nobody is named who signs it`, {}, { fix: "--key KEY.pem, or --keyless" });
  const bundle = given.bundle ?? Buffer.from((await signer?.sign(archive)) ?? "");
  const statement = attest === undefined ? undefined : slsaStatement({ ...attest, name, version, sha256: hash("sha256", archive) });
  const provenance = given.provenance ?? (statement === undefined ? undefined : Buffer.from((await signer?.attest(statement)) ?? ""));
  return judgeCandidate(name, { archive, bundle, ...(provenance === undefined ? {} : { provenance }) }, published, contents, now);
}

/** The archive of each comes last: one that is there has its signature beside it. */
const incomingFiles = (publications: readonly Publication[]): readonly (readonly [string, Uint8Array])[] =>
  publications.flatMap(({ archive, bundle, provenance, admitted: { name, manifest } }) => {
    const path = incomingPathOf(name, manifest.version);
    return [
      [`${path}.sigstore.json`, bundle] as const,
      ...(provenance === undefined ? [] : [[`${path}.provenance.sigstore.json`, provenance] as const]),
      [path, archive] as const,
    ];
  });

function refuseTwice(prepared: readonly Prepared[]): void {
  const names = prepared.map(({ packed }) => packed.manifest.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new ClawError("E_ID_CLASH", `${twice} is among the folders twice`, { name: twice });
}
