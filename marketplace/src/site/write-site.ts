import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { writing } from "@claw/kernel/host";
import { whileAlone } from "../operator/placing.ts";
import { extensionPage } from "./extension-page.ts";
import { indexPage, type Listed, listedOf, searchText } from "./index-page.ts";
import { marketplacePage } from "./marketplace-page.ts";
import { assets, pageOf } from "./page.ts";
import { openPublished, type PublishedMarketplace } from "./read-facts.ts";
import { searchScript } from "./search-script.ts";
import { SiteFiles } from "./site-files.ts";
import { icon, style } from "./style.ts";

export interface SiteOptions {
  readonly now: Date;
  /** The https address that the site is served under, if it is to name one. */
  readonly base?: string;
  /** Only say what would be done. */
  readonly dryRun?: boolean;
}

export interface SiteReport {
  /** Extensions that have a page. */
  readonly extensions: number;
  /** Files that are new or different now. */
  readonly written: number;
  readonly unchanged: number;
  /** Pages of extensions that are gone. */
  readonly removed: number;
  /** What is wrong with what, in words; it stands on the pages too. */
  readonly problems: readonly string[];
}

/** Packages that are read at a time: enough to keep a disk busy, few enough to fit into memory. */
const atOnce = 8;

/**
 * Writes a marketplace's pages into a folder, which may be the marketplace's own. The same marketplace makes the same files. Each is replaced whole, the list of all
 * after what it links to, and nothing is touched that an earlier run did not write.
 */
export async function writeSite(marketplace: string, out: string, { now, base, dryRun = false }: SiteOptions, signal: AbortSignal): Promise<SiteReport> {
  const published = await openPublished(resolve(marketplace), now);
  if (dryRun) return writePages(published, { out: resolve(out), base, staging: undefined }, signal);
  // A folder that is made for the lock is its maker's alone; a web server has to read this one.
  await writing(out, () => mkdir(out, { recursive: true }));
  return whileAlone(resolve(out), (staging) => writePages(published, { out: resolve(out), base, staging }, signal), signal);
}

interface Destination {
  readonly out: string;
  readonly base: string | undefined;
  /** Absent: nothing is written. */
  readonly staging: string | undefined;
}

async function writePages(published: PublishedMarketplace, { out, base, staging }: Destination, signal: AbortSignal): Promise<SiteReport> {
  const { facts: marketplace, names } = published;
  const files = new SiteFiles(out, staging);
  await files.claim([...names.map(pageOf), ...Object.values(assets)]);
  const known = new Set(names);
  const listed: Listed[] = [];
  const problems: string[] = [];
  await eachOf(names, async (name, at) => {
    signal.throwIfAborted();
    const extension = await published.factsOf(name, signal);
    listed[at] = listedOf(extension);
    problems.push(...extension.problems.map((problem) => `${name}: ${problem}`));
    await files.put(pageOf(name), extensionPage(extension, { marketplace, base, known }));
  });
  await files.put(assets.style, style);
  await files.put(assets.script, searchScript);
  await files.put(assets.icon, icon);
  await files.put(assets.search, searchText(listed));
  await files.put(assets.marketplace, marketplacePage(marketplace, base));
  await files.put(assets.index, indexPage(listed, marketplace, base));
  const removed = await files.removeOthers();
  return { extensions: names.length, written: files.written, unchanged: files.unchanged, removed, problems: problems.sort() };
}

async function eachOf<T>(items: readonly T[], work: (item: T, at: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) await work(items[at] as T, at);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}
