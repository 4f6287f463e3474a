import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { ClawError } from "@claw/kernel/host";
import type { Catalogue, KnownMarketplace } from "@claw/marketplace";
import type { VerbCall } from "../verbs/run.ts";
import type { Client } from "./client.ts";
import { oneLine } from "./result.ts";

/** Opens every marketplace that is known. What they have revoked holds from then on; of one that does not answer, what was verified last is used, and that is said. */
export async function openKnown(client: Client, call: VerbCall, signal: AbortSignal): Promise<readonly Catalogue[]> {
  const { library, context } = client;
  return heard(await library.openCatalogues(context, signal), client, call, signal);
}

/** The same, without those of which nothing can be read, which is said. */
export async function openReachable(client: Client, call: VerbCall, signal: AbortSignal): Promise<readonly Catalogue[]> {
  const failed = ({ id }: KnownMarketplace, error: ClawError): void => call.terminal.say(`note: ${oneLine(id)} was not asked: ${oneLine(error.message)}\n`);
  return heard(await client.library.openCatalogues(client.context, signal, { failed }), client, call, signal);
}

/**
 * The same, with one of them asked at another place: its own address, a mirror or a copy in a folder. Where files are is not who they belong
 * to, so a place whose documents name a marketplace that nobody added is refused.
 */
export async function openFrom(
  from: string,
  client: Client,
  call: VerbCall,
  signal: AbortSignal,
): Promise<{ readonly id: string; readonly catalogues: readonly Catalogue[] }> {
  const { library, context } = client;
  const chosen = await marketplaceAt(from, client, call, signal);
  const [opened, others] = await Promise.all([
    library.openCatalogue(chosen, context, signal),
    // Only for scopes that they claim: without them the rest is still there.
    library.openCatalogues(context, signal, {
      only: library.knownMarketplaces(context).flatMap(({ id }) => (id === chosen.id ? [] : [id])),
      failed: () => undefined,
    }),
  ]);
  return { id: chosen.id, catalogues: await heard([opened, ...others], client, call, signal) };
}

/** Finds the marketplace that a package came from, for verbs that look after what is installed. With `from`, its files are there. */
export async function catalogueFinder(
  client: Client,
  call: VerbCall,
  signal: AbortSignal,
  from?: string,
): Promise<(marketplace: string) => Promise<Catalogue | undefined>> {
  const opened = from === undefined ? await openReachable(client, call, signal) : (await openFrom(from, client, call, signal)).catalogues;
  return async (marketplace) => opened.find(({ id }) => id === marketplace);
}

/** The address that a word of the command line means: a URL as it is, and a folder as the URL of that. */
export const addressOf = (word: string, { booted }: Pick<VerbCall, "booted">): string =>
  /^[a-z][a-z0-9+.-]+:/i.test(word) ? word : `${pathToFileURL(resolve(booted.workspace.cwd, word)).href.replace(/\/$/, "")}/`;

/** Whether a word of the command line names a folder with the documents of a marketplace, and not one with a package. */
export const isMarketplaceFolder = (word: string, { booted }: Pick<VerbCall, "booted">): boolean =>
  ["root.json", "index.json", ".claude-plugin/marketplace.json"].some((file) => existsSync(join(resolve(booted.workspace.cwd, word), file)));

/** The known marketplace whose files are at an address, whether that is its own, a mirror's or a folder's. */
export async function marketplaceAt(from: string, { library, context }: Client, call: VerbCall, signal: AbortSignal): Promise<KnownMarketplace> {
  const known = library.knownMarketplaces(context);
  const url = addressOf(from, call);
  const bare = (text: string): string => text.replace(/\/$/, "");
  const found = known.find((one) => [one.id, one.url].some((name) => bare(name) === bare(from) || bare(name) === bare(url)));
  if (found !== undefined) return found;
  const { root } = await library.formatOf(await library.transportTo({ url }, context), signal);
  const id = root === undefined ? url : library.readRoot(root).marketplace;
  const copied = known.find((one) => one.id === id);
  if (copied !== undefined) return elsewhere(copied, url);
  throw new ClawError("E_MARKETPLACE_UNKNOWN", `nobody has added the marketplace ${id}`, { marketplace: id }, { fix: `claw ext marketplace add ${url}` });
}

/** A marketplace whose files are asked for at another address. Its credentials belong to its own. */
export function elsewhere({ credential, ...known }: KnownMarketplace, url: string): KnownMarketplace {
  const isSame = credential !== undefined && URL.parse(url)?.origin === URL.parse(known.url)?.origin;
  return { ...known, url, ...(isSame ? { credential } : {}) };
}

async function heard(opened: readonly Catalogue[], client: Client, call: VerbCall, signal: AbortSignal): Promise<readonly Catalogue[]> {
  for (const catalogue of opened) await noteRevocations(catalogue, client, call, signal);
  return opened;
}

/** Says what a marketplace has revoked of what is installed, and whether it answered at all. */
export async function noteRevocations(
  catalogue: Catalogue,
  { library, context, progress }: Client,
  { terminal }: VerbCall,
  signal: AbortSignal,
): Promise<number> {
  const { id, stale } = catalogue;
  const fresh = await library.applyRevocations({ id }, catalogue.revoked, context, signal);
  if (stale !== undefined || fresh.length > 0) progress.stop();
  if (stale !== undefined)
    terminal.say(`note: ${oneLine(stale.cause.message)}; ${oneLine(id)} is as it was ${stale.since === undefined ? "last seen" : `on ${stale.since}`}\n`);
  for (const { name, versions, tree, severity, reason } of fresh) {
    const what = name === undefined ? (tree ?? "") : [name, ...(versions ?? [])].join(" ");
    terminal.say(`warning: ${oneLine(id)} has revoked ${oneLine(what)} (${oneLine(reason === undefined ? severity : `${severity}: ${reason}`)})\n`);
  }
  return fresh.length;
}
