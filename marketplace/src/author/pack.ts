import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ClawError, type Manifest, parseStrict } from "@claw/kernel/host";
import { limits } from "../archive/limits.ts";
import { type PackedArchive, packFolder } from "../archive/pack.ts";
import { baseOf } from "../names.ts";
import { bundleExtension } from "./bundle.ts";

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

/** Bundles an extension that has its source beside it. One that has not ships what is there. */
export async function buildExtension(folder: string, signal: AbortSignal): Promise<void> {
  if (existsSync(join(folder, "src/index.ts"))) await bundleExtension({ folder }, signal);
}

/** Packs a folder twice and compares: what is signed must be what anybody gets who packs the same files. */
export async function packExtension(folder: string, signal: AbortSignal): Promise<PackedExtension> {
  const manifest = (await readManifestOf(folder)) as Manifest;
  const [first, second] = [await packFolder(folder, signal), await packFolder(folder, signal)];
  if (first.integrity !== second.integrity)
    throw new ClawError("E_ARCHIVE_DIGEST", `${folder} changed while it was packed`, {}, { fix: "stop what is writing there, and pack again" });
  return { ...first, manifest, fileName: `${baseOf(manifest.name)}-${manifest.version}.tgz` };
}
