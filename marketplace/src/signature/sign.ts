import { createPublicKey, hash, sign, type KeyObject } from "node:crypto";
import { ClawError } from "@claw/kernel/host";
import { writeKeyBundle } from "./bundle.ts";
import { keyIdOf } from "./keys.ts";

/** Signs an artifact with a private key on P-256 or Ed25519: the text of its `….sigstore.json`. */
export function signArtifact(artifact: Uint8Array, key: KeyObject): string {
  const isEdwards = key.asymmetricKeyType === "ed25519";
  if (!isEdwards && key.asymmetricKeyDetails?.namedCurve !== "prime256v1")
    throw new ClawError("E_SIG_TYPE", "packages are signed with a key on P-256 or Ed25519", {}, { fix: "openssl genpkey -algorithm ed25519" });
  return writeKeyBundle({
    hint: keyIdOf(createPublicKey(key)),
    digestAlgorithm: "SHA2_256",
    digest: hash("sha256", artifact, "buffer"),
    signature: sign(isEdwards ? null : "sha256", artifact, key),
  });
}
