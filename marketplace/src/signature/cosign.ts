import { hash, type KeyObject } from "node:crypto";
import { ClawError, parseStrict } from "@claw/kernel/host";
import { type SignatureBundle, writeKeyBundle } from "./bundle.ts";
import { holds, keyIdOf, publisherOfKey, signingKey } from "./keys.ts";
import type { LogEntry } from "./log-entry.ts";
import type { PublisherPolicy, VerifiedSignature } from "./policy.ts";
import { base64, checkSize, fields, malformed, text } from "./shape.ts";
import { messageSignature } from "./sign.ts";

export interface RawlySigned {
  readonly artifact: Uint8Array;
  /** The bytes of a `.sig`; absent when there is none. */
  readonly signature: Uint8Array | undefined;
  readonly policy: PublisherPolicy;
  readonly now: Date;
}

/** Says who made the `.sig` beside an artifact, as `cosign sign-blob` and `openssl dgst -sha256 -sign` make it, or refuses. */
export function verifyRaw({ artifact, signature, policy, now }: RawlySigned): VerifiedSignature {
  if (policy.length === 0) throw new ClawError("E_POLICY_EMPTY", "nobody is named who may sign this package", {});
  if (signature === undefined || signature.length === 0) throw new ClawError("E_SIG_MISSING", "the package is not signed", {});
  const raw = rawSignature(signature);
  const key = signingKey({ policy, now, hint: undefined }, (one) => holds(raw, artifact, one, "sha256"));
  return { publisher: publisherOfKey(key), mode: "key" };
}

/** Makes a bundle v0.3 of a `.sig`, if it holds. */
export function wrapRaw(artifact: Uint8Array, signature: Uint8Array, key: KeyObject): string {
  const raw = rawSignature(signature);
  if (!holds(raw, artifact, key, "sha256")) throw new ClawError("E_SIG_INVALID", "the signature does not hold for this file and this key", {});
  return writeKeyBundle(keyIdOf(key), messageSignature(artifact, raw));
}

/** ECDSA in DER and nothing else on a curve: `verify` takes no pair of bare numbers for it. */
function rawSignature(bytes: Uint8Array): Buffer {
  checkSize(bytes);
  const spelling = Buffer.from(bytes).toString("latin1");
  return base64(spelling.endsWith("\n") ? spelling.slice(0, -1) : spelling, "the signature");
}

export const isLegacyBundle = (json: unknown): json is object => typeof json === "object" && json !== null && Object.hasOwn(json, "base64Signature");

/** Reads what `cosign sign-blob --bundle` wrote before version 3, of a key. */
export function readLegacyBundle(json: unknown, artifact: Uint8Array): SignatureBundle {
  const legacy = fields(json, ["base64Signature"], ["cert", "rekorBundle"], "the bundle");
  refuseEmbedded(legacy["cert"]);
  const signature = base64(legacy["base64Signature"], "base64Signature");
  const digest = hash("sha256", artifact, "buffer");
  const entries = legacy["rekorBundle"] === undefined || legacy["rekorBundle"] === null ? [] : [logEntryOf(legacy["rekorBundle"])];
  return {
    content: { type: "message", digestAlgorithm: "SHA2_256", digest },
    signature,
    material: { type: "key", hint: undefined },
    log: entries.map(({ entry }) => entry),
    json: {
      mediaType: "application/vnd.dev.sigstore.bundle+json;version=0.1",
      verificationMaterial: { publicKey: { hint: "" }, tlogEntries: entries.map((one) => one.json) },
      ...messageSignature(artifact, signature),
    },
  };
}

/** A bare public key here took precedence over the one that the person named, in cosign itself: GHSA-fx35-mq7g-6g98. */
function refuseEmbedded(certificate: unknown): void {
  if (certificate === undefined || certificate === null || certificate === "") return;
  const spelling = text(certificate, "cert");
  if (![spelling, Buffer.from(spelling, "base64").toString("latin1")].some((pem) => pem.startsWith("-----BEGIN CERTIFICATE-----")))
    throw new ClawError("E_SIG_EMBEDDED_KEY", "the signature brings its own key; a key never comes from the signature", {});
  throw new ClawError("E_SIG_LEGACY", "the signature is keyless in a format before v0.3", {}, { fix: "sign again as v0.3, with claw ext sign or cosign 3" });
}

function logEntryOf(value: unknown): { readonly entry: LogEntry; readonly json: unknown } {
  const rekor = fields(value, ["SignedEntryTimestamp", "Payload"], [], "rekorBundle");
  const payload = fields(rekor["Payload"], ["body", "integratedTime", "logIndex", "logID"], [], "Payload");
  const body = base64(payload["body"], "body");
  const [logIndex, integratedTime] = [String(count(payload["logIndex"], "logIndex")), String(count(payload["integratedTime"], "integratedTime"))];
  const logId = text(payload["logID"], "logID");
  if (!/^[0-9a-f]{64}$/.test(logId)) throw malformed("logID is no SHA-256");
  base64(rekor["SignedEntryTimestamp"], "SignedEntryTimestamp");
  return {
    entry: { logIndex, integratedTime, isPromised: true, proof: undefined, body },
    json: {
      logIndex,
      integratedTime,
      logId: { keyId: Buffer.from(logId, "hex").toString("base64") },
      kindVersion: kindOf(body),
      inclusionPromise: { signedEntryTimestamp: rekor["SignedEntryTimestamp"] },
      canonicalizedBody: payload["body"],
    },
  };
}

function count(value: unknown, what: string): number {
  if (!Number.isSafeInteger(value) || Number(value) < 0) throw malformed(`${what} is no number`);
  return Number(value);
}

function kindOf(body: Buffer): { readonly kind: unknown; readonly version: unknown } {
  let entry: unknown;
  try {
    entry = parseStrict(body, { name: "the body", numbers: "any" });
  } catch (cause) {
    throw malformed(cause instanceof Error ? cause.message : String(cause), cause);
  }
  const { kind, apiVersion } = fields(entry, ["kind", "apiVersion"], ["spec"], "the body") as { readonly kind?: unknown; readonly apiVersion?: unknown };
  return { kind: text(kind, "kind"), version: text(apiVersion, "apiVersion") };
}
