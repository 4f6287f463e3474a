import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Pin } from "@claw/kernel/host";
import { digestOf } from "../documents/pins.ts";

/** `sha256-…` as a signed document pins another. */
export const digestOfPin = ({ sha256 }: Pin): string => `sha256-${sha256}`;

const pathOf = (folder: string, digest: string): string => join(folder, `${digest.replaceAll("/", "_").replaceAll("+", "-").replace("=", "")}.json`);

/** A document by its digest; undefined where it is not there, or is something else by now. */
export async function cachedDocument(folder: string, digest: string): Promise<Uint8Array | undefined> {
  try {
    const bytes = await readFile(pathOf(folder, digest));
    return digestOf(bytes) === digest ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a document under its digest. A cache that cannot be written to is none, which only costs time. */
export async function cacheDocument(folder: string, bytes: Uint8Array): Promise<void> {
  const path = pathOf(folder, digestOf(bytes));
  const fresh = `${path}.${randomUUID()}`;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(fresh, bytes, { flag: "wx", mode: 0o600 });
    await rename(fresh, path);
  } catch {
    await rm(fresh, { force: true }).catch(() => undefined);
  }
}

export const forgetDocument = (folder: string, digest: string): Promise<void> => rm(pathOf(folder, digest), { force: true }).catch(() => undefined);
