import { randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import { link, mkdir, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { writeNewFile, writing } from "./durable.ts";
import { exclusively } from "./exclusive.ts";
import { sealKeyBytes, type StoreLocation } from "./seal.ts";

/** Runs `work`, which writes documents of a store, while no other process does; the key they are sealed with is there. */
export const exclusivelyIn = <T>(at: StoreLocation, work: (staging: string) => Promise<T>, signal: AbortSignal): Promise<T> =>
  writing(at.folder, () =>
    exclusively(
      at.folder,
      async (staging) => {
        if (at.kind === "user" && !isSealKey(at.sealKeyFile)) await makeSealKey(at.sealKeyFile);
        return work(staging);
      },
      signal,
    ),
  );

/** What is too short to be one vouches for nothing, so nothing is lost with it. */
const isSealKey = (path: string): boolean => (statSync(path, { throwIfNoEntry: false })?.size ?? 0) >= sealKeyBytes;

/** The key appears whole or not at all, and never in the place of another. */
async function makeSealKey(path: string): Promise<void> {
  if (!isSealKey(path)) await rm(path, { force: true });
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const fresh = `${path}.${process.pid}`;
  await rm(fresh, { force: true });
  await writeNewFile(fresh, randomBytes(sealKeyBytes), 0o600);
  try {
    await link(fresh, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    await rm(fresh);
  }
}
