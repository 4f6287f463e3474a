import { join } from "node:path";
import { isRecord } from "../plain-data.ts";
import { replaceFile } from "./durable.ts";
import { lockFile, lockText } from "./lock.ts";
import { exclusivelyIn } from "./seal-key.ts";
import { damaged, sealed, type StoreLocation, unsealed } from "./seal.ts";
import { canonicalJson, parseStrict } from "./strict-json.ts";

/**
 * Seals what a document says, after a person has looked at it and said that it is right. `seen` is the body that was looked at: what was
 * changed since then stays unsealed, and so does what is no JSON of an object, or a lock that misses a part. It is written as claw writes it.
 */
export const reseal = (at: StoreLocation, name: string, seen: string, signal: AbortSignal): Promise<void> =>
  exclusivelyIn(
    at,
    async (staging) => {
      const path = join(at.folder, name);
      const value = parseStrict(seen, { name: path, maxBytes: Infinity, numbers: "any" });
      if (unsealed(at, name) !== seen || !isRecord(value)) throw damaged(path);
      await replaceFile(path, sealed(name === lockFile ? lockBody(value, path) : canonicalJson(value), name, at), staging);
    },
    signal,
  );

function lockBody({ lockfileVersion, generation, index, extensions }: Readonly<Record<string, unknown>>, path: string): string {
  if (lockfileVersion !== 1 || !Number.isSafeInteger(generation) || typeof index !== "string" || !isRecord(extensions)) throw damaged(path);
  return lockText(Number(generation), index, extensions);
}
