import type { KeyObject } from "node:crypto";
import { bundleFromJSON } from "@sigstore/bundle";
import { TrustedRoot } from "@sigstore/protobuf-specs";
import { type KeyFinderFunc, type Signer, toSignedEntity, toTrustMaterial, Verifier, type VerifierOptions } from "@sigstore/verify";
import { ClawError } from "@claw/kernel/host";
import type { SignatureBundle } from "./bundle.ts";
import { holds } from "./keys.ts";
import { checkLogEntry, loggedAs } from "./log-entry.ts";
import { quoted } from "./shape.ts";
import { publicTrustedRoot } from "./trusted-root.ts";
import type { SignedContent } from "./verify.ts";

export interface Witnessed {
  readonly bundle: SignatureBundle;
  readonly artifact: Uint8Array;
  readonly signed: SignedContent;
  /** The public one when absent or null. */
  readonly trustedRoot: unknown;
}

/** Checks that a signature with a key is in the transparency log, under that key. */
export function verifyLogged({ key, ...witnessed }: Witnessed & { readonly key: KeyObject }): ReturnType<typeof loggedAs> {
  if (witnessed.bundle.log.length === 0)
    throw new ClawError("E_SIG_INVALID", "the signature is not in the transparency log, where its publisher's must be", {});
  const thresholds = { tlogThreshold: 1, ctlogThreshold: 0, timestampThreshold: 0 };
  verifyWitnesses(witnessed, thresholds, () => ({ publicKey: key, validFor: () => true }));
  return checkLog(witnessed.bundle, key.export({ type: "spki", format: "der" }));
}

export function checkLog(bundle: SignatureBundle, signer: Uint8Array): ReturnType<typeof loggedAs> {
  for (const entry of bundle.log) checkLogEntry(entry, signer);
  return loggedAs(bundle);
}

/**
 * Asks the library whether chain, log and time of a signature hold. It is asked about no identity, because it compares one as a
 * regular expression without ends, and whatever it throws is one refusal.
 */
export function verifyWitnesses({ bundle, artifact, signed, trustedRoot }: Witnessed, thresholds: VerifierOptions, keys?: KeyFinderFunc): Signer {
  const material = trustMaterialOf(trustedRoot ?? publicTrustedRoot, keys);
  try {
    const entity = toSignedEntity(bundleFromJSON(bundle.json), Buffer.from(artifact));
    const { signature: content } = entity;
    const signature = {
      signature: content.signature,
      compareSignature: (other: Buffer) => content.compareSignature(other),
      compareDigest: (digest: Buffer) => content.compareDigest(digest),
      compareSignedDigest: (digest: Buffer) => content.compareSignedDigest(digest),
      // The library's own never accepts Ed25519 over a message.
      verifySignature: (key: KeyObject) => holds(bundle.signature, signed.bytes, key, signed.algorithm),
    };
    return new Verifier(material, thresholds).verify({ ...entity, signature });
  } catch (cause) {
    throw new ClawError("E_SIG_INVALID", `the signature does not hold: ${quoted(cause instanceof Error ? cause.message : String(cause))}`, {}, { cause });
  }
}

function trustMaterialOf(trustedRoot: unknown, keys: KeyFinderFunc | undefined): ReturnType<typeof toTrustMaterial> {
  try {
    return toTrustMaterial(TrustedRoot.fromJSON(trustedRoot), keys);
  } catch (cause) {
    throw new ClawError("E_SIG_TYPE", "the trusted root that the signature is verified with cannot be read", {}, { cause });
  }
}
