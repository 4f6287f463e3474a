import { hash } from "node:crypto";
import { lstat, mkdir, readFile, readdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { folderNameOf, packagesOf, syncFolder, writeNewFile } from "@claw/kernel/host";
import type { ArchiveFile } from "../archive/tree-digest.ts";
import type { Admitted } from "./admit.ts";

/** Writes a package's files into a new folder, all of them on the disk when it is done. */
export async function writePackage(folder: string, files: readonly ArchiveFile[]): Promise<void> {
  const folders = new Set([folder]);
  for (const { path } of files) {
    for (let parent = dirname(join(folder, path)); !folders.has(parent); parent = dirname(parent)) folders.add(parent);
  }
  const shallowFirst = [...folders].sort();
  for (const each of shallowFirst) await mkdir(each, { mode: 0o755 });
  await allEnded(files.map(({ path, data, executable }) => writeNewFile(join(folder, path), data, executable ? 0o555 : 0o444)));
  await allEnded(shallowFirst.map(syncFolder));
}

/** Waits for all of them, so that nothing is written any more, and only then fails as the first that did. */
export async function allEnded<T>(works: readonly Promise<T>[]): Promise<readonly T[]> {
  await Promise.allSettled(works);
  return Promise.all(works);
}

/**
 * Moves a written package to its place in the store. If one with the same contents is there already it stays; one that was changed since
 * is moved aside into `staging`, which is thrown away.
 */
export async function placePackage(staged: string, { name, entry }: Admitted, store: string, staging: string): Promise<void> {
  const packages = packagesOf(store);
  await mkdir(packages, { recursive: true, mode: 0o755 });
  const place = join(packages, folderNameOf(name, entry.version, entry.tree));
  if (!(await moved(staged, place))) {
    if (await isIntact(place, entry.files)) return;
    await rename(place, join(staging, `${folderNameOf(name, entry.version, entry.tree)}.damaged`));
    await rename(staged, place);
  }
  await syncFolder(packages);
}

async function moved(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    // Windows says EPERM where others say that the folder is not empty.
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOTEMPTY" || code === "EEXIST" || (code === "EPERM" && process.platform === "win32")) return false;
    throw error;
  }
}

/** Whether a folder holds exactly these files, by their digests, and no link. */
export async function isIntact(folder: string, files: Readonly<Record<string, string>>): Promise<boolean> {
  try {
    const found = await walk(folder, "");
    if (found.length !== Object.keys(files).length) return false;
    const digests = await Promise.all(
      found.map(async (path) => Object.hasOwn(files, path) && hash("sha256", await readFile(join(folder, path)), "base64") === files[path]),
    );
    return digests.every(Boolean);
  } catch {
    return false;
  }
}

async function walk(root: string, folder: string): Promise<readonly string[]> {
  const found = await Promise.all(
    (await readdir(join(root, folder))).map(async (name) => {
      const path = folder === "" ? name : `${folder}/${name}`;
      return (await lstat(join(root, path))).isDirectory() ? walk(root, path) : [path];
    }),
  );
  return found.flat();
}
