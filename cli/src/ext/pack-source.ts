import { randomUUID } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ClawError } from "@claw/kernel/host";
import type { KnownMarketplace } from "@claw/marketplace";
import type { VerbCall } from "../verbs/run.ts";
import type { Client } from "./client.ts";
import { oneLine } from "./result.ts";
import { confirmedRoot } from "./root-question.ts";
import { type Source, source } from "./source.ts";

export interface PackOptions {
  /** Fingerprints that the person has from the operators of the pack's marketplaces. */
  readonly roots: readonly string[];
  /** Nobody is to be asked. */
  readonly yes: boolean;
  readonly dryRun: boolean;
}

/**
 * Opens a `.clawpack`: copies of marketplaces in one file. It vouches for nothing: a marketplace in it is either known, or its root is the one
 * that the person names or confirms, and then it is known from there on.
 */
export async function openPackSource(file: string, options: PackOptions, client: Client, call: VerbCall): Promise<Source> {
  const { library, context, patient } = client;
  await mkdir(context.cache, { recursive: true });
  const folder = join(context.cache, `pack-${randomUUID()}`);
  const close = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const { lock, marketplaces } = await patient((signal) => library.openPack(file, folder, signal));
    const copies: KnownMarketplace[] = [];
    for (const [id, place] of marketplaces) {
      const url = `${pathToFileURL(place).href}/`;
      const known = library.knownMarketplaces(context).find((one) => one.id === id);
      copies.push({ ...(known ?? (await met(id, url, options, client, call))), url });
    }
    const opened = await patient((signal) => Promise.all(copies.map((copy) => library.openCatalogue(copy, context, signal))));
    return source(opened, { all: Object.entries(lock.extensions).map(([name, { version }]) => `${name}@${version}`) }, close);
  } catch (error) {
    await close();
    throw error;
  }
}

/** Knows the marketplace of a copy from now on, if its root is one that the person names, or else confirms. With `--dry-run` only for this once. */
async function met(id: string, url: string, { roots, yes, dryRun }: PackOptions, client: Client, call: VerbCall): Promise<KnownMarketplace> {
  const { library, context, patient } = client;
  const { root } = await patient(async (signal) => library.formatOf(await library.transportTo({ url }, context), signal));
  if (root === undefined || library.readRoot(root).marketplace !== id)
    throw new ClawError(
      "E_ROOT_MARKETPLACE",
      `the pack does not hold the root of ${id}, which it names`,
      { marketplace: id },
      { fix: "claw ext bundle -o FILE makes another" },
    );
  const fingerprint = library.fingerprintOf(root);
  const named = roots.find((one) => one === fingerprint) ?? roots[0];
  if (dryRun && named !== undefined) return { id, url, scopes: [], format: "claw", root: named };
  const confirm = async (): Promise<boolean> => !yes && !dryRun && confirmedRoot(fingerprint, id, client, call);
  const known = await addedBy(
    [...roots].sort((a, b) => Number(b === fingerprint) - Number(a === fingerprint)),
    (pin) => library.addMarketplace(url, { scopes: [], brought: true, confirm, ...(pin === undefined ? {} : { root: pin }) }, context, call.signal),
  );
  call.terminal.say(`${oneLine(id)} is known from now on\n`);
  return known;
}

/** Tries one root after the other: a person may name several, of several marketplaces, and an older one of each. */
async function addedBy<T>(roots: readonly string[], add: (root: string | undefined) => Promise<T>): Promise<T> {
  const [first, ...rest] = roots;
  try {
    return await add(first);
  } catch (error) {
    if (rest.length === 0 || !ClawError.is(error, "E_ROOT_UNKNOWN")) throw error;
    return addedBy(rest, add);
  }
}
