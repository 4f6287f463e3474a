import { isDeepStrictEqual } from "node:util";
import { ClawError } from "@claw/kernel/host";
import { mediaType, readBundle, type SignatureBundle } from "../../marketplace/src/signature/bundle.ts";
import { isLegacyBundle, readLegacyBundle } from "../../marketplace/src/signature/cosign.ts";
import { checkLogEntry } from "../../marketplace/src/signature/log-entry.ts";
import { parseSignature } from "../../marketplace/src/signature/shape.ts";
import { hostile, mutateBytes, mutateText } from "./mutation.ts";
import type { Random } from "./random.ts";
import { promise, type Target } from "./target.ts";

const base64 = (text: string | Buffer): string => Buffer.from(text).toString("base64");
const artifact = Buffer.from("an artifact");
const body = {
  kind: "hashedrekord",
  apiVersion: "0.0.1",
  spec: { signature: { publicKey: { content: base64("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n") } } },
};
const logEntry = {
  logIndex: "25",
  logId: { keyId: base64("log") },
  kindVersion: { kind: "hashedrekord", version: "0.0.1" },
  integratedTime: "1763460000",
  inclusionPromise: { signedEntryTimestamp: base64("promise") },
  inclusionProof: {
    logIndex: "25",
    treeSize: "26",
    rootHash: base64("root"),
    hashes: [base64("hash")],
    checkpoint: { envelope: `log\n26\n${base64("root")}\n\n\u2014 log AAAA\n` },
  },
  canonicalizedBody: base64(JSON.stringify(body)),
};
const message = { messageDigest: { algorithm: "SHA2_256", digest: base64(Buffer.alloc(32, 7)) }, signature: base64(Buffer.alloc(64, 9)) };
const envelope = { payload: base64("{}"), payloadType: "application/vnd.in-toto+json", signatures: [{ sig: base64("sig"), keyid: "hint" }] };
const rekor = {
  SignedEntryTimestamp: base64("set"),
  Payload: { body: logEntry.canonicalizedBody, integratedTime: 1763460000, logIndex: 25, logID: "ab".repeat(32) },
};

/** One of each kind that there is. */
const bundles: readonly Readonly<Record<string, unknown>>[] = [
  { mediaType, verificationMaterial: { publicKey: { hint: "hint" }, tlogEntries: [] }, messageSignature: message },
  { mediaType, verificationMaterial: { publicKey: { hint: "hint" }, tlogEntries: [logEntry] }, dsseEnvelope: envelope },
  {
    mediaType,
    verificationMaterial: {
      certificate: { rawBytes: base64("der") },
      tlogEntries: [logEntry],
      timestampVerificationData: { rfc3161Timestamps: [{ signedTimestamp: "AAAA" }] },
    },
    messageSignature: message,
  },
  { base64Signature: base64("signature"), cert: "", rekorBundle: rekor },
];
const seeds = bundles.map((bundle) => JSON.stringify(bundle));
const bytes = seeds.map((text) => Buffer.from(text));

type Fields = Record<string, unknown>;

const shapes: readonly unknown[] = [null, true, 0, -1, 1.5, 1e21, [], {}, [[]], [null], ["AAAA"], logEntry, message, envelope, rekor];
const spellings = ["", "x", "AAAA", "AAA", "AA==", "A===", "____", "\0", "SHA2_256", "SHA2_512", "sha256", "toString", "0", "00", "18446744073709551616"];
const materials: readonly unknown[] = [{ hint: "x" }, { hint: "x", rawBytes: "AAAA" }, { certificates: [{ rawBytes: "AAAA" }] }, { rawBytes: "AAAA" }];
const bodies = ["hashedrekord/0.0.2", "dsse/0.0.1", "intoto/0.0.2"].map((kind) => JSON.stringify({ ...body, kind, spec: { signatures: null } }));
const pems = ["PUBLIC KEY", "CERTIFICATE"].map((what) => `-----BEGIN ${what}-----\nAAAA\n-----END ${what}-----\n`);
/** Things that formats of the past, or of somebody else, have in such places. */
const values: readonly unknown[] = [
  ...shapes,
  ...spellings,
  ...materials,
  ...bodies.map((text) => ({ ...logEntry, canonicalizedBody: base64(text) })),
  ...pems.flatMap((pem) => [pem, base64(pem)]),
];
const names = [
  "publicKey",
  "certificate",
  "x509CertificateChain",
  "dsseEnvelope",
  "messageSignature",
  "pem",
  "key",
  "cert",
  "keyDetails",
  "rawBytes",
  "content",
  "rekorBundle",
  "then",
];

const innerOf = (value: unknown): readonly Fields[] =>
  Object.values(value as Fields).flatMap((each): readonly Fields[] =>
    Array.isArray(each) ? innerOf(each) : typeof each === "object" && each !== null ? [each as Fields] : [],
  );

/** Replaces, adds or removes something at any depth. */
function altered(random: Random): string {
  const bundle = structuredClone(random.pick(bundles)) as Fields;
  for (let rounds = 1 + random.few(3); rounds > 0; rounds -= 1) {
    let at = bundle;
    for (let depth = random.below(5); depth > 0; depth -= 1) at = random.pick([at, ...innerOf(at)]);
    const key = random.pick([...Object.keys(at), random.pick(names), random.oneIn(8) ? random.pick(hostile) : random.pick(names)]);
    if (random.oneIn(4)) delete at[key];
    else at[key] = random.oneIn(6) ? random.pick(hostile) : structuredClone(random.pick(values));
  }
  const text = JSON.stringify(bundle);
  return random.oneIn(20) ? text.replace(/"([a-zA-Z]+)":/, '"$1":"twice","$1":') : text;
}

export const signatureBundle: Target<Buffer, SignatureBundle> = {
  name: "signature-bundle",
  refusals: /^E_SIG_(?:BUNDLE|TOO_LARGE|TYPE|MODE|EMBEDDED_KEY|LEGACY)$/,

  input(random) {
    if (random.oneIn(20_000)) return Buffer.from(random.pick(seeds) + " ".repeat(random.pick([200_000, 256 * 1024, 300_000])));
    switch (random.below(4)) {
      case 0:
        return mutateBytes(random, random.pick(bytes), bytes);
      case 1:
        return Buffer.from(mutateText(random, random.pick(seeds), seeds));
      default:
        return Buffer.from(altered(random));
    }
  },

  read: (input) => readSignature(parseSignature(input)),

  holds(bundle, input) {
    const { content, material, log, signature } = bundle;
    promise(isDeepStrictEqual(readSignature(parseSignature(input)), bundle), "read again it is another");
    promise(signature.length > 0 && (content.type === "message" ? content.digest.length : content.payload.length) > 0, "it does not say what is signed");
    promise(isDeepStrictEqual(Object.keys(material), ["type", material.type === "key" ? "hint" : "der"]), "it brings a key of its own");
    for (const entry of log)
      promise(/^E_SIG_(?:INVALID|BUNDLE)$/.test(refusalOf(() => checkLogEntry(entry, artifact))), "an entry of a log is taken for anybody's");
  },
};

const readSignature = (json: unknown): SignatureBundle => (isLegacyBundle(json) ? readLegacyBundle(json, artifact) : readBundle(json));

/** The code of a refusal. Whatever else is thrown goes on. */
function refusalOf(work: () => void): string {
  try {
    work();
    return "accepted";
  } catch (error) {
    if (ClawError.is(error)) return error.code;
    throw error;
  }
}
