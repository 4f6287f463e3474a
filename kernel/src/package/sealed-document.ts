import { join } from "node:path";
import { replaceFile } from "./durable.ts";
import { exclusivelyIn } from "./seal-key.ts";
import { damaged, openSealed, parsed, sealed, type StoreLocation, unsealed } from "./seal.ts";
import { canonicalJson, parseStrict } from "./strict-json.ts";

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

/**
 * Seals a document as it stands, after a person has looked at it and said that it is right. `seen` is the body that was looked at: what was
 * changed since then stays unsealed, and so does what is no JSON of an object.
 */
export const reseal = (at: StoreLocation, name: string, seen: string, signal: AbortSignal): Promise<void> =>
  exclusivelyIn(
    at,
    async (staging) => {
      const path = join(at.folder, name);
      const value = parseStrict(seen, { name: path, maxBytes: Infinity, numbers: "any" });
      if (unsealed(at, name) !== seen || typeof value !== "object" || value === null || Array.isArray(value)) throw damaged(path);
      await replaceFile(path, sealed(seen, name, at), staging);
    },
    signal,
  );
