import { createPublicKey, sign, type KeyObject } from "node:crypto";
import { canonicalJson, ClawError, type MarketplaceIndex, type MarketplaceRoot, type Role } from "@claw/kernel/host";
import { holds, keyIdOf, publicKeyOf } from "../signature/keys.ts";
import type { PublisherPolicy } from "../signature/policy.ts";
import { verifyArtifact } from "../signature/verify.ts";

/** The documents that carry signatures of their own. */
export interface SignedDocuments {
  readonly root: MarketplaceRoot;
  readonly index: MarketplaceIndex;
}

export type DocumentKind = keyof SignedDocuments;
type DocumentSignature = MarketplaceRoot["signatures"][number];

/** Who signs a document: a private key, or whatever makes a Sigstore bundle v0.3 of bytes. */
export type DocumentSigner =
  | { readonly kind: "key"; readonly key: KeyObject }
  | { readonly kind: "keyless"; readonly sign: (bytes: Uint8Array) => Promise<string> };

/** A document of one kind before it is signed. */
export type Unsigned<K extends DocumentKind> = Omit<SignedDocuments[K], "signatures">;

/** Each bundle costs milliseconds, so nobody may hand in thousands. */
const mostSignatures = 64;

/** What a signature of a document is over: DSSE's PAE, whose payload type keeps one kind of document from passing for another. */
export function signedBytes(kind: DocumentKind, document: object): Buffer {
  const { signatures: _, ...rest } = document as { readonly signatures?: unknown };
  const type = `application/vnd.claw.${kind}.v1+json`;
  const body = Buffer.from(canonicalJson(rest));
  return Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${type} ${body.length} `), body]);
}

/** Signs a document. Signatures that it has are replaced. */
export async function signDocument<K extends DocumentKind>(kind: K, document: Unsigned<K>, signers: readonly DocumentSigner[]): Promise<SignedDocuments[K]> {
  const bytes = signedBytes(kind, document);
  const signatures = await Promise.all(signers.map((signer) => signatureOf(bytes, signer)));
  return { ...document, signatures } as unknown as SignedDocuments[K];
}

async function signatureOf(bytes: Uint8Array, signer: DocumentSigner): Promise<DocumentSignature> {
  if (signer.kind === "keyless") return { bundle: JSON.parse(await signer.sign(bytes)) as Readonly<Record<string, unknown>> };
  const { key } = signer;
  return { keyid: keyIdOf(createPublicKey(key)), sig: sign(digestFor(key), bytes, key).toString("base64") };
}

export interface Threshold {
  readonly now: Date;
  /** The trusted root of a private sigstore, as JSON; the public one when absent. */
  readonly trustedRoot?: unknown;
  /** What the document is called in messages. */
  readonly what: string;
}

/** Refuses a document that fewer of a role's keys and identities signed than the role asks for. Each of them counts once, however often it signed. */
export async function verifyThreshold<K extends DocumentKind>(
  kind: K,
  document: SignedDocuments[K],
  role: Role,
  { now, trustedRoot, what }: Threshold,
): Promise<void> {
  const { threshold, oidc = [] } = role;
  const keys = keysOf(role, what);
  if (keys.size + oidc.length === 0) throw new ClawError("E_POLICY_EMPTY", `nobody is named who may sign ${what}`, {});
  const { signatures } = document;
  if (signatures.length > mostSignatures) throw short(what, `it has ${signatures.length} signatures, and ${mostSignatures} are allowed`);
  const bytes = signedBytes(kind, document);
  const signed = new Set(signatures.flatMap(({ keyid, sig }) => (keyid !== undefined && isSigned(bytes, keys.get(keyid), sig) ? [keyid] : [])));
  const policy: PublisherPolicy = oidc.map((identity) => ({ kind: "oidc", ...identity }));
  for (const { bundle } of signatures) {
    if (signed.size >= threshold) return;
    if (bundle === undefined || policy.length === 0) continue;
    const publisher = await identityOf(bytes, bundle, policy, { now, trustedRoot });
    if (publisher !== undefined) signed.add(publisher);
  }
  if (signed.size < threshold) throw short(what, `it needs ${threshold} of its signers, and ${signed.size} signed it`);
}

const short = (what: string, why: string): ClawError =>
  new ClawError("E_SIG_THRESHOLD", `${what} is not signed as it has to be: ${why}`, { document: what }, { fix: "ask whoever runs the marketplace" });

/** The keys of a role. One that stands there under another id than its own could be counted twice. */
function keysOf({ keys }: Role, what: string): ReadonlyMap<string, KeyObject> {
  const known = new Map<string, KeyObject>();
  for (const [id, pem] of Object.entries(keys)) {
    const key = publicKeyOf(pem);
    if (keyIdOf(key) !== id) throw short(what, `its signers' key ${JSON.stringify(id)} has another id`);
    known.set(id, key);
  }
  return known;
}

const digests: Readonly<Record<string, string>> = { prime256v1: "sha256", secp384r1: "sha384", secp521r1: "sha512" };

/** The digest that belongs to a key; Ed25519 makes its own. */
function digestFor(key: KeyObject): string | null {
  if (key.asymmetricKeyType === "ed25519") return null;
  const curve = key.asymmetricKeyType === "ec" ? (key.asymmetricKeyDetails?.namedCurve ?? "") : "";
  const digest = Object.hasOwn(digests, curve) ? digests[curve] : undefined;
  if (digest !== undefined) return digest;
  throw new ClawError("E_SIG_TYPE", "documents are signed with a key on P-256, P-384, P-521 or Ed25519", {}, { fix: "openssl genpkey -algorithm ed25519" });
}

function isSigned(bytes: Uint8Array, key: KeyObject | undefined, sig: string | undefined): boolean {
  if (key === undefined || sig === undefined) return false;
  const signature = Buffer.from(sig, "base64");
  return signature.toString("base64") === sig && holds(signature, bytes, key, digestFor(key) ?? "");
}

/** Who signed a bundle; undefined for nobody of the role, as with a key that is not of the role: others may have signed as well. */
async function identityOf(
  artifact: Uint8Array,
  bundle: object,
  policy: PublisherPolicy,
  { now, trustedRoot }: { readonly now: Date; readonly trustedRoot: unknown },
): Promise<string | undefined> {
  try {
    const { publisher } = await verifyArtifact({
      artifact,
      bundle: Buffer.from(JSON.stringify(bundle)),
      policy,
      now,
      trustedRoot,
    });
    return publisher;
  } catch (error) {
    if (ClawError.is(error) && error.code.startsWith("E_SIG_")) return undefined;
    throw error;
  }
}
