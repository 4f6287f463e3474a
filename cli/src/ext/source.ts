import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { readTrust } from "@claw/kernel/host";
import type { Catalogue, PublisherPolicy } from "@claw/marketplace";
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

export const source = (
  catalogues: readonly Catalogue[],
  about: Partial<Pick<Source, "from" | "all">> = {},
  close: () => Promise<void> = async () => undefined,
): Source => ({
  catalogues,
  all: [],
  ...about,
  [Symbol.asyncDispose]: close,
});

/** A `.clawpack` of the command line, which is opened by itself: somebody may have to be asked about it. */
export function packFileOf(from: string | undefined, call: VerbCall): string | undefined {
  const path = resolve(call.booted.workspace.cwd, from ?? ".");
  return from !== undefined && path.endsWith(".clawpack") && existsSync(path) && !statSync(path).isDirectory() ? path : undefined;
}

/** Opens what `--from` names: a marketplace, a copy of one, or one package in a folder or a file; every known marketplace where nothing is named. */
export async function openSource(from: string | undefined, client: Client, call: VerbCall, signal: AbortSignal): Promise<Source> {
  if (from === undefined) return source(await openKnown(client, call, signal));
  const path = resolve(call.booted.workspace.cwd, from);
  if (/^[a-z][a-z0-9+.-]+:/i.test(from) || isMarketplaceFolder(from, call) || !existsSync(path)) {
    const { id, catalogues } = await openFrom(from, client, call, signal);
    return source(catalogues, { from: id });
  }
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
