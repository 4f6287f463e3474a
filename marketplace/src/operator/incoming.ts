import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { ClawError } from "@claw/kernel/host";
import { isName } from "../names.ts";
import { type Edition } from "./edition.ts";
import type { MarketplaceFolder } from "./marketplace-folder.ts";
import { bytesOf } from "./placing.ts";
import { judgeCandidate, withPublication } from "./publication.ts";

/** Where a package waits for the operator. */
export const incomingPathOf = (name: string, version: string): string => `incoming/${name}/${version}.tgz`;

/** What became of one that waited. */
export interface Incoming {
  readonly path: string;
  readonly name: string;
  readonly accepted: boolean;
  /** Why not. */
  readonly why?: string;
}

/** Takes in what waits, each after the checks of an install; what is refused stays where it is. */
export async function takeIn(
  published: MarketplaceFolder,
  edition: Edition,
  now: Date,
): Promise<{ readonly edition: Edition; readonly incoming: readonly Incoming[] }> {
  let current = edition;
  const incoming: Incoming[] = [];
  for (const { path, name } of await waitingIn(published.folder)) {
    try {
      const [archive, bundle, provenance] = await Promise.all(
        ["", ".sigstore.json", ".provenance.sigstore.json"].map((suffix) => bytesOf(join(published.folder, path + suffix))),
      );
      const candidate = { archive: archive ?? Buffer.alloc(0), bundle, ...(provenance === undefined ? {} : { provenance }) };
      const publication = await judgeCandidate(name, candidate, published, current.contents, now);
      const before = current.manifests.get(name) ?? (await published.manifestOf(name));
      current = withPublication(publication, before, now)(current);
      incoming.push({ path, name, accepted: true });
    } catch (error) {
      if (!ClawError.is(error)) throw error;
      incoming.push({ path, name, accepted: false, why: `${error.code}: ${error.message}` });
    }
  }
  return { edition: current, incoming };
}

/** Takes those away that an index advertises now. */
export async function clearIncoming(folder: string, incoming: readonly Incoming[]): Promise<void> {
  for (const { path, accepted } of incoming)
    if (accepted) for (const suffix of ["", ".sigstore.json", ".provenance.sigstore.json"]) await rm(join(folder, path + suffix), { force: true });
}

/** Archives that wait, in the order of their names. */
async function waitingIn(folder: string): Promise<readonly { readonly path: string; readonly name: string }[]> {
  let entries: readonly string[];
  try {
    entries = await readdir(join(folder, "incoming"), { recursive: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  return entries
    .map((entry) => entry.replaceAll("\\", "/"))
    .filter((entry) => entry.endsWith(".tgz"))
    .sort()
    .map((entry) => ({ path: `incoming/${entry}`, name: entry.split("/").slice(0, 2).join("/") }))
    .filter(({ name }) => isName(name));
}
