import { ClawError } from "@claw/kernel/host";
import type { OidcPublisher, PublisherPolicy } from "./policy.ts";
import { quoted } from "./shape.ts";

/** Who a certificate names. */
export interface CertificateIdentity {
  readonly issuer: string;
  /** A workflow with its ref, or a person's address. */
  readonly name: string;
  readonly repositoryId: string | undefined;
  readonly ownerId: string | undefined;
}

/** An extension of a certificate: what stands in its OCTET STRING. */
export interface CertificateExtension {
  readonly oid: string;
  readonly value: Uint8Array;
}

const oids = {
  subjectAltName: "2.5.29.17",
  // Fulcio's, whose values are DER UTF8Strings: https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md
  issuer: "1.3.6.1.4.1.57264.1.8",
  repositoryId: "1.3.6.1.4.1.57264.1.15",
  ownerId: "1.3.6.1.4.1.57264.1.17",
} as const;
const tags = { utf8String: 0x0c, sequence: 0x30, emailName: 0x81, uriName: 0x86 } as const;

const refused = (why: string, cause?: unknown): ClawError => new ClawError("E_SIG_IDENTITY", `its certificate ${why}`, {}, { cause });

/**
 * Reads whom a certificate names, once its chain is verified. The library's own reading takes the first of several names and drops
 * the high bit of every byte, which makes other names of some.
 */
export function certificateIdentity(extensions: readonly CertificateExtension[]): CertificateIdentity {
  const only = (oid: string, what: string): Uint8Array | undefined => {
    const [first, ...others] = extensions.filter((extension) => extension.oid === oid);
    if (others.length > 0) throw refused(`states ${what} twice`);
    return first?.value;
  };
  const utf8 = (oid: string, what: string): string | undefined => {
    const value = only(oid, what);
    return value === undefined ? undefined : textOf(contentOf(value, [tags.utf8String], what), what);
  };
  const issuer = utf8(oids.issuer, "its issuer");
  const names = only(oids.subjectAltName, "its name");
  if (issuer === undefined || names === undefined) throw refused("names nobody");
  const name = contentOf(contentOf(names, [tags.sequence], "its name"), [tags.uriName, tags.emailName], "its name");
  if (name.some((byte) => byte < 0x21 || byte > 0x7e)) throw refused("has a name that is not ASCII");
  return { issuer, name: textOf(name, "its name"), repositoryId: utf8(oids.repositoryId, "its repository"), ownerId: utf8(oids.ownerId, "its owner") };
}

/** The content of the one DER value with one of these tags that fills all of the bytes. */
function contentOf(bytes: Uint8Array, allowed: readonly number[], what: string): Uint8Array {
  const [tag = -1, first = 0] = bytes;
  // Lengths up to 127 stand for themselves; longer ones follow in one or two bytes.
  const lengthBytes = first < 0x80 ? 0 : first - 0x80;
  const length = lengthBytes === 0 ? first : bytes.subarray(2, 2 + lengthBytes).reduce((sum, byte) => sum * 256 + byte, 0);
  const start = 2 + lengthBytes;
  if (!allowed.includes(tag) || lengthBytes > 2 || start + length !== bytes.length) throw refused(`states ${what} in a form that is not Fulcio's`);
  return bytes.subarray(start);
}

function textOf(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw refused(`states ${what} in something that is not UTF-8`, cause);
  }
}

/** The publisher whom a certificate names, compared exactly: no pattern but the `*` that ends a ref. */
export function publisherNamed(identity: CertificateIdentity, policy: PublisherPolicy): OidcPublisher {
  const publisher = policy.find((one): one is OidcPublisher => one.kind === "oidc" && isNamed(identity, one));
  if (publisher !== undefined) return publisher;
  const { name, issuer, repositoryId, ownerId } = identity;
  const numbers = repositoryId === undefined ? "" : ` (repository ${quoted(repositoryId)}, owner ${quoted(ownerId ?? "")})`;
  throw new ClawError("E_SIG_IDENTITY", `it was signed by ${quoted(name)}${numbers}, vouched for by ${quoted(issuer)}, who is none of its publishers`, {});
}

/** How the lock and trust.json name a keyless publisher: without the ref, the same for every version. */
export const publisherOfIdentity = ({ issuer, workflow, san }: OidcPublisher): string => `oidc:${issuer}#${workflow ?? san ?? ""}`;

function isNamed(identity: CertificateIdentity, { issuer, workflow, refs, san, repositoryId, ownerId }: OidcPublisher): boolean {
  if (identity.issuer !== issuer || (workflow === undefined && san === undefined)) return false;
  if (workflow !== undefined && !isBuiltFrom(identity.name, workflow, refs)) return false;
  if (san !== undefined && identity.name !== san) return false;
  return (repositoryId === undefined || identity.repositoryId === repositoryId) && (ownerId === undefined || identity.ownerId === ownerId);
}

function isBuiltFrom(name: string, workflow: string, refs: readonly string[] | undefined): boolean {
  // What follows the workflow and its "@" is the ref, whatever it contains; everything before it is compared.
  const ref = name.slice(workflow.length + 1);
  if (name !== `${workflow}@${ref}` || !ref.startsWith("refs/")) return false;
  return refs === undefined || refs.some((one) => (one.endsWith("*") ? ref.startsWith(one.slice(0, -1)) : ref === one));
}
