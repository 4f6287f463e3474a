import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { commit, folderNameOf, type Generation, isStagingInUse, type Manifest, nameOfKey, packagesOf, type StoreLocation } from "@claw/kernel/host";

/** Folders of processes that died while they installed something. */
export const abandonedStaging = async (store: string): Promise<readonly string[]> =>
  (await entriesOf(join(store, "staging"))).filter((name) => !isStagingInUse(name)).map((name) => join(store, "staging", name));

/** Removes what processes that died had begun to install. */
export const collectStaging = async (store: string): Promise<void> => removeAll(await abandonedStaging(store));

/** Removes the folders of packages that nothing names. Says how many. */
export async function collectPackages(store: StoreLocation, signal: AbortSignal): Promise<number> {
  let removed = 0;
  // Under the lock: an install that finds its package there already counts on it staying until its own commit.
  await commit(
    store,
    async ({ extensions }) => {
      const left = await unnamedPackages(store, extensions);
      await removeAll(left);
      removed = left.length;
      return undefined;
    },
    signal,
  );
  return removed;
}

/**
 * The folders of packages that nothing names: not the lock, which holds what projects resolved to as well, nor what to go back to, nor one of
 * the last generations, whose indexes the kernel keeps because programs that started with them still read their files.
 */
export async function unnamedPackages(store: StoreLocation, extensions: Generation["extensions"]): Promise<readonly string[]> {
  const named = Object.entries(extensions).flatMap(([key, entry]) =>
    [entry, entry.previous].flatMap((each) => (each === undefined ? [] : [folderNameOf(nameOfKey(key).name, each.version, each.tree)])),
  );
  const kept = new Set(named);
  // The program's own store is made whole by every build, and nobody runs it meanwhile.
  const recent = store.kind === "bundled" ? [] : await recentPrefixes(store.folder);
  const folder = packagesOf(store.folder);
  return (await entriesOf(folder)).filter((name) => !kept.has(name) && !recent.some((prefix) => name.startsWith(prefix))).map((name) => join(folder, name));
}

async function removeAll(paths: readonly string[]): Promise<void> {
  await Promise.all(paths.map((path) => rm(path, { recursive: true, force: true })));
}

/** How the folders of the packages of the last generations begin. An index says no digest of contents, so every package of the version stays. */
async function recentPrefixes(store: string): Promise<readonly string[]> {
  const indexes = (await entriesOf(store)).filter((name) => /^index-\d+\.json$/.test(name));
  const manifests = await Promise.all(indexes.map(async (name) => manifestsOf(await readFile(join(store, name), "utf8"))));
  return [...new Set(manifests.flat().map(({ name, version }) => folderNameOf(name, version, "")))];
}

/** Nothing vouches for an index of the past, and nothing rests on it but that a folder stays. */
function manifestsOf(index: string): readonly Manifest[] {
  try {
    return Object.values(JSON.parse(index) as Readonly<Record<string, Manifest>>).filter(
      ({ name, version }) => typeof name === "string" && typeof version === "string",
    );
  } catch {
    return [];
  }
}

async function entriesOf(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
