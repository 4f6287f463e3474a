import { randomUUID } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { ClawError, readTrust } from "@claw/kernel/host";
import type { Catalogue, KnownMarketplace, PublisherPolicy } from "@claw/marketplace";
import type { VerbCall } from "../verbs/run.ts";
import { isMarketplaceFolder, openFrom, openKnown } from "./catalogues.ts";
import type { Client } from "./client.ts";

/** Where packages are taken from. */
export interface Source extends AsyncDisposable {
  readonly catalogues: readonly Catalogue[];
  /** The marketplace that everything asked for has to come from. */
  readonly from?: string;
  /** What is meant where no name is given: all that is there. */
  readonly all: readonly string[];
}

const source = (
  catalogues: readonly Catalogue[],
  about: Partial<Pick<Source, "from" | "all">> = {},
  close: () => Promise<void> = async () => undefined,
): Source => ({
  catalogues,
  all: [],
  ...about,
  [Symbol.asyncDispose]: close,
});

/** Opens what `--from` names: a marketplace, a copy of one, a `.clawpack`, or one package in a folder or a file; every known marketplace where nothing is named. */
export async function openSource(from: string | undefined, client: Client, call: VerbCall, signal: AbortSignal): Promise<Source> {
  if (from === undefined) return source(await openKnown(client, call, signal));
  const path = resolve(call.booted.workspace.cwd, from);
  if (/^[a-z][a-z0-9+.-]+:/i.test(from) || isMarketplaceFolder(from, call) || !existsSync(path)) {
    const { id, catalogues } = await openFrom(from, client, call, signal);
    return source(catalogues, { from: id });
  }
  if (path.endsWith(".clawpack")) return packSource(path, client, signal);
  const { library, context } = client;
  const local = await library.openLocal(path, context, { publishers: signersOf(path, client) });
  const others = await library.openCatalogues(context, signal, { failed: () => undefined });
  return source([local, ...others], { from: local.id, all: local.names });
}

/** Who may have signed a package that lies about: those with a key whom the person or the program trusts. Nobody has, where no signature lies beside it. */
function signersOf(path: string, { context }: Client): PublisherPolicy {
  if (statSync(path).isDirectory() || !existsSync(`${path}.sigstore.json`)) return [];
  const trusted = [context.bundled.trust, readTrust(context.store)].flatMap(({ publishers }) => Object.values(publishers));
  return trusted.flatMap(({ tier, pem }) => (pem === undefined || tier === "none" ? [] : [{ kind: "key" as const, pem }]));
}

/** Copies of marketplaces in one file. Only those that the person has added are opened: the file itself vouches for nothing. */
async function packSource(file: string, { library, context }: Client, signal: AbortSignal): Promise<Source> {
  await mkdir(context.cache, { recursive: true });
  const folder = join(context.cache, `pack-${randomUUID()}`);
  const close = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const { lock, marketplaces } = await library.openPack(file, folder, signal);
    const known = library.knownMarketplaces(context);
    const copies = [...marketplaces].map(([id, place]) => ({ ...knownAs(id, known), url: `${pathToFileURL(place).href}/` }));
    const opened = await Promise.all(copies.map((copy) => library.openCatalogue(copy, context, signal)));
    return source(opened, { all: Object.entries(lock.extensions).map(([name, { version }]) => `${name}@${version}`) }, close);
  } catch (error) {
    await close();
    throw error;
  }
}

function knownAs(id: string, known: readonly KnownMarketplace[]): KnownMarketplace {
  const found = known.find((one) => one.id === id);
  if (found !== undefined) return found;
  throw new ClawError(
    "E_MARKETPLACE_UNKNOWN",
    `nobody has added the marketplace ${id}, from which the pack was made`,
    { marketplace: id },
    { fix: `claw ext marketplace add ${id}, or a mirror of it in a folder` },
  );
}
