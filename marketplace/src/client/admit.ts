import { hash } from "node:crypto";
import { canonicalJson, ClawError, type LockEntry, type Manifest, parseStrict, type Tier, validateManifest } from "@claw/kernel/host";
import { refuseHiddenTexts, refuseHiddenUnicode } from "../archive/hidden-unicode.ts";
import { limits } from "../archive/limits.ts";
import { executablesOf } from "../archive/pack.ts";
import { readArchive } from "../archive/read.ts";
import { integrityOf, treeDigest, type ArchiveFile } from "../archive/tree-digest.ts";
import { contributionsOf, ownPrograms, tierNeededBy } from "../author/needs-trust.ts";
import type { PublisherPolicy, VerifiedSignature } from "../signature/policy.ts";
import { verifyArtifact } from "../signature/verify.ts";
import { checkRange } from "../versions.ts";

/** What a marketplace says that a package is. Where it says nothing, the package does. */
export interface Expected {
  readonly name?: string;
  readonly version?: string;
  readonly integrity?: string;
  readonly tree?: string;
  readonly engines?: { readonly claw: string };
  readonly permissions?: Readonly<Record<string, unknown>>;
  /** Name to range. */
  readonly dependencies?: Readonly<Record<string, string>>;
  /** Kinds of what it contributes, sorted. */
  readonly contributes?: readonly string[];
  readonly native?: boolean;
}

/** What is known of a package without opening it. */
interface Origin {
  /** Who may have signed it, from a signed index or from the person. */
  readonly publishers: PublisherPolicy;
  readonly expected?: Expected;
  readonly marketplace: string;
  /** Where in the marketplace it was. */
  readonly resolved: string;
  readonly tier: Tier;
  readonly requestedBy: readonly string[];
  /** The version that was chosen of each extension it needs. */
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly indexVersion?: number;
  readonly rootVersion?: number;
}

/** An archive that somebody offers. */
export interface PackageSource extends Origin {
  readonly archive: Uint8Array;
  /** The bytes of its `.sigstore.json`. */
  readonly bundle: Uint8Array | undefined;
  /** The bytes of its `.provenance.sigstore.json`. */
  readonly provenance?: Uint8Array;
  readonly tlog?: "required";
  /** The trusted root of a private sigstore, as JSON. */
  readonly trustedRoot?: unknown;
}

/** Files that were mapped from another system's form, their signature already judged by whoever mapped them. */
export interface MappedSource extends Origin {
  readonly files: readonly ArchiveFile[];
  /** `sha256-…` of what they came from. */
  readonly integrity: string;
  readonly signature: VerifiedSignature | undefined;
  readonly foreign?: LockEntry["foreign"] | undefined;
}

/** A package that may be installed. */
export interface Admitted {
  readonly name: string;
  readonly manifest: Manifest;
  readonly files: readonly ArchiveFile[];
  readonly entry: LockEntry;
}

interface Opened {
  readonly files: readonly ArchiveFile[];
  readonly manifest: Manifest;
  readonly integrity: string;
  readonly signature: VerifiedSignature | undefined;
}

/** Verifies a package and then reads it, in memory. Nothing is written, nothing of it runs. */
export async function admit(source: PackageSource | MappedSource, now: Date): Promise<Admitted> {
  const { expected = {}, marketplace, resolved, tier, requestedBy, dependencies = {}, indexVersion, rootVersion } = source;
  const { files, manifest, integrity, signature } = "archive" in source ? await openedArchive(source, now) : openedMapped(source);
  const tree = treeDigest(files);
  if (expected.tree !== undefined && expected.tree !== tree)
    throw new ClawError("E_ARCHIVE_DIGEST", `${resolved} does not hold the files that the marketplace names`, {});
  refuseMismatch(manifest, source);
  if ("archive" in source) refuseUntold(manifest, source);
  if ("archive" in source && tier === "declarative" && tierNeededBy(manifest) !== tier)
    throw mismatch(manifest.name, "tier", `${resolved} holds what runs, and the marketplace says that it holds nothing that does`);
  refuseHiddenUnicode(files);
  const entry: LockEntry = {
    version: manifest.version,
    marketplace,
    resolved,
    integrity,
    tree,
    publisher: signature?.publisher ?? `unsigned:${marketplace}`,
    signature: lockedSignature(signature),
    ...(signature?.repositoryId === undefined ? {} : { repositoryId: signature.repositoryId }),
    engines: manifest.engines,
    requested: manifest.permissions,
    tier,
    dependencies,
    requestedBy,
    files: Object.fromEntries(files.map(({ path, data }) => [path, hash("sha256", data, "base64")])),
    ...("foreign" in source && source.foreign !== undefined ? { foreign: source.foreign } : {}),
    ...(indexVersion === undefined ? {} : { indexVersion }),
    ...(rootVersion === undefined ? {} : { rootVersion }),
  };
  return { name: manifest.name, manifest, files, entry };
}

