import { ClawError, parseStrict } from "@claw/kernel/host";
import { base64, fields, integer, list, malformed, text } from "./shape.ts";

/** What a transparency log says: that it took in a signature. */
export interface LogEntry {
  readonly logIndex: string;
  /** Seconds since 1970; "0" where the log promises no time. */
  readonly integratedTime: string;
  /** Whether the log signed its index and time. */
  readonly isPromised: boolean;
  readonly proof: InclusionProof | undefined;
  readonly body: Buffer;
}

interface InclusionProof {
  readonly logIndex: string;
  readonly treeSize: string;
  readonly rootHash: Buffer;
  readonly checkpoint: string;
}

export function readLogEntry(value: unknown): LogEntry {
  const required = ["logId", "kindVersion", "canonicalizedBody", "inclusionProof"];
  const entry = fields(value, required, ["logIndex", "integratedTime", "inclusionPromise"], "a log entry");
  base64(fields(entry["logId"], ["keyId"], [], "logId")["keyId"], "keyId");
  const kind = fields(entry["kindVersion"], ["kind", "version"], [], "kindVersion");
  text(kind["kind"], "kind");
  text(kind["version"], "version");
  const promise = entry["inclusionPromise"];
  if (promise !== undefined) base64(fields(promise, ["signedEntryTimestamp"], [], "inclusionPromise")["signedEntryTimestamp"], "signedEntryTimestamp");
  return {
    logIndex: integer(entry["logIndex"], "logIndex"),
    integratedTime: integer(entry["integratedTime"], "integratedTime"),
    isPromised: promise !== undefined,
    proof: proofOf(entry["inclusionProof"]),
    body: base64(entry["canonicalizedBody"], "canonicalizedBody"),
  };
}

function proofOf(value: unknown): InclusionProof {
  const proof = fields(value, ["rootHash", "checkpoint"], ["logIndex", "treeSize", "hashes"], "inclusionProof");
  for (const hash of list(proof["hashes"] ?? [], "hashes")) base64(hash, "a hash");
  return {
    logIndex: integer(proof["logIndex"], "logIndex"),
    treeSize: integer(proof["treeSize"], "treeSize"),
    rootHash: base64(proof["rootHash"], "rootHash"),
    checkpoint: text(fields(proof["checkpoint"], ["envelope"], [], "checkpoint")["envelope"], "envelope"),
  };
}

const refused = (why: string, cause?: unknown): ClawError => new ClawError("E_SIG_INVALID", `its entry in the transparency log ${why}`, {}, { cause });

/**
 * What the library leaves open of an entry that it verified. An ECDSA signature holds for a second key that anybody can compute from
 * it: were the signer in the entry not compared, a signature could be logged where nobody who watches the key would see it.
 *
 * @param signer the certificate, or the key as SPKI, in DER
 */
export function checkLogEntry(entry: LogEntry, signer: Uint8Array): void {
  if (entry.proof !== undefined) checkProof(entry, entry.proof);
  if (!signerIn(entry.body).equals(signer)) throw refused("is of another signer");
}

function checkProof({ logIndex, integratedTime, isPromised }: LogEntry, proof: InclusionProof): void {
  const [note = "", signatures = ""] = proof.checkpoint.split("\n\n", 2);
  const [, treeSize, rootHash] = note.split("\n");
  if (treeSize !== proof.treeSize || rootHash !== proof.rootHash.toString("base64")) throw refused("is proved for another tree than it says");
  for (const [, signature] of signatures.matchAll(/\u2014 \S+ (\S+)\n/g)) base64(signature, "a checkpoint's signature");
  // A log that promises nothing vouches for what its proof says alone.
  if (!isPromised && (logIndex !== proof.logIndex || integratedTime !== "0")) throw refused("says more than is proved");
}

/** Where each kind of entry has its signer. */
const places: ReadonlyMap<string, readonly string[]> = new Map([
  ["hashedrekord/0.0.1", ["signature", "publicKey", "content"]],
  ["hashedrekord/0.0.2", ["hashedRekordV002", "signature", "verifier"]],
  ["dsse/0.0.1", ["signatures", "0", "verifier"]],
  ["dsse/0.0.2", ["dsseV002", "signatures", "0", "verifier"]],
  ["intoto/0.0.2", ["content", "envelope", "signatures", "0", "publicKey"]],
]);

function signerIn(body: Buffer): Buffer {
  let entry: unknown;
  try {
    entry = parseStrict(body, { name: "the entry", numbers: "any" });
  } catch (cause) {
    throw refused("cannot be read", cause);
  }
  const [kind, version] = [at(entry, "kind"), at(entry, "apiVersion")];
  const place = typeof kind === "string" && typeof version === "string" ? places.get(`${kind}/${version}`) : undefined;
  if (place === undefined) throw refused("is of an unknown kind");
  const signer = at(entry, "spec", ...place);
  if (typeof signer === "string") return derOf(Buffer.from(signer, "base64").toString("latin1"));
  const raw = at(signer, "x509Certificate", "rawBytes") ?? at(signer, "publicKey", "rawBytes");
  if (typeof raw !== "string") throw refused("names no signer");
  return Buffer.from(raw, "base64");
}

const derOf = (pem: string): Buffer => Buffer.from(/^-----BEGIN [A-Z ]+-----([^-]+)-----END [A-Z ]+-----\s*$/.exec(pem)?.[1] ?? "", "base64");

const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (inner, key) => (typeof inner === "object" && inner !== null && Object.hasOwn(inner, key) ? (inner as Readonly<Record<string, unknown>>)[key] : undefined),
    value,
  );

/** What is known of a logged signature once it is verified. */
export const loggedAs = ({ log: [entry] }: { readonly log: readonly LogEntry[] }): { readonly logIndex?: string; readonly integratedTime?: number } => {
  if (entry === undefined) throw malformed("it has no entry of a transparency log");
  return { logIndex: entry.logIndex, ...(entry.isPromised ? { integratedTime: Number(entry.integratedTime) } : {}) };
};
