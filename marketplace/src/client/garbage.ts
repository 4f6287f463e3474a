import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { commit, folderNameOf, isStagingInUse, packagesOf, type StoreLocation } from "@claw/kernel/host";

/** Removes what processes that died had begun to install. */
export async function collectStaging(store: string): Promise<void> {
  const staging = join(store, "staging");
  const left = (await entriesOf(staging)).filter((name) => !isStagingInUse(name));
  await Promise.all(left.map((name) => rm(join(staging, name), { recursive: true, force: true })));
}

/** Removes the folders of packages that the lock does not name, neither as installed nor to go back to. Says how many. */
export async function collectPackages(store: StoreLocation, signal: AbortSignal): Promise<number> {
  let removed = 0;
  // Under the lock: an install that finds its package there already counts on it staying until its own commit.
  await commit(
    store,
    async ({ extensions }) => {
      const entries = Object.entries(extensions).flatMap(([name, entry]) =>
        [entry, entry.previous].flatMap((each) => (each === undefined ? [] : [folderNameOf(name, each.version, each.tree)])),
      );
      const kept = new Set(entries);
      const left = (await entriesOf(packagesOf(store.folder))).filter((name) => !kept.has(name));
      await Promise.all(left.map((name) => rm(join(packagesOf(store.folder), name), { recursive: true, force: true })));
      removed = left.length;
      return undefined;
    },
    signal,
  );
  return removed;
}

async function entriesOf(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
