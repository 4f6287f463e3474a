import { createHash, generateKeyPairSync, sign, X509Certificate, type KeyObject } from "node:crypto";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { X509Certificate as ParsedCertificate } from "@sigstore/core";
import { fulcioHandler, initializeCA, initializeCTLog } from "@sigstore/mock/dist/fulcio/index.js";
import { initializeTLog, rekorHandler } from "@sigstore/mock/dist/rekor/index.js";
import { initializeTSA, tsaHandler } from "@sigstore/mock/dist/timestamp/index.js";
import { type Certificate, der, digestOf, forgeCertificate, utf8String } from "./certificate-forge.ts";

export interface RigOptions {
  /** When the timestamp authority says it is; the whole second of all others when absent. */
  readonly tsaClock?: Date;
}

/** A whole Sigstore on the loopback: certificate authority with its log, transparency log, timestamp authority. */
export interface SigstoreRig {
  readonly url: string;
  readonly clock: Date;
  readonly trustedRoot: TrustedRootJson;
  /** Paths that were asked for. */
  readonly asked: readonly string[];
  /** Answers the next request to a path with this status. */
  fail(path: string, status: number): void;
  /** Sends every certificate through this before it goes into the certificate's log and is handed out. */
  forge(change: (certificate: Certificate) => Certificate): void;
  /** An entry of a log of the second version, which proves inclusion and promises nothing. */
  entryOfSecondVersion(body: object, kind: string): object;
  close(): Promise<void>;
}

type Authority = { readonly certChain: { readonly certificates: readonly { readonly rawBytes: string }[] }; readonly validFor: { readonly start: string } };
type Log = { readonly baseUrl: string; readonly hashAlgorithm: string; readonly publicKey: object; readonly logId: { readonly keyId: string } };
export interface TrustedRootJson {
  readonly mediaType: string;
  readonly tlogs: readonly Log[];
  readonly certificateAuthorities: readonly Authority[];
  readonly ctlogs: readonly Log[];
  readonly timestampAuthorities: readonly Authority[];
}

/** What a workflow of GitHub says of itself to Fulcio. */
export const workflowClaims = {
  iss: "https://token.actions.githubusercontent.com",
  aud: "sigstore",
  sub: "repo:acme/x:ref:refs/tags/v1.0.0",
  event_name: "push",
  repository: "acme/x",
  repository_id: "1234",
  repository_owner: "acme",
  repository_owner_id: "99",
  ref: "refs/tags/v1.0.0",
  sha: "0123456789abcdef0123456789abcdef01234567",
  job_workflow_ref: "acme/x/.github/workflows/release.yml@refs/tags/v1.0.0",
} as const;

/** A token with these claims. Nothing here checks its signature. */
export const tokenOf = (claims: Readonly<Record<string, unknown>> = workflowClaims): string =>
  `${Buffer.from("{}").toString("base64url")}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.c2ln`;

const logHost = "https://rekor.example";
const pair = (): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } => generateKeyPairSync("ec", { namedCurve: "P-256" });
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
const spki = (key: KeyObject): Buffer => key.export({ type: "spki", format: "der" });

