import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { exclusively, syncFolder, writeNewFile, writing } from "@claw/kernel/host";

/** The bytes of a file; undefined where there is none. */
export async function bytesOf(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}

/**
 * Puts files into a marketplace's folder in their order, each on the disk before the next: whoever reads meanwhile, and whoever looks after a
 * crash, sees a file whole or not at all, and none that names one which is not there.
 */
export async function placeFiles(
  folder: string,
  files: Iterable<readonly [path: string, bytes: Uint8Array]>,
  staging: string,
  signal: AbortSignal,
): Promise<void> {
  for (const [path, bytes] of files) {
    signal.throwIfAborted();
    const place = join(folder, path);
    const there = await bytesOf(place);
    if (there !== undefined && Buffer.from(bytes).equals(there)) continue;
    const made = await mkdir(dirname(place), { recursive: true });
    const fresh = join(staging, randomUUID());
    await writeNewFile(fresh, bytes, 0o644);
    await rename(fresh, place);
    await syncFolder(dirname(place));
    if (made !== undefined) await syncFolder(dirname(made));
  }
}

/** Runs `work` while nobody else changes the marketplace in a folder. Its lock lies where no reader of a marketplace looks. */
export const whileAlone = <T>(folder: string, work: (staging: string) => Promise<T>, signal: AbortSignal): Promise<T> =>
  writing(folder, () => exclusively(join(folder, ".claw"), work, signal));

/** A time as documents have it. */
export const timeOf = (date: Date): string => date.toISOString().replace(/\.\d{3}Z$/, "Z");
