import { hash } from "node:crypto";
import { mkdir, readFile, readdir, rename } from "node:fs/promises";
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
export const isIntact = async (folder: string, files: Readonly<Record<string, string>>): Promise<boolean> => (await differencesIn(folder, files)).length === 0;

/** In what a folder differs from the files that were installed, in words. */
export async function differencesIn(folder: string, files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  let found: readonly Found[];
  try {
    found = await walk(folder, "");
  } catch {
    return ["its folder cannot be read"];
  }
  const paths = new Set(found.map(({ path }) => path));
  const missing = Object.keys(files).filter((path) => !paths.has(path));
  const wrong = await Promise.all(
    found.map(async ({ path, isFile }) => {
      if (!Object.hasOwn(files, path)) return [`${path} is not part of it`];
      if (!isFile) return [`${path} is no file`];
      return (await digestOf(join(folder, path))) === files[path] ? [] : [`${path} was changed`];
    }),
  );
  return [...missing.map((path) => `${path} is missing`), ...wrong.flat()].sort();
}

async function digestOf(path: string): Promise<string | undefined> {
  try {
    return hash("sha256", await readFile(path), "base64");
  } catch {
    return undefined;
  }
}

interface Found {
  readonly path: string;
  readonly isFile: boolean;
}

async function walk(root: string, folder: string): Promise<readonly Found[]> {
  const found = await Promise.all(
    (await readdir(join(root, folder), { withFileTypes: true })).map(async (entry) => {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      return entry.isDirectory() ? walk(root, path) : [{ path, isFile: entry.isFile() }];
    }),
  );
  return found.flat();
}