async function openedArchive(source: PackageSource, now: Date): Promise<Opened> {
  const { archive: artifact, bundle, provenance, publishers: policy, expected, resolved, tlog, trustedRoot } = source;
  const integrity = integrityOf(artifact);
  refuseOtherBytes(integrity, expected, resolved);
  const rules = { policy, now, ...(tlog === undefined ? {} : { tlog }), ...(trustedRoot === undefined ? {} : { trustedRoot }) };
  const signature = await verifyArtifact({ artifact, bundle, ...rules });
  if (provenance !== undefined && (await verifyArtifact({ artifact, bundle: provenance, ...rules })).mode !== "attestation")
    throw new ClawError("E_SIG_MODE", `what ${resolved} offers as its provenance is a signature, and not an attestation`, {});
  const files = readArchive(artifact);
  const manifest = manifestOf(files);
  const executables = executablesOf(manifest);
  const stray = files.find(({ path, executable }) => executable && !executables.has(path));
  if (stray !== undefined)
    throw new ClawError("E_TAR_MODE", `${manifest.name}: ${stray.path} may be executed, and the manifest names it nowhere as a program`, {});
  return { files, manifest, integrity, signature };
}

function openedMapped({ files, integrity, signature, publishers, expected, resolved }: MappedSource): Opened {
  refuseOtherBytes(integrity, expected, resolved);
  if (signature === undefined && publishers.length > 0) throw new ClawError("E_SIG_MISSING", `${resolved} is not signed, and its publisher is known`, {});
  return { files, manifest: manifestOf(files), integrity, signature };
}

function refuseOtherBytes(integrity: string, expected: Expected | undefined, resolved: string): void {
  if (expected?.integrity === undefined || expected.integrity === integrity) return;
  throw new ClawError("E_ARCHIVE_DIGEST", `${resolved} is not the archive that the marketplace names`, {});
}

/** What the person was shown came from the marketplace, so the package must say the same of itself. */
function refuseMismatch({ name, version, engines, permissions, dependencies = {} }: Manifest, { expected = {}, resolved }: Origin): void {
  const own = { name, version, engines, permissions, dependencies };
  for (const [field, value] of Object.entries(own)) {
    const copy: unknown = expected[field as keyof typeof own];
    if (copy !== undefined && canonicalJson(copy) !== canonicalJson(value))
      throw mismatch(name, field, `${resolved} has ${quoted(value)} as its ${field}, and the marketplace says ${quoted(copy)}`);
  }
}

/** An update that brings another kind of thing, or programs, is asked about: so a marketplace may not keep quiet about either. */
function refuseUntold(manifest: Manifest, { expected: { contributes, native } = {}, resolved }: Origin): void {
  const untold = contributes === undefined ? undefined : contributionsOf(manifest).find((kind) => !contributes.includes(kind));
  if (untold !== undefined) throw mismatch(manifest.name, "contributes", `${resolved} provides ${quoted(untold)}, and the marketplace does not say so`);
  if (native === false && ownPrograms(manifest).length > 0)
    throw mismatch(manifest.name, "native", `${resolved} ships programs, and the marketplace does not say so`);
}

const quoted = (value: unknown): string => JSON.stringify(value).slice(0, 200);
const mismatch = (name: string, field: string, message: string): ClawError => new ClawError("E_MANIFEST_MISMATCH", message, { name, field });

function lockedSignature(signature: VerifiedSignature | undefined): LockEntry["signature"] {
  if (signature === undefined) return { mode: "none" };
  const { mode, identity, logIndex, integratedTime } = signature;
  return {
    mode,
    ...(identity === undefined ? {} : { identity }),
    ...(logIndex === undefined ? {} : { logIndex }),
    ...(integratedTime === undefined ? {} : { integratedTime }),
  };
}

function manifestOf(files: readonly ArchiveFile[]): Manifest {
  const file = files.find(({ path }) => path === "extension.json");
  if (file === undefined) throw invalid({}, [{ path: "extension.json", message: "it is missing" }]);
  if (file.data.length > limits.manifest) throw new ClawError("E_TOO_LARGE", `extension.json is larger than ${limits.manifest / 1024} KiB`, {});
  const value = parseStrict(file.data, { name: "extension.json" });
  const problems = validateManifest(value);
  if (problems.length > 0) throw invalid(value, problems);
  const manifest = value as Manifest;
  refuseHiddenTexts("extension.json", file.data, manifest);
  const { main, engines, dependencies = {} } = manifest;
  for (const [name, range] of Object.entries({ "engines.claw": engines.claw, ...dependencies })) checkRange(range, `${manifest.name}: ${name}`);
  if (main !== undefined && !files.some(({ path }) => `./${path}` === main))
    throw new ClawError("E_MAIN", `${manifest.name}: its main file ${main} is not in the archive`, { path: main }, { fix: "claw ext pack" });
  return manifest;
}

/** A manifest whose config alone is wrong, as with a keyword that the subset of JSON Schema leaves out, has a code of its own. */
function invalid(manifest: unknown, found: readonly { readonly path: string; readonly message: string }[]): ClawError {
  const problems = found.map(({ path, message }) => `${path}: ${message}`);
  const message = `extension.json is not valid: ${problems[0] ?? ""}`;
  const fix = { fix: "claw ext check" };
  if (!found.every(({ path }) => path === "config" || path.startsWith("config."))) return new ClawError("E_MANIFEST_SCHEMA", message, { problems }, fix);
  return new ClawError("E_CONFIG_SCHEMA", message, { extension: String((manifest as Partial<Manifest>).name), problems }, fix);
}
