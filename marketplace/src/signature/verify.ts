import { hash, timingSafeEqual, verify, type KeyObject } from "node:crypto";
import { ClawError } from "@claw/kernel/host";
import { readKeyBundle, type KeyBundle } from "./bundle.ts";
import { keyIdOf, publicKeyOf, publisherOfKey } from "./keys.ts";
import type { PublisherPolicy, VerifiedSignature } from "./policy.ts";

export interface SignedArtifact {
  readonly artifact: Uint8Array;
  /** The bytes of `….sigstore.json`; absent when there is none. */
  readonly bundle: Uint8Array | undefined;
  readonly policy: PublisherPolicy;
  readonly now: Date;
}

const digests: Readonly<Record<string, string>> = { SHA2_256: "sha256", SHA2_384: "sha384", SHA2_512: "sha512" };

/** Says who signed an artifact, or refuses. It runs before anything of the artifact is parsed. */
export function verifyArtifact({ artifact, bundle, policy, now }: SignedArtifact): VerifiedSignature {
  if (policy.length === 0) throw new ClawError("E_POLICY_EMPTY", "nobody is named who may sign this package", {});
  if (bundle === undefined || bundle.length === 0) throw new ClawError("E_SIG_MISSING", "the package is not signed", {});
  const signed = readKeyBundle(bundle);
  const algorithm = Object.hasOwn(digests, signed.digestAlgorithm) ? digests[signed.digestAlgorithm] : undefined;
  if (algorithm === undefined)
    throw new ClawError(
      "E_SIG_TYPE",
      `the signature uses the digest ${JSON.stringify(signed.digestAlgorithm)}, which is not one of ${Object.keys(digests).join(", ")}`,
      {},
    );
  const digest = hash(algorithm, artifact, "buffer");
  if (digest.length !== signed.digest.length || !timingSafeEqual(digest, signed.digest))
    throw new ClawError("E_SIG_DIGEST", "the signature is for other bytes than these", {});
  const key = keyFor(signed.hint, policy, now);
  if (!holds(signed, artifact, key, algorithm)) throw new ClawError("E_SIG_INVALID", "the signature does not hold", {});
  return { publisher: publisherOfKey(key), mode: "key" };
}

function keyFor(hint: string, policy: PublisherPolicy, now: Date): KeyObject {
  for (const { pem, notAfter } of policy) {
    const key = publicKeyOf(pem);
    if (keyIdOf(key) !== hint) continue;
    if (notAfter === undefined || now.getTime() <= Date.parse(notAfter)) return key;
    throw new ClawError("E_SIG_UNKNOWN_KEY", `the key that signed it was good until ${notAfter}`, {});
  }
  throw new ClawError("E_SIG_UNKNOWN_KEY", `it was signed with the key ${JSON.stringify(hint)}, which is none of its publisher's`, {});
}

/** Ed25519 hashes the message itself. ECDSA signatures can be turned into others that hold as well, so they identify nothing. */
function holds({ signature }: KeyBundle, artifact: Uint8Array, key: KeyObject, algorithm: string): boolean {
  try {
    return verify(key.asymmetricKeyType === "ed25519" ? null : algorithm, artifact, key, signature);
  } catch {
    return false;
  }
}
