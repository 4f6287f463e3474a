import { createPublicKey, hash, type KeyObject } from "node:crypto";
import { ClawError } from "@claw/kernel/host";

/** base64 of the SHA-256 of the key as SPKI: what a bundle calls its hint, and what cosign does too. */
export const keyIdOf = (key: KeyObject): string => hash("sha256", key.export({ type: "spki", format: "der" }), "base64");

/** How the lock and trust.json name a publisher who signs with a key. */
export const publisherOfKey = (key: KeyObject): string => `key:sha256-${keyIdOf(key)}`;

const curves: ReadonlySet<string | undefined> = new Set(["prime256v1", "secp384r1", "secp521r1"]);

/** A publisher's public key from its PEM. A private key or a certificate, which the library would take too, is refused. */
export function publicKeyOf(pem: string): KeyObject {
  const unusable = (cause?: unknown): ClawError =>
    new ClawError("E_SIG_TYPE", "a publisher's key is not a public key on P-256, P-384, P-521 or Ed25519", {}, { cause });
  if (!/^-----BEGIN PUBLIC KEY-----\n[A-Za-z0-9+/=\n]+\n-----END PUBLIC KEY-----\n?$/.test(pem)) throw unusable();
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch (cause) {
    throw unusable(cause);
  }
  if (key.asymmetricKeyType !== "ed25519" && !(key.asymmetricKeyType === "ec" && curves.has(key.asymmetricKeyDetails?.namedCurve))) throw unusable();
  return key;
}
