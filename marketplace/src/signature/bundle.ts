import { ClawError, parseStrict } from "@claw/kernel/host";

/** A Sigstore bundle v0.3 over an archive, signed with a key that it does not contain. */
export interface KeyBundle {
  readonly hint: string;
  readonly digestAlgorithm: string;
  readonly digest: Buffer;
  readonly signature: Buffer;
}

export const mediaType = "application/vnd.dev.sigstore.bundle.v0.3+json";
const maxBytes = 256 * 1024;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads the shape of a bundle, without any library: exactly one content and one key material, no unknown field. Which key it was
 * signed with is only a hint; a key inside it is an attempt to be believed and refused.
 */
export function readKeyBundle(bytes: Uint8Array): KeyBundle {
  if (bytes.length > maxBytes) throw new ClawError("E_SIG_TOO_LARGE", `the signature has ${bytes.length} bytes, and ${maxBytes} are allowed`, {});
  const bundle = fields(parse(bytes), ["mediaType", "verificationMaterial"], ["messageSignature", "dsseEnvelope"], "the bundle");
  if (bundle["mediaType"] !== mediaType)
    throw new ClawError("E_SIG_TYPE", "the signature is not a Sigstore bundle v0.3", {}, { fix: "sign again with claw ext sign" });
  const material = materialOf(bundle["verificationMaterial"]);
  if ((bundle["messageSignature"] === undefined) === (bundle["dsseEnvelope"] === undefined))
    throw malformed("the bundle must have one of messageSignature and dsseEnvelope");
  if (bundle["dsseEnvelope"] !== undefined) throw new ClawError("E_SIG_MODE", "the signature is an attestation, and the publisher signs with a key", {});
  const message = fields(bundle["messageSignature"], ["messageDigest", "signature"], [], "messageSignature");
  const digest = fields(message["messageDigest"], ["algorithm", "digest"], [], "messageDigest");
  return {
    hint: string(fields(material, ["hint"], [], "publicKey")["hint"], "hint"),
    digestAlgorithm: string(digest["algorithm"], "algorithm"),
    digest: base64(digest["digest"], "digest"),
    signature: base64(message["signature"], "signature"),
  };
}

/** The text of a bundle. */
export const writeKeyBundle = ({ hint, digestAlgorithm, digest, signature }: KeyBundle): string =>
  `${JSON.stringify({
    mediaType,
    verificationMaterial: { publicKey: { hint }, tlogEntries: [] },
    messageSignature: { messageDigest: { algorithm: digestAlgorithm, digest: digest.toString("base64") }, signature: signature.toString("base64") },
  })}\n`;

function materialOf(value: unknown): unknown {
  const material = fields(value, [], ["publicKey", "certificate", "x509CertificateChain", "tlogEntries", "timestampVerificationData"], "verificationMaterial");
  const {
    publicKey,
    certificate,
    x509CertificateChain: chain,
  } = material as { readonly publicKey?: unknown; readonly certificate?: unknown; readonly x509CertificateChain?: unknown };
  if ([publicKey, certificate, chain].filter((one) => one !== undefined).length !== 1) throw malformed("the bundle must have exactly one kind of key material");
  if (publicKey === undefined) throw new ClawError("E_SIG_MODE", "the signature is keyless, and the publisher signs with a key", {});
  // What the transparency log says is not asked for where a key is pinned, so only its form matters here.
  if (!Array.isArray(material["tlogEntries"] ?? [])) throw malformed("tlogEntries must be a list");
  return publicKey;
}

function parse(bytes: Uint8Array): unknown {
  try {
    return parseStrict(bytes, { name: "the signature", maxBytes });
  } catch (cause) {
    throw new ClawError("E_SIG_BUNDLE", `the signature cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, {}, { cause });
  }
}

/** Names under which formats of the past carried a key or a certificate inside the signature. */
const embedded: ReadonlySet<string> = new Set(["rawBytes", "keyDetails", "pem", "key", "cert"]);

function fields(value: unknown, required: readonly string[], optional: readonly string[], what: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw malformed(`${what} must be an object`);
  const unknown = Object.keys(value).filter((name) => !required.includes(name) && !optional.includes(name));
  const key = unknown.find((name) => embedded.has(name));
  if (key !== undefined) throw new ClawError("E_SIG_EMBEDDED_KEY", `${what} brings its own ${key}; a key never comes from the signature`, {});
  if (unknown.length > 0) throw malformed(`${what} has an unknown field ${JSON.stringify(unknown[0])}`);
  for (const name of required) if (!Object.hasOwn(value, name)) throw malformed(`${what} has no ${name}`);
  return value as Fields;
}

function string(value: unknown, what: string): string {
  if (typeof value !== "string" || value === "") throw malformed(`${what} must be text`);
  return value;
}

function base64(value: unknown, what: string): Buffer {
  const text = string(value, what);
  const bytes = Buffer.from(text, "base64");
  if (bytes.toString("base64") !== text) throw malformed(`${what} is not base64`);
  return bytes;
}

const malformed = (why: string): ClawError => new ClawError("E_SIG_BUNDLE", `the signature is malformed: ${why}`, {});
