import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { publisherOfKey } from "@claw/marketplace";
import { layout } from "./layout.ts";

export interface PublisherKey {
  readonly privateKey: KeyObject;
  readonly pem: string;
  readonly publisher: string;
}

/** The key that this checkout's packages are signed with. It is made once, stays on this machine, and is never committed. */
export function publisherKey(): PublisherKey {
  const path = join(layout.memory, "publisher.pem");
  const privateKey = createPrivateKey(readOrMake(path));
  const publicKey = createPublicKey(privateKey);
  return { privateKey, pem: publicKey.export({ type: "spki", format: "pem" }).toString(), publisher: publisherOfKey(publicKey) };
}

function readOrMake(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const pem = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  mkdirSync(layout.memory, { recursive: true, mode: 0o700 });
  writeFileSync(path, pem, { mode: 0o600, flag: "wx" });
  return pem;
}
