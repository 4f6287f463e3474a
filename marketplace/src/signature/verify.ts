import { hash, timingSafeEqual } from "node:crypto";
import { ClawError } from "@claw/kernel/host";
import { checkStatement, preAuthEncoding } from "./attestation.ts";
import { type MessageContent, readBundle, type SignatureBundle } from "./bundle.ts";
import { isLegacyBundle, readLegacyBundle } from "./cosign.ts";
import { holds, publisherOfKey, signingKey } from "./keys.ts";
import type { PublisherPolicy, VerifiedSignature } from "./policy.ts";
import { parseSignature } from "./shape.ts";

export interface SignedArtifact {
  readonly artifact: Uint8Array;
  /** The bytes of `….sigstore.json`, or of a bundle that cosign wrote before it; absent when there is none. */
  readonly bundle: Uint8Array | undefined;
  readonly policy: PublisherPolicy;
  readonly now: Date;
  /** Of a private sigstore, as JSON, from somewhere signed; the public one's, which comes with claw, when absent or null. */
  readonly trustedRoot?: unknown;
  /** Whether a signature with a key must be in the transparency log too. A keyless one always is. */
  readonly tlog?: "required" | undefined;
  /** What an attestation must call the artifact, such as `acme/x@1.0.0`; any name when absent. */
  readonly subject?: string | undefined;
}

const digests: Readonly<Record<string, string>> = { SHA2_256: "sha256", SHA2_384: "sha384", SHA2_512: "sha512" };

/** Says who signed an artifact, or refuses. It runs before anything of the artifact is parsed. */
export async function verifyArtifact({ artifact, bundle, policy, now, trustedRoot, tlog, subject }: SignedArtifact): Promise<VerifiedSignature> {
  if (policy.length === 0) throw new ClawError("E_POLICY_EMPTY", "nobody is named who may sign this package", {});
  if (bundle === undefined || bundle.length === 0) throw new ClawError("E_SIG_MISSING", "the package is not signed", {});
  const json = parseSignature(bundle);
  const read = isLegacyBundle(json) ? readLegacyBundle(json, artifact) : readBundle(json);
  const signed = signedContent(read, artifact, subject);
  const { material } = read;
  if (material.type === "certificate") {
    if (!policy.some(({ kind }) => kind === "oidc")) throw new ClawError("E_SIG_MODE", "it is signed keyless, and its publisher signs with a key", {});
    const { verifyKeyless } = await import("./keyless.ts");
    return verifyKeyless({ bundle: read, certificate: material.der, artifact, signed, policy, trustedRoot });
  }
  const key = signingKey({ policy, now, hint: material.hint }, (one) => holds(read.signature, signed.bytes, one, signed.algorithm));
  const mode = read.content.type === "message" ? "key" : "attestation";
  if (tlog === undefined) return { publisher: publisherOfKey(key), mode };
  const { verifyLogged } = await import("./transparency.ts");
  return { publisher: publisherOfKey(key), mode, ...verifyLogged({ bundle: read, key, artifact, signed, trustedRoot }) };
}

/** The bytes that a signature is over. */
export interface SignedContent {
  readonly bytes: Uint8Array;
  readonly algorithm: string;
}

/** Checks that what a bundle says it is about is the artifact: the library compares neither digest nor subject. */
function signedContent({ content }: SignatureBundle, artifact: Uint8Array, subject: string | undefined): SignedContent {
  if (content.type === "message") return { bytes: artifact, algorithm: checkDigest(content, artifact) };
  checkStatement(content, artifact, subject);
  return { bytes: preAuthEncoding(content), algorithm: "sha256" };
}

function checkDigest({ digestAlgorithm, digest: claimed }: MessageContent, artifact: Uint8Array): string {
  const algorithm = Object.hasOwn(digests, digestAlgorithm) ? digests[digestAlgorithm] : undefined;
  if (algorithm === undefined)
    throw new ClawError(
      "E_SIG_TYPE",
      `the signature uses the digest ${JSON.stringify(digestAlgorithm)}, which is not one of ${Object.keys(digests).join(", ")}`,
      {},
    );
  const digest = hash(algorithm, artifact, "buffer");
  if (digest.length !== claimed.length || !timingSafeEqual(digest, claimed))
    throw new ClawError("E_SIG_DIGEST", "the signature is for other bytes than these", {});
  return algorithm;
}
