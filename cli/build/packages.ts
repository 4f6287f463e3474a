import { existsSync, readdirSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Manifest } from "@claw/kernel/host";
import { bundleExtension, packFolder, signArtifact } from "@claw/marketplace";
import type { PublisherKey } from "./key.ts";
import { layout } from "./layout.ts";
import { digestOfAll, isCurrent, remember } from "./memory.ts";

/** One of claw's extensions, published. */
export interface Published {
  readonly name: string;
  readonly version: string;
  /** Where its archive is in the marketplace, and where on the disk. */
  readonly resolved: string;
  readonly archive: string;
  readonly isFresh: boolean;
}

export interface PublishResult {
  readonly published: readonly Published[];
  /** Name of the folder to what went wrong. */
  readonly failed: Readonly<Record<string, unknown>>;
}

/** Bundles, packs and signs every extension of the repository, all at once, those alone whose sources changed. */
export async function publishAll(key: PublisherKey, signal: AbortSignal): Promise<PublishResult> {
  const circumstances = `${key.publisher} ${process.version} ${digestOfAll([join(layout.root, "package-lock.json"), ...filesBelow(join(layout.root, "marketplace/src"))])}`;
  const folders = readdirSync(layout.extensions).filter((name) => existsSync(join(layout.extensions, name, "extension.json")));
  const results = await Promise.allSettled(folders.map((name) => publish(join(layout.extensions, name), key, circumstances, signal)));
  const failed = results.flatMap((result, index) => (result.status === "rejected" ? [[folders[index] ?? "", result.reason as unknown] as const] : []));
  return { published: results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : [])), failed: Object.fromEntries(failed) };
}

async function publish(folder: string, key: PublisherKey, circumstances: string, signal: AbortSignal): Promise<Published> {
  const { name, version } = JSON.parse(await readFile(join(folder, "extension.json"), "utf8")) as Manifest;
  const file = `${name.split("/")[1] ?? name}-${version}.tgz`;
  const published: Published = { name, version, resolved: `${name}/${file}`, archive: join(layout.marketplace, name, file), isFresh: false };
  if (isCurrent(name, circumstances) && existsSync(published.archive) && existsSync(`${published.archive}.sigstore.json`)) return published;
  const sources = await bundleExtension({ folder, conditions: ["source"] }, signal);
  const { archive, files } = await packFolder(folder, signal);
  await rm(join(layout.marketplace, name), { recursive: true, force: true });
  await mkdir(join(layout.marketplace, name), { recursive: true });
  await writeFile(published.archive, archive);
  await writeFile(`${published.archive}.sigstore.json`, signArtifact(archive, key.privateKey));
  remember(name, [...sources, ...files.map(({ path }) => join(folder, path))], circumstances);
  return { ...published, isFresh: true };
}

/** Every file below a folder but what tests it. */
export const filesBelow = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
