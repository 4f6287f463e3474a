import { hash } from "node:crypto";
import { ClawError, type LockEntry, type Manifest, parseStrict, type Tier, validateManifest } from "@claw/kernel/host";
import { refuseHiddenUnicode } from "../archive/hidden-unicode.ts";
import { limits } from "../archive/limits.ts";
import { executablesOf } from "../archive/pack.ts";
import { readArchive } from "../archive/read.ts";
import { integrityOf, treeDigest, type ArchiveFile } from "../archive/tree-digest.ts";
import type { PublisherPolicy } from "../signature/policy.ts";
import { verifyArtifact } from "../signature/verify.ts";
import { checkRange } from "../versions.ts";

/** An archive that somebody offers, and what is known of it without opening it. */
export interface PackageSource {
  readonly archive: Uint8Array;
  /** The bytes of its `.sigstore.json`. */
  readonly bundle: Uint8Array | undefined;
  /** Who may have signed it, from a signed index or from the person. */
  readonly publishers: PublisherPolicy;
  /** What the marketplace says the archive is. Where it says nothing, the archive does. */
  readonly expected?: { readonly name?: string; readonly version?: string; readonly integrity?: string; readonly tree?: string };
  readonly marketplace: string;
  /** Where in the marketplace it was. */
  readonly resolved: string;
  readonly tier: Tier;
  readonly requestedBy: readonly string[];
  readonly indexVersion?: number;
  readonly rootVersion?: number;
}

/** A package that may be installed. */
export interface Admitted {
  readonly name: string;
  readonly manifest: Manifest;
  readonly files: readonly ArchiveFile[];
  readonly entry: LockEntry;
}

/** Verifies an archive and then reads it, in memory. Nothing is written, nothing of it runs. */
export function admit(source: PackageSource, now: Date): Admitted {
  const { archive, bundle, publishers, expected = {} } = source;
  const integrity = integrityOf(archive);
  if (expected.integrity !== undefined && expected.integrity !== integrity)
    throw new ClawError("E_ARCHIVE_DIGEST", `${source.resolved} is not the archive that the marketplace names`, {});
  const { publisher, mode } = verifyArtifact({ artifact: archive, bundle, policy: publishers, now });
  const files = readArchive(archive);
  const tree = treeDigest(files);
  if (expected.tree !== undefined && expected.tree !== tree)
    throw new ClawError("E_ARCHIVE_DIGEST", `${source.resolved} does not hold the files that the marketplace names`, {});
  const manifest = manifestOf(files);
  const { name, version, engines, permissions, dependencies = {} } = manifest;
  if (name !== (expected.name ?? name) || version !== (expected.version ?? version)) {
    throw new ClawError("E_NAME_MISMATCH", `${source.resolved} holds ${name} ${version}, and not ${expected.name ?? name} ${expected.version ?? version}`, {
      name,
    });
  }
  refuseHiddenUnicode(files);
  const { marketplace, resolved, tier, requestedBy, indexVersion, rootVersion } = source;
  const entry: LockEntry = {
    version,
    marketplace,
    resolved,
    integrity,
    tree,
    publisher,
    signature: { mode },
    engines,
    requested: permissions,
    tier,
    dependencies,
    requestedBy,
    files: Object.fromEntries(files.map(({ path, data }) => [path, hash("sha256", data, "base64")])),
    ...(indexVersion === undefined ? {} : { indexVersion }),
    ...(rootVersion === undefined ? {} : { rootVersion }),
  };
  return { name, manifest, files, entry };
}

function manifestOf(files: readonly ArchiveFile[]): Manifest {
  const file = files.find(({ path }) => path === "extension.json");
  if (file === undefined) throw invalid(["extension.json is missing"]);
  if (file.data.length > limits.manifest) throw new ClawError("E_TOO_LARGE", `extension.json is larger than ${limits.manifest / 1024} KiB`, {});
  const value = parseStrict(file.data, { name: "extension.json" });
  const problems = validateManifest(value);
  if (problems.length > 0) throw invalid(problems.map(({ path, message }) => `${path}: ${message}`));
  const manifest = value as Manifest;
  const { main, engines, dependencies = {} } = manifest;
  for (const [name, range] of Object.entries({ "engines.claw": engines.claw, ...dependencies })) checkRange(range, `${manifest.name}: ${name}`);
  if (main !== undefined && !files.some(({ path }) => `./${path}` === main))
    throw new ClawError("E_MAIN", `${manifest.name}: its main file ${main} is not in the archive`, { path: main }, { fix: "claw ext pack" });
  const executables = executablesOf(manifest);
  const stray = files.find(({ path, executable }) => executable && !executables.has(path));
  if (stray !== undefined)
    throw new ClawError("E_TAR_MODE", `${manifest.name}: ${stray.path} may be executed, and the manifest names it nowhere as a program`, {});
  return manifest;
}

const invalid = (problems: readonly string[]): ClawError =>
  new ClawError("E_MANIFEST_SCHEMA", `extension.json is not valid: ${problems[0] ?? ""}`, { problems }, { fix: "claw ext check" });
