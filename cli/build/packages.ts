import { existsSync, readdirSync } from "node:fs";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Manifest } from "@claw/kernel/host";
import { bundleExtension, indexMarketplace, initMarketplace, keySigner, keySigners, publishTo, withAlias } from "@claw/marketplace";
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

/** The name of the marketplace that comes with the program. Nobody asks that address: its files lie beside the program. */
const marketplaceId = "https://ext.claw.dev";

/** A program may be older than any index is allowed to be. */
const rootDays = 3650;

/**
 * Bundles every extension of the repository, those alone whose sources changed, and publishes them, as anybody publishes to a marketplace.
 * A published version never changes, and in a checkout versions change all the time: then the marketplace is made anew.
 */
export async function publishAll(key: PublisherKey, signal: AbortSignal): Promise<PublishResult> {
  const circumstances = `${key.publisher} ${process.version} ${digestOfAll([join(layout.root, "package-lock.json"), ...filesBelow(join(layout.root, "marketplace/src"))])}`;
  const folders = readdirSync(layout.extensions).filter((name) => existsSync(join(layout.extensions, name, "extension.json")));
  const results = await Promise.allSettled(folders.map((name) => bundled(join(layout.extensions, name), circumstances, signal)));
  const failed = results.flatMap((result, index) => (result.status === "rejected" ? [[folders[index] ?? "", result.reason as unknown] as const] : []));
  const published = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const contents = `${circumstances} ${digestOfAll([import.meta.filename])} ${published.map(({ name }) => name).join(" ")}`;
  if (published.some(({ isFresh }) => isFresh) || !isCurrent("marketplace", contents) || !existsSync(join(layout.marketplace, "index.json"))) {
    await makeMarketplace(published, key, signal);
    for (const { name, sources } of published) if (sources !== undefined) remember(name, sources, circumstances);
    remember("marketplace", [join(layout.marketplace, "index.json")], contents);
  }
  return { published, failed: Object.fromEntries(failed) };
}

interface Bundled extends Published {
  readonly folder: string;
  /** What it was bundled from, when it was just now. */
  readonly sources?: readonly string[];
}

async function bundled(folder: string, circumstances: string, signal: AbortSignal): Promise<Bundled> {
  const { name, version } = JSON.parse(await readFile(join(folder, "extension.json"), "utf8")) as Manifest;
  const file = `${name.split("/")[1] ?? name}-${version}.tgz`;
  const published = { folder, name, version, resolved: `${name}/${file}`, archive: join(layout.marketplace, name, file) };
  if (isCurrent(name, circumstances) && existsSync(published.archive)) return { ...published, isFresh: false };
  const sources = await bundleExtension({ folder, conditions: ["claw-source"] }, signal);
  return { ...published, isFresh: true, sources: [...sources, ...["extension.json", "README.md"].map((each) => join(folder, each))] };
}

/** Made aside and then put in the place of the last one, so that nobody meets half of it. */
async function makeMarketplace(extensions: readonly Bundled[], { privateKey, pem }: PublisherKey, signal: AbortSignal): Promise<void> {
  const folder = join(layout.memory, "marketplace");
  await rm(folder, { recursive: true, force: true });
  const publishers = [{ scope: "claw", publisher: { kind: "key" as const, pem } }];
  const now = new Date();
  await initMarketplace({ folder, id: marketplaceId, rootKeys: [privateKey], indexKeys: [privateKey], rootDays, publishers, now }, signal);
  const toPublish = extensions.map((extension) => ({ folder: extension.folder }));
  const signers = keySigners([privateKey]);
  await publishTo(folder, toPublish, { signer: keySigner(privateKey), indexSigners: signers, now }, signal);
  const aliases = extensions.map(
    ({ name }) =>
      () =>
        Promise.resolve(withAlias(name.split("/")[1] ?? name, name)),
  );
  await indexMarketplace(folder, { signers, now, incoming: false, changes: aliases }, signal);
  await rm(layout.marketplace, { recursive: true, force: true });
  await mkdir(dirname(layout.marketplace), { recursive: true });
  await rename(folder, layout.marketplace);
}

/** Every file below a folder but what tests it. */
export const filesBelow = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
