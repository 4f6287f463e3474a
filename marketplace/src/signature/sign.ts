import { createPublicKey, hash, sign, type KeyObject } from "node:crypto";
import { ClawError } from "@claw/kernel/host";
import { writeKeyBundle } from "./bundle.ts";
import { keyIdOf } from "./keys.ts";

/** Signs an artifact with a private key on P-256 or Ed25519: the text of its `….sigstore.json`. */
export function signArtifact(artifact: Uint8Array, key: KeyObject): string {
  const signature = signBytes(artifact, key);
  return writeKeyBundle(keyIdOf(createPublicKey(key)), messageSignature(artifact, signature));
}

export const messageSignature = (artifact: Uint8Array, signature: Buffer): { readonly messageSignature: unknown } => ({
  messageSignature: { messageDigest: { algorithm: "SHA2_256", digest: hash("sha256", artifact, "base64") }, signature: signature.toString("base64") },
});

export function signBytes(bytes: Uint8Array, key: KeyObject): Buffer {
  const isEdwards = key.asymmetricKeyType === "ed25519";
  if (key.type !== "private" || (!isEdwards && key.asymmetricKeyDetails?.namedCurve !== "prime256v1"))
    throw new ClawError("E_SIG_TYPE", "packages are signed with a private key on P-256 or Ed25519", {}, { fix: "openssl genpkey -algorithm ed25519" });
  return sign(isEdwards ? null : "sha256", bytes, key);
}
