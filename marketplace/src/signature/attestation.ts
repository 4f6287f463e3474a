import { createPublicKey, hash, type KeyObject } from "node:crypto";
import { ClawError, parseStrict } from "@claw/kernel/host";
import { type AttestationContent, writeKeyBundle } from "./bundle.ts";
import { keyIdOf } from "./keys.ts";
import { malformed, quoted } from "./shape.ts";
import { signBytes } from "./sign.ts";

export const payloadType = "application/vnd.in-toto+json";
const statementType = "https://in-toto.io/Statement/v1";
const provenanceType = "https://slsa.dev/provenance/v1";

/** A statement of in-toto with SLSA provenance: what was built, from what, by whom. */
export interface Statement {
  readonly _type: typeof statementType;
  readonly subject: readonly { readonly name: string; readonly digest: Readonly<Record<string, string>> }[];
  readonly predicateType: typeof provenanceType;
  readonly predicate: Readonly<Record<string, unknown>>;
}

/** How a package was built. */
export interface BuildFacts {
  readonly name: string;
  readonly version: string;
  /** Of the archive, in hexadecimal. */
  readonly sha256: string;
  /** URI of what built it, such as a workflow with its ref. */
  readonly builder: string;
  /** URL of the repository. */
  readonly source: string;
  /** `refs/tags/v1.0.0` */
  readonly ref: string;
  readonly commit: string;
  /** URL of the run. */
  readonly invocation?: string;
}

export const subjectOf = (name: string, version: string): string => `${name}@${version}`;

export const slsaStatement = ({ name, version, sha256, builder, source, ref, commit, invocation }: BuildFacts): Statement => ({
  _type: statementType,
  subject: [{ name: subjectOf(name, version), digest: { sha256 } }],
  predicateType: provenanceType,
  predicate: {
    buildDefinition: {
      buildType: "urn:claw:ext-publish:1",
      externalParameters: { source, ref },
      resolvedDependencies: [{ uri: `git+${source}@${ref}`, digest: { gitCommit: commit } }],
    },
    runDetails: { builder: { id: builder }, ...(invocation === undefined ? {} : { metadata: { invocationId: invocation } }) },
  },
});

/** Signs a statement with a private key on P-256 or Ed25519: the text of a `….sigstore.json`. */
export function attestWithKey(statement: Statement, key: KeyObject): string {
  const payload = Buffer.from(JSON.stringify(statement));
  const sig = signBytes(preAuthEncoding({ payloadType, payload }), key).toString("base64");
  const hint = keyIdOf(createPublicKey(key));
  return writeKeyBundle(hint, { dsseEnvelope: { payload: payload.toString("base64"), payloadType, signatures: [{ sig, keyid: hint }] } });
}

/** What a DSSE signature is over: the payload and its type, so that neither can be taken for another. */
export const preAuthEncoding = ({ payloadType: type, payload }: Omit<AttestationContent, "type">): Buffer =>
  Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `), payload]);

/** Checks that an attestation is provenance of this artifact. Whether its signature holds is for the caller to say. */
export function checkStatement(content: AttestationContent, artifact: Uint8Array, name: string | undefined): void {
  if (content.payloadType !== payloadType) throw otherType(content.payloadType, payloadType);
  const statement = recordOf(parse(content.payload), "the statement");
  if (statement["_type"] !== statementType) throw otherType(statement["_type"], statementType);
  if (statement["predicateType"] !== provenanceType) throw otherType(statement["predicateType"], provenanceType);
  recordOf(statement["predicate"], "the statement's predicate");
  const subjects = statement["subject"];
  if (!Array.isArray(subjects)) throw malformed("the statement has no subject");
  const digest = hash("sha256", artifact, "hex");
  const isThis = (subject: unknown): boolean => {
    const { name: own, digest: digests } = recordOf(subject, "a subject") as { readonly name?: unknown; readonly digest?: unknown };
    return recordOf(digests, "a subject's digest")["sha256"] === digest && (name === undefined || own === name);
  };
  if (!subjects.some(isThis))
    throw new ClawError("E_SIG_SUBJECT", `the attestation is for another artifact than this${name === undefined ? "" : `, ${name}`}`, {});
}

function parse(payload: Buffer): unknown {
  try {
    return parseStrict(payload, { name: "the statement", numbers: "any" });
  } catch (cause) {
    throw malformed(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function recordOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw malformed(`${what} must be an object`);
  return value as Readonly<Record<string, unknown>>;
}

const otherType = (found: unknown, wanted: string): ClawError =>
  new ClawError("E_SIG_TYPE", `the attestation is of type ${quoted(typeof found === "string" ? found : typeof found)}, and ${wanted} is asked for`, {});
