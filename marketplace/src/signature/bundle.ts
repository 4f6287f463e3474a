import { ClawError } from "@claw/kernel/host";
import { type LogEntry, readLogEntry } from "./log-entry.ts";
import { base64, type Fields, fields, list, malformed, text } from "./shape.ts";

/** A signature over an artifact, or over a statement about it, as it stands in a file beside the artifact. Nothing of it is proved. */
export interface SignatureBundle {
  readonly content: MessageContent | AttestationContent;
  readonly signature: Buffer;
  readonly material: KeyMaterial | CertificateMaterial;
  readonly log: readonly LogEntry[];
  /** What it was read from, in the form that the library takes. */
  readonly json: unknown;
}

/** A signature over the artifact itself. */
export interface MessageContent {
  readonly type: "message";
  readonly digestAlgorithm: string;
  readonly digest: Buffer;
}

/** A DSSE envelope. */
export interface AttestationContent {
  readonly type: "attestation";
  readonly payloadType: string;
  readonly payload: Buffer;
}

interface KeyMaterial {
  readonly type: "key";
  /** The key's id, as the bundle claims; formats of the past have none. */
  readonly hint: string | undefined;
}

interface CertificateMaterial {
  readonly type: "certificate";
  readonly der: Buffer;
}

export const mediaType = "application/vnd.dev.sigstore.bundle.v0.3+json";

/**
 * Reads a Sigstore bundle v0.3 without any library: exactly one content and one key material, no unknown field. Which key it was
 * signed with is only a hint; a key inside it is an attempt to be believed and refused.
 */
export function readBundle(json: unknown): SignatureBundle {
  const bundle = fields(json, ["mediaType", "verificationMaterial"], ["messageSignature", "dsseEnvelope"], "the bundle");
  if (bundle["mediaType"] !== mediaType)
    throw new ClawError("E_SIG_TYPE", "the signature is not a Sigstore bundle v0.3", {}, { fix: "sign again with claw ext sign" });
  const { material, hint, log } = materialOf(bundle["verificationMaterial"]);
  const { messageSignature: message, dsseEnvelope: envelope } = bundle as { readonly messageSignature?: unknown; readonly dsseEnvelope?: unknown };
  if ((message === undefined) === (envelope === undefined)) throw malformed("the bundle must have one of messageSignature and dsseEnvelope");
  return { ...(message === undefined ? envelopeOf(envelope, hint) : messageOf(message)), material, log, json };
}

type Content = Pick<SignatureBundle, "content" | "signature">;

function messageOf(value: unknown): Content {
  const message = fields(value, ["messageDigest", "signature"], [], "messageSignature");
  const digest = fields(message["messageDigest"], ["algorithm", "digest"], [], "messageDigest");
  return {
    content: { type: "message", digestAlgorithm: text(digest["algorithm"], "algorithm"), digest: base64(digest["digest"], "digest") },
    signature: base64(message["signature"], "signature"),
  };
}

function envelopeOf(value: unknown, hint: string | undefined): Content {
  const envelope = fields(value, ["payload", "payloadType", "signatures"], [], "dsseEnvelope");
  const [only, ...others] = list(envelope["signatures"], "signatures");
  if (others.length > 0) throw malformed("dsseEnvelope must have one signature");
  const signature = fields(only, ["sig"], ["keyid"], "the signature of dsseEnvelope");
  const keyid = signature["keyid"] ?? "";
  if (keyid !== "" && keyid !== hint) throw malformed("the signature of dsseEnvelope names another key than the bundle");
  return {
    content: { type: "attestation", payloadType: text(envelope["payloadType"], "payloadType"), payload: base64(envelope["payload"], "payload") },
    signature: base64(signature["sig"], "sig"),
  };
}

const kinds = ["publicKey", "certificate", "x509CertificateChain"];

function materialOf(value: unknown): Pick<SignatureBundle, "material" | "log"> & { readonly hint?: string } {
  const fieldsOfMaterial = fields(value, [], [...kinds, "tlogEntries", "timestampVerificationData"], "verificationMaterial");
  const [kind, ...others] = kinds.filter((name) => fieldsOfMaterial[name] !== undefined);
  if (kind === undefined || others.length > 0) throw malformed("the bundle must have exactly one kind of key material");
  const log = list(fieldsOfMaterial["tlogEntries"] ?? [], "tlogEntries").map(readLogEntry);
  checkTimestamps(fieldsOfMaterial["timestampVerificationData"]);
  if (kind === "publicKey") {
    const hint = text(fields(fieldsOfMaterial[kind], ["hint"], [], kind)["hint"], "hint");
    return { material: { type: "key", hint }, hint, log };
  }
  if (kind === "x509CertificateChain") throw malformed("a bundle v0.3 has one certificate and no chain");
  const certificate: Fields = fields(fieldsOfMaterial[kind], ["rawBytes"], [], kind);
  return { material: { type: "certificate", der: base64(certificate["rawBytes"], "rawBytes") }, log };
}

function checkTimestamps(value: unknown): void {
  if (value === undefined) return;
  const timestamps = fields(value, [], ["rfc3161Timestamps"], "timestampVerificationData")["rfc3161Timestamps"];
  for (const timestamp of list(timestamps ?? [], "rfc3161Timestamps"))
    base64(fields(timestamp, ["signedTimestamp"], [], "a timestamp")["signedTimestamp"], "signedTimestamp");
}

/** The text of a bundle that is signed with a key. */
export const writeKeyBundle = (hint: string, content: { readonly messageSignature: unknown } | { readonly dsseEnvelope: unknown }): string =>
  `${JSON.stringify({ mediaType, verificationMaterial: { publicKey: { hint }, tlogEntries: [] }, ...content })}\n`;
