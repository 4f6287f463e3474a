import { join } from "node:path";
import { replaceFile } from "./durable.ts";
import { exclusivelyIn } from "./seal-key.ts";
import { openSealed, parsed, sealed, type StoreLocation } from "./seal.ts";
import { canonicalJson } from "./strict-json.ts";

/** A document of a store that is replaced whole: `trust.json`, `grants.json`, `folders.json`, `state.json`. Undefined where there is none. */
export function readSealed(at: StoreLocation, name: string): Readonly<Record<string, unknown>> | undefined {
  const body = openSealed(at, name);
  return body === undefined ? undefined : (parsed(body, join(at.folder, name)) as Readonly<Record<string, unknown>>);
}

/** Replaces a document of a store by what `change` makes of it, on the disk when it is done. No other process changes the store meanwhile. */
export const commitSealed = <T extends object>(
  at: StoreLocation,
  name: string,
  change: () => T | undefined | Promise<T | undefined>,
  signal: AbortSignal,
): Promise<void> =>
  exclusivelyIn(
    at,
    async (staging) => {
      const next = await change();
      if (next !== undefined) await replaceFile(join(at.folder, name), sealed(canonicalJson(next), name, at), staging);
    },
    signal,
  );
