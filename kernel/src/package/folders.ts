import type { StoreLocation } from "./seal.ts";
import { commitSealed, readSealed } from "./sealed-document.ts";

/** A folder the person trusts. */
export interface TrustedFolder {
  /** ISO time. */
  readonly at: string;
  /** The wordings of loosening settings that the person accepted, hashed. */
  readonly accepted: readonly string[];
}

/** Real path to what was accepted there. */
export type TrustedFolders = Readonly<Record<string, TrustedFolder>>;

const foldersFile = "folders.json";

/** Which folders are trusted. Where there is no file, none is. */
export const readFolders = (at: StoreLocation): TrustedFolders =>
  (readSealed(at, foldersFile) as { readonly folders?: TrustedFolders } | undefined)?.folders ?? {};

/** Replaces folders.json by what `change` makes of it. */
export const commitFolders = (at: StoreLocation, change: (current: TrustedFolders) => TrustedFolders, signal: AbortSignal): Promise<void> =>
  commitSealed(at, foldersFile, () => ({ folders: change(readFolders(at)) }), signal);
