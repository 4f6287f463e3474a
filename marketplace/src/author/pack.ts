import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ClawError, type Manifest, parseStrict } from "@claw/kernel/host";
import { limits } from "../archive/limits.ts";
import { type PackedArchive, packFolder, type PackOptions } from "../archive/pack.ts";
import { baseOf } from "../names.ts";
import { type Bundle, makeBundle } from "./bundle.ts";
import { writeBundle } from "./bundle-folder.ts";

/** A folder as a package. */
export interface PackedExtension extends PackedArchive {
  readonly manifest: Manifest;
  /** `<base>-<version>.tgz`. */
  readonly fileName: string;
}

/** The manifest of an extension's folder, as it is. */
export async function readManifestOf(folder: string): Promise<unknown> {
  const path = join(folder, "extension.json");
  if (!existsSync(path))
    throw new ClawError("PATH_NOT_FOUND", `${folder} has no extension.json, so it is no extension`, { path }, { fix: "claw ext new acme/my-extension" });
  return parseStrict(await readFile(path), { name: "extension.json", maxBytes: limits.manifest });
}

/** Bundles an extension that has its source beside it; undefined for one that has not, which ships what is there. A dry run writes no bundle, and packs with it all the same. */
export async function buildExtension(folder: string, { dryRun = false }: { readonly dryRun?: boolean }, signal: AbortSignal): Promise<Bundle | undefined> {
  if (!existsSync(join(folder, "src/index.ts"))) return undefined;
  const bundle = await makeBundle({ folder }, signal);
  if (bundle !== undefined && !dryRun) await writeBundle(folder, bundle);
  return bundle;
}

/** Packs a folder twice and compares: what is signed must be what anybody gets who packs the same files. */
export async function packExtension(folder: string, options: PackOptions, signal: AbortSignal): Promise<PackedExtension> {
  const manifest = (await readManifestOf(folder)) as Manifest;
  const [first, second] = [await packFolder(folder, options, signal), await packFolder(folder, options, signal)];
  if (first.integrity !== second.integrity)
    throw new ClawError("E_ARCHIVE_DIGEST", `${folder} changed while it was packed`, {}, { fix: "stop what is writing there, and pack again" });
  return { ...first, manifest, fileName: `${baseOf(manifest.name)}-${manifest.version}.tgz` };
}