export async function sigstoreRig({ tsaClock }: RigOptions = {}): Promise<SigstoreRig> {
  // One whole second for all: the library reads no others reliably, and what is timed must not lie before what it rests on.
  const clock = new Date(Math.ceil(Date.now() / 1000) * 1000);
  const [caKeys, ctKeys, logKeys, tsaKeys] = [pair(), pair(), pair(), pair()];
  const ctLog = await initializeCTLog(ctKeys, clock);
  const ca = await initializeCA(caKeys, ctLog, clock);
  const log = await initializeTLog(logHost, logKeys, clock);
  const tsa = await initializeTSA(tsaKeys, tsaClock ?? clock);
  const root = ParsedCertificate.parse(Buffer.from(bytesOf(ca.rootCertificate)));
  const issuer = { name: der(0x30, root.subject), key: caKeys.privateKey };
  const issuerId = new Uint8Array(digestOf(spki(caKeys.publicKey))).buffer;
  let change = (certificate: Certificate): Certificate => certificate;

  // The mock's own puts every name into a URI; this one can also say what no real one would.
  const issueCertificate: typeof ca.issueCertificate = async ({ publicKey, subjectAltName, extensions = [] }) => {
    const certificate = change({
      names: [nameOf(subjectAltName)],
      extensions: extensions.map(({ oid, value, legacy }) => [oid, legacy === true ? Buffer.from(value) : utf8String(value)]),
    });
    const before = forgeCertificate(issuer, bytesOf(publicKey), certificate, clock);
    const sct = await ctLog.log(new Uint8Array(before).buffer, issuerId);
    return new Uint8Array(forgeCertificate(issuer, bytesOf(publicKey), certificate, clock, new Uint8Array(sct)));
  };

  const rekor = rekorHandler(log);
  const handlers = [
    fulcioHandler({ rootCertificate: ca.rootCertificate, issueCertificate }, { subjectClaim: "job_workflow_ref" }),
    { path: rekor.path, fn: (body: string) => rekor.fn(canonicalEntry(body)) },
    tsaHandler(tsa),
  ];
  const [asked, failures]: [string[], Map<string, number>] = [[], new Map()];
  const server = createServer((request, response) => {
    void (async () => {
      const path = request.url ?? "";
      const body = (await buffer(request)).toString("utf8");
      asked.push(path);
      const failure = failures.get(path);
      const handler = handlers.find((one) => one.path === path);
      const answer =
        failure !== undefined || handler === undefined
          ? { statusCode: failure ?? 404, response: '{"message":"not today"}', contentType: "application/json" }
          : await handler.fn(body);
      failures.delete(path);
      response.writeHead(answer.statusCode, { "content-type": answer.contentType ?? "text/plain" });
      response.end(typeof answer.response === "string" ? answer.response : bytesOf(answer.response));
    })();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  const logOf = (baseUrl: string, publicKey: KeyObject): Log => ({
    baseUrl,
    hashAlgorithm: "SHA2_256",
    publicKey: { rawBytes: base64(spki(publicKey)), keyDetails: "PKIX_ECDSA_P256_SHA_256", validFor },
    logId: { keyId: base64(digestOf(spki(publicKey))) },
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    clock,
    asked,
    trustedRoot: {
      mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
      tlogs: [logOf(logHost, logKeys.publicKey)],
      certificateAuthorities: [authorityOf(bytesOf(ca.rootCertificate))],
      ctlogs: [logOf("https://ct.example", ctKeys.publicKey)],
      timestampAuthorities: [authorityOf(bytesOf(tsa.intCertificate), bytesOf(tsa.rootCertificate))],
    },
    fail: (path, status) => void failures.set(path, status),
    forge: (next) => void (change = next),
    entryOfSecondVersion: (body, kind) => secondVersion(logKeys, Buffer.from(JSON.stringify(body)), kind),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const validFor = { start: "2020-01-01T00:00:00Z" };
const authorityOf = (...certificates: readonly Uint8Array[]): Authority => ({
  certChain: { certificates: certificates.map((certificate) => ({ rawBytes: base64(certificate) })) },
  validFor,
});

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** What the subject claim becomes in a certificate. */
const nameOf = (subject: string): Certificate["names"][number] =>
  /^[^/]+@[^/]+$/.test(subject) ? { type: "email", value: subject } : { type: "uri", value: `https://github.com/${subject}` };

/** Rekor stores an attestation's digests and signer; the mock stores what it was sent. */
function canonicalEntry(body: string): string {
  const proposed = JSON.parse(body) as {
    readonly kind: string;
    readonly spec: { readonly proposedContent: { readonly envelope: string; readonly verifiers: readonly string[] } };
  };
  if (proposed.kind !== "dsse") return body;
  const { envelope: text, verifiers } = proposed.spec.proposedContent;
  const envelope = JSON.parse(text) as { readonly payload: string; readonly signatures: readonly { readonly sig: string }[] };
  const hashOf = (bytes: Uint8Array) => ({ algorithm: "sha256", value: createHash("sha256").update(bytes).digest("hex") });
  const spec = {
    envelopeHash: hashOf(Buffer.from(text)),
    payloadHash: hashOf(Buffer.from(envelope.payload, "base64")),
    signatures: [{ signature: envelope.signatures[0]?.sig, verifier: verifiers[0] }],
  };
  return JSON.stringify({ apiVersion: "0.0.1", kind: "dsse", spec });
}

/** An entry alone in its tree: the mock's has an index that is not in the tree. */
function secondVersion({ publicKey, privateKey }: ReturnType<typeof pair>, body: Buffer, kind: string): object {
  const keyId = digestOf(spki(publicKey));
  const rootHash = base64(digestOf(Buffer.concat([Buffer.from([0]), body])));
  const note = `${new URL(logHost).host}\n1\n${rootHash}\n`;
  const signature = base64(Buffer.concat([keyId.subarray(0, 4), sign("sha256", Buffer.from(note), privateKey)]));
  return {
    logId: { keyId: base64(keyId) },
    kindVersion: { kind, version: "0.0.2" },
    inclusionProof: { rootHash, treeSize: "1", checkpoint: { envelope: `${note}\n\u2014 ${new URL(logHost).host} ${signature}\n` } },
    canonicalizedBody: base64(body),
  };
}

/** The first certificate in a bundle. */
export const certificateIn = (bundle: string): X509Certificate => {
  const { verificationMaterial } = JSON.parse(bundle) as { readonly verificationMaterial: { readonly certificate: { readonly rawBytes: string } } };
  return new X509Certificate(Buffer.from(verificationMaterial.certificate.rawBytes, "base64"));
};
