import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Refreshed } from "@claw/kernel";
import { atomicWrite, isJsonObject, jsonFrom } from "@claw/kernel/kit";
import { isRefreshedList } from "./refreshed.ts";

/** What a vendor said of its models, and when. */
export interface StoredRefresh {
  readonly version: 1;
  readonly provider: string;
  /** Which host said it: another's list is none of this one's. */
  readonly host?: string;
  /** ISO. */
  readonly at: string;
  readonly models: readonly Refreshed[];
}

const mostBytes = 32 * 1024 * 1024;

/** The folder of what was asked of vendors and of models. */
export const storeIn = (cache: string): string => join(cache, "models");

/** A file of the store; the name of a provider is checked by its manifest's schema, and here once more before it is a path. */
export function fileOf(folder: string, provider: string, what: "refresh" | "probes"): string {
  if (!/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(provider)) throw new TypeError(`${JSON.stringify(provider)} is no name of a provider`);
  return join(folder, `${provider}${what === "refresh" ? "" : ".probes"}.json`);
}

/** What is in a file of the store if it is sound; undefined, and a word to `warn`, when it is not. */
export async function readStored<T>(path: string, is: (value: unknown) => value is T, warn: (message: string) => void): Promise<T | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") warn(`${path} cannot be read: ${(error as Error).message}`);
    return undefined;
  }
  const value = text.length > mostBytes ? undefined : jsonFrom(text);
  if (is(value)) return value;
  warn(`${path} is damaged and counts for nothing; claw models --refresh writes it anew`);
  return undefined;
}

/** Writes a file of the store whole, for this person only. */
export async function writeStored(path: string, folder: string, value: object): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await atomicWrite(path, `${JSON.stringify(value)}\n`, { mode: 0o600 });
}

export const isStoredRefresh = (value: unknown): value is StoredRefresh => {
  if (!isJsonObject(value)) return false;
  const { version, provider, host, at, models, ...more } = value;
  return (
    version === 1 &&
    typeof provider === "string" &&
    (host === undefined || (typeof host === "string" && host.length <= 300)) &&
    isIsoDate(at) &&
    isRefreshedList(models) &&
    Object.keys(more).length === 0
  );
};

export const isIsoDate = (value: unknown): value is string =>
  typeof value === "string" && /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/.test(value) && !Number.isNaN(Date.parse(value));

export const readRefresh = (cache: string, provider: string, warn: (message: string) => void): Promise<StoredRefresh | undefined> =>
  readStored(fileOf(storeIn(cache), provider, "refresh"), (value): value is StoredRefresh => isStoredRefresh(value) && value.provider === provider, warn);

export const writeRefresh = (cache: string, stored: StoredRefresh): Promise<void> =>
  writeStored(fileOf(storeIn(cache), stored.provider, "refresh"), storeIn(cache), stored);
