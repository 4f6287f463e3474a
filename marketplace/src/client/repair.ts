import { ClawError, type InstalledExtension, openStore } from "@claw/kernel/host";
import { readArchive } from "../archive/read.ts";
import { integrityOf, treeDigest, type ArchiveFile } from "../archive/tree-digest.ts";
import type { Catalogue } from "./catalogue.ts";
import type { ClientContext } from "./context.ts";
import { restorePackages } from "./install.ts";
import { isIntact } from "./package-folder.ts";
import { everywhere } from "./remove.ts";

export interface RepairOptions {
  readonly context: ClientContext;
  /** The marketplace that packages came from, by its name, or another place that has the same files; undefined for one that is not there. */
  readonly catalogueOf: (marketplace: string, signal: AbortSignal) => Promise<Catalogue | undefined>;
}

/** The installed packages, of these names or all, whose files are not what was installed. */
export async function damagedIn({ store }: ClientContext, names: readonly string[] = []): Promise<readonly InstalledExtension[]> {
  const all = [...everywhere(openStore(store))].map(({ extension }) => extension);
  const missing = names.find((name) => !all.some((extension) => extension.name === name));
  if (missing !== undefined) throw new ClawError("E_NOT_INSTALLED", `${missing} is not installed`, { extension: missing }, { fix: "claw ext list" });
  const asked = all.filter(({ name }) => names.length === 0 || names.includes(name));
  // Projects share the folders of what they have in common.
  const byFolder = new Map(asked.map((extension) => [extension.folder, extension]));
  const intact = await Promise.all([...byFolder.values()].map(async ({ folder, files }) => isIntact(folder, files)));
  return [...byFolder.values()].filter((_, index) => intact[index] !== true);
}

/**
 * Puts damaged packages back as they were: the very bytes that the sealed lock names, fetched again. Their signature was verified when they
 * were installed, and a digest cannot be renewed, so nobody has to agree to anything. Answers what was repaired.
 */
export async function repair(names: readonly string[], { context, catalogueOf }: RepairOptions, signal: AbortSignal): Promise<readonly InstalledExtension[]> {
  const damaged = await damagedIn(context, names);
  const restored = [];
  for (const extension of damaged) {
    context.progress({ what: "fetch", of: `${extension.name}@${extension.version}` });
    const files = await filesOf(extension, catalogueOf, signal);
    restored.push({ name: extension.name, manifest: extension.manifest, files, entry: extension.lock });
  }
  if (restored.length > 0) await restorePackages(restored, context.store, signal);
  return damaged;
}

async function filesOf(
  { name, version, lock }: InstalledExtension,
  catalogueOf: RepairOptions["catalogueOf"],
  signal: AbortSignal,
): Promise<readonly ArchiveFile[]> {
  const catalogue = await catalogueOf(lock.marketplace, signal);
  if (catalogue === undefined)
    throw new ClawError(
      "E_MARKETPLACE_UNKNOWN",
      `${name} came from ${lock.marketplace}, which is not known any more`,
      { marketplace: lock.marketplace },
      { fix: `claw ext repair ${name} --from <url>` },
    );
  const offer = (await catalogue.offers(name, signal))?.versions.find((each) => each.version === version);
  if (offer === undefined)
    throw new ClawError(
      "E_NO_VERSION",
      `${catalogue.id} does not have ${name} ${version} any more`,
      { name, range: version },
      { fix: `claw ext update ${name}` },
    );
  const fetched = await offer.fetch(signal);
  const integrity = fetched.form === "mapped" ? fetched.integrity : integrityOf(fetched.archive);
  if (integrity !== lock.integrity) throw otherBytes(name, version, catalogue);
  const files = fetched.form === "mapped" ? fetched.files : readArchive(fetched.archive);
  if (treeDigest(files) !== lock.tree) throw otherBytes(name, version, catalogue);
  return files;
}

const otherBytes = (name: string, version: string, { id }: Catalogue): ClawError =>
  new ClawError("E_ARCHIVE_DIGEST", `${id} has another ${name} ${version} than the one that was installed`, {}, { fix: `claw ext update ${name}` });
