import { createPublicKey, hash, verify, type KeyObject } from "node:crypto";
import { ClawError } from "@claw/kernel/host";
import type { KeyPublisher, PublisherPolicy } from "./policy.ts";
import { quoted } from "./shape.ts";

/** base64 of the SHA-256 of the key as SPKI: what a bundle calls its hint, and what cosign does too. */
export const keyIdOf = (key: KeyObject): string => hash("sha256", key.export({ type: "spki", format: "der" }), "base64");

/** How the lock and trust.json name a publisher who signs with a key. */
export const publisherOfKey = (key: KeyObject): string => `key:sha256-${keyIdOf(key)}`;

const curves: ReadonlySet<string | undefined> = new Set(["prime256v1", "secp384r1", "secp521r1"]);
const minRsaBits = 2048;

/** A publisher's public key from its PEM. A private key or a certificate, which the library would take too, is refused. */
export function publicKeyOf(pem: string): KeyObject {
  const unusable = (cause?: unknown): ClawError =>
    new ClawError("E_SIG_TYPE", `a publisher's key is not a public key on P-256, P-384, P-521 or Ed25519, or of RSA with ${minRsaBits} bits`, {}, { cause });
  if (!/^-----BEGIN PUBLIC KEY-----\n[A-Za-z0-9+/=\n]+\n-----END PUBLIC KEY-----\n?$/.test(pem)) throw unusable();
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch (cause) {
    throw unusable(cause);
  }
  if (!isUsable(key)) throw unusable();
  return key;
}

function isUsable({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject): boolean {
  if (type === "rsa") return (details?.modulusLength ?? 0) >= minRsaBits;
  return type === "ed25519" || (type === "ec" && curves.has(details?.namedCurve));
}

/** Ed25519 hashes the message itself. ECDSA signatures can be turned into others that hold as well, so they identify nothing. */
export function holds(signature: Uint8Array, signed: Uint8Array, key: KeyObject, algorithm: string): boolean {
  try {
    return verify(key.asymmetricKeyType === "ed25519" ? null : algorithm, signed, key, signature);
  } catch {
    return false;
  }
}

export interface KeyChoice {
  readonly policy: PublisherPolicy;
  readonly now: Date;
  /** The id of the key, where the signature claims one. */
  readonly hint: string | undefined;
}

/** The publisher's key that a signature holds for. */
export function signingKey({ policy, now, hint }: KeyChoice, isSignedBy: (key: KeyObject) => boolean): KeyObject {
  const publishers = policy.filter((publisher): publisher is KeyPublisher => publisher.kind === "key");
  if (publishers.length === 0) throw new ClawError("E_SIG_MODE", "it is signed with a key, and its publisher signs keyless", {});
  const known = publishers.map(({ pem, notAfter }) => ({ key: publicKeyOf(pem), notAfter })).filter(({ key }) => hint === undefined || keyIdOf(key) === hint);
  if (known.length === 0) throw new ClawError("E_SIG_UNKNOWN_KEY", `it was signed with the key ${quoted(hint ?? "")}, which is none of its publisher's`, {});
  const signers = known.filter(({ key }) => isSignedBy(key));
  if (signers.length === 0) throw new ClawError("E_SIG_INVALID", "the signature does not hold", {});
  const current = signers.find(({ notAfter }) => notAfter === undefined || now.getTime() <= Date.parse(notAfter));
  if (current === undefined) throw new ClawError("E_SIG_UNKNOWN_KEY", `the key that signed it was good until ${signers[0]?.notAfter ?? ""}`, {});
  return current.key;
}
