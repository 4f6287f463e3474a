import { join } from "node:path";
import { replaceFile } from "./durable.ts";
import { exclusivelyIn } from "./seal-key.ts";
import { openSealed, parsed, sealed, type StoreLocation } from "./seal.ts";
import { canonicalJson } from "./strict-json.ts";

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
export function readFolders(at: StoreLocation): TrustedFolders {
  const body = openSealed(at, foldersFile);
  return body === undefined ? {} : ((parsed(body, join(at.folder, foldersFile)) as { readonly folders?: TrustedFolders }).folders ?? {});
}

/** Replaces folders.json by what `change` makes of it. */
export const commitFolders = (at: StoreLocation, change: (current: TrustedFolders) => TrustedFolders, signal: AbortSignal): Promise<void> =>
  exclusivelyIn(
    at,
    (staging) => replaceFile(join(at.folder, foldersFile), sealed(canonicalJson({ folders: change(readFolders(at)) }), foldersFile, at), staging),
    signal,
  );
