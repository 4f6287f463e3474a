import { createPublicKey, createPrivateKey, generateKeyPairSync, hash, sign, type KeyObject } from "node:crypto";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { keyIdOf, publisherOfKey } from "../src/signature/keys.ts";
import type { PublisherPolicy } from "../src/signature/policy.ts";
import { signArtifact } from "../src/signature/sign.ts";
import { verifyArtifact } from "../src/signature/verify.ts";
import { laterRefusalOf, refusalOf } from "./refusal.ts";
import { temporaryFolder } from "./temporary-folder.ts";

interface Pair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const now = new Date("2026-11-22T00:00:00Z");
const artifact = Buffer.from("an archive");
const p256: Pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
const rsa = (modulusLength: number): Pair => generateKeyPairSync("rsa", { modulusLength });
const ed25519: Pair = generateKeyPairSync("ed25519");
const other: Pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
const pemOf = (key: KeyObject): string => key.export({ type: "spki", format: "pem" }).toString();
const policyOf = (...pairs: readonly Pair[]): PublisherPolicy => pairs.map(({ publicKey }) => ({ kind: "key", pem: pemOf(publicKey) }));

type Json = { readonly [key: string]: Json } | readonly Json[] | string | number | boolean | null;
const bundleOf = ({ publicKey, privateKey }: Pair, algorithm = "SHA2_256", digest = "sha256"): Record<string, Json> => ({
  mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json",
  verificationMaterial: { publicKey: { hint: keyIdOf(publicKey) }, tlogEntries: [] },
  messageSignature: {
    messageDigest: { algorithm, digest: hash(digest, artifact, "base64") },
    signature: sign(publicKey.asymmetricKeyType === "ed25519" ? null : digest, artifact, privateKey).toString("base64"),
  },
});
const text = (bundle: unknown): Uint8Array => Buffer.from(typeof bundle === "string" ? bundle : JSON.stringify(bundle));
const verify = (bundle: unknown, policy: PublisherPolicy, bytes: Uint8Array = artifact) =>
  verifyArtifact({ artifact: bytes, bundle: text(bundle), policy, now });
const refusal = (bundle: unknown, policy = policyOf(p256), bytes: Uint8Array = artifact): Promise<string> => laterRefusalOf(verify(bundle, policy, bytes));
/** A bundle with one place in it changed. */
const changed = (path: string, value: Json | undefined): Json => {
  const bundle = structuredClone(bundleOf(p256)) as { [key: string]: Json };
  const keys = path.split(".");
  let at: { [key: string]: Json } = bundle;
  for (const key of keys.slice(0, -1)) at = at[key] as { [key: string]: Json };
  const last = keys.at(-1) ?? "";
  if (value === undefined) delete at[last];
  else at[last] = value;
  return bundle;
};

describe("a signature holds", () => {
  test.for<readonly [string, Pair]>([
    ["P-256", p256],
    ["Ed25519", ed25519],
  ])("made by claw with a key on %s", async ([, pair]) => {
    expect(await verify(signArtifact(artifact, pair.privateKey), policyOf(other, pair))).toEqual({ publisher: publisherOfKey(pair.publicKey), mode: "key" });
  });

  test.for<readonly [string, string, string]>([
    ["P-256", "SHA2_256", "sha256"],
    ["P-384", "SHA2_256", "sha256"],
    ["P-384", "SHA2_384", "sha384"],
    ["P-521", "SHA2_512", "sha512"],
  ])("made by others on %s over %s", async ([namedCurve, algorithm, digest]) => {
    const pair: Pair = generateKeyPairSync("ec", { namedCurve });
    expect(await verify(bundleOf(pair, algorithm, digest), policyOf(pair))).toEqual({ publisher: publisherOfKey(pair.publicKey), mode: "key" });
  });

  test("made by others with RSA", async () => {
    const pair = rsa(2048);
    for (const [algorithm, digest] of [
      ["SHA2_256", "sha256"],
      ["SHA2_512", "sha512"],
    ] as const)
      expect(await verify(bundleOf(pair, algorithm, digest), policyOf(pair))).toEqual({ publisher: publisherOfKey(pair.publicKey), mode: "key" });
  });

  const openssl = (...args: readonly string[]): string => execFileSync("openssl", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  /** A key of openssl's own and a signature that openssl makes with it. */
  const openssls = (
    at: (name: string) => string,
    key: readonly string[],
    ...signing: readonly string[]
  ): { readonly pair: Pair; readonly pem: string; readonly bundle: unknown } => {
    writeFileSync(at("artifact"), artifact);
    openssl("genpkey", ...key, "-out", at("key.pem"));
    openssl("pkey", "-in", at("key.pem"), "-pubout", "-out", at("public.pem"));
    openssl(...signing);
    const privateKey = createPrivateKey(readFileSync(at("key.pem")));
    const pair: Pair = { privateKey, publicKey: createPublicKey(privateKey) };
    const messageDigest = { algorithm: "SHA2_256", digest: hash("sha256", artifact, "base64") };
    const bundle = { ...bundleOf(pair), messageSignature: { messageDigest, signature: readFileSync(at("signature")).toString("base64") } };
    return { pair, pem: readFileSync(at("public.pem"), "utf8"), bundle };
  };
  const writeOurs = (at: (name: string) => string, key: KeyObject): void => {
    const ours = JSON.parse(signArtifact(artifact, key)) as { readonly messageSignature: { readonly signature: string } };
    writeFileSync(at("ours"), Buffer.from(ours.messageSignature.signature, "base64"));
  };

  test("made by openssl on P-256, and openssl accepts claw's", async () => {
    using folder = temporaryFolder();
    const at = (name: string): string => join(folder.path, name);
    const curve = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
    const { pair, pem, bundle } = openssls(at, curve, "dgst", "-sha256", "-sign", at("key.pem"), "-out", at("signature"), at("artifact"));
    expect((await verify(bundle, [{ kind: "key", pem }])).publisher).toBe(publisherOfKey(pair.publicKey));
    writeOurs(at, pair.privateKey);
    expect(openssl("dgst", "-sha256", "-verify", at("public.pem"), "-signature", at("ours"), at("artifact"))).toContain("Verified OK");
  });

  test("made by openssl with Ed25519, and openssl accepts claw's", async () => {
    using folder = temporaryFolder();
    const at = (name: string): string => join(folder.path, name);
    const signing = ["pkeyutl", "-sign", "-rawin", "-inkey", at("key.pem"), "-in", at("artifact"), "-out", at("signature")];
    const { pair, pem, bundle } = openssls(at, ["-algorithm", "ED25519"], ...signing);
    expect((await verify(bundle, [{ kind: "key", pem }])).publisher).toBe(publisherOfKey(pair.publicKey));
    writeOurs(at, pair.privateKey);
    const verified = openssl("pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", at("public.pem"), "-in", at("artifact"), "-sigfile", at("ours"));
    expect(verified).toContain("Signature Verified Successfully");
  });

  test("made by openssl with RSA", async () => {
    using folder = temporaryFolder();
    const at = (name: string): string => join(folder.path, name);
    const key = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072"];
    const { pair, pem, bundle } = openssls(at, key, "dgst", "-sha256", "-sign", at("key.pem"), "-out", at("signature"), at("artifact"));
    expect((await verify(bundle, [{ kind: "key", pem }])).publisher).toBe(publisherOfKey(pair.publicKey));
    expect(await refusal(bundle, [{ kind: "key", pem }], Buffer.from("another archive"))).toBe("E_SIG_DIGEST");
  });

  test("also turned into its twin, so that its bytes identify nothing", async () => {
    const bundle = bundleOf(p256) as { messageSignature: { signature: string; messageDigest: Json } };
    const twin = twinOf(Buffer.from(bundle.messageSignature.signature, "base64"));
    const twins = { ...bundle, messageSignature: { ...bundle.messageSignature, signature: twin.toString("base64") } };
    expect(await verify(twins, policyOf(p256))).toEqual(await verify(bundle, policyOf(p256)));
  });
});

/** (r, n − s) of an ECDSA signature on P-256 in DER: it holds for the same message. */
function twinOf(der: Buffer): Buffer {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const rLength = der[3] ?? 0;
  const r = der.subarray(4, 4 + rLength);
  const s = BigInt(`0x${der.subarray(6 + rLength).toString("hex")}`);
  const hex = (order - s).toString(16);
  const even = hex.length % 2 === 0 ? hex : `0${hex}`;
  const bytes = Buffer.from(/^[89a-f]/.test(even) ? `00${even}` : even, "hex");
  return Buffer.concat([Buffer.from([0x30, 4 + r.length + bytes.length, 2, r.length]), r, Buffer.from([2, bytes.length]), bytes]);
}

describe("a signature is refused", () => {
  test("when nobody is named who may sign", async () => expect(await refusal(bundleOf(p256), [])).toBe("E_POLICY_EMPTY"));

  test("that is not there", async () => {
    expect(await laterRefusalOf(verifyArtifact({ artifact, bundle: undefined, policy: policyOf(p256), now }))).toBe("E_SIG_MISSING");
    expect(await refusal("")).toBe("E_SIG_MISSING");
  });

  test("of another's, and of one whose key is no longer good", async () => {
    expect(await refusal(bundleOf(other))).toBe("E_SIG_UNKNOWN_KEY");
    const until = (notAfter: string): PublisherPolicy => [{ kind: "key", pem: pemOf(p256.publicKey), notAfter }];
    expect(await refusal(bundleOf(p256), until("2026-11-21T23:59:59Z"))).toBe("E_SIG_UNKNOWN_KEY");
    expect(await refusal(bundleOf(p256), until("2026-11-22T00:00:01Z"))).toBe("accepted");
    expect(await refusal(bundleOf(p256), [...until("2026-11-21T23:59:59Z"), ...policyOf(p256)])).toBe("accepted");
    expect(await refusal(bundleOf(p256), until("one day"))).toBe("E_SIG_UNKNOWN_KEY");
  });

  test("of another's that claims to be of the right one", async () =>
    expect(await refusal({ ...bundleOf(other), verificationMaterial: bundleOf(p256)["verificationMaterial"] })).toBe("E_SIG_INVALID"));

  test("for other bytes, and when its digest was made to fit them", async () => {
    const bytes = Buffer.from("another archive");
    expect(await refusal(bundleOf(p256), policyOf(p256), bytes)).toBe("E_SIG_DIGEST");
    const fitted = changed("messageSignature.messageDigest.digest", hash("sha256", bytes, "base64"));
    expect(await refusal(fitted, policyOf(p256), bytes)).toBe("E_SIG_INVALID");
    expect(await refusal(fitted)).toBe("E_SIG_DIGEST");
  });

  test("with an Ed25519 signature over the digest instead of the artifact", async () => {
    const signature = sign(null, hash("sha256", artifact, "buffer"), ed25519.privateKey).toString("base64");
    const bundle = {
      ...bundleOf(ed25519),
      messageSignature: { messageDigest: { algorithm: "SHA2_256", digest: hash("sha256", artifact, "base64") }, signature },
    };
    expect(await refusal(bundle, policyOf(ed25519))).toBe("E_SIG_INVALID");
  });

  const certificate: Json = { rawBytes: "AAAA" };
  test.for<readonly [what: string, code: string, bundle: Json | string]>([
    ["that is no JSON", "E_SIG_BUNDLE", "{"],
    ["that is null", "E_SIG_BUNDLE", null],
    ["that is a list", "E_SIG_BUNDLE", []],
    ["that names a field twice", "E_SIG_BUNDLE", `{"mediaType":"a","mediaType":"b"}`],
    ["of another version", "E_SIG_TYPE", changed("mediaType", "application/vnd.dev.sigstore.bundle+json;version=0.2")],
    ["with an unknown digest", "E_SIG_TYPE", changed("messageSignature.messageDigest.algorithm", "SHA1")],
    ["with a digest named like a property of objects", "E_SIG_TYPE", changed("messageSignature.messageDigest.algorithm", "toString")],
    ["with an unknown field", "E_SIG_BUNDLE", changed("verificationMaterial.more", 1)],
    ["with an unknown field on top", "E_SIG_BUNDLE", changed("x", 1)],
    ["with a signature and an attestation", "E_SIG_BUNDLE", changed("dsseEnvelope", {})],
    ["with neither", "E_SIG_BUNDLE", changed("messageSignature", undefined)],
    ["with a key and a certificate", "E_SIG_BUNDLE", changed("verificationMaterial.certificate", certificate)],
    ["with no key material", "E_SIG_BUNDLE", changed("verificationMaterial.publicKey", undefined)],
    ["without a digest", "E_SIG_BUNDLE", changed("messageSignature.messageDigest", undefined)],
    ["without a hint", "E_SIG_BUNDLE", changed("verificationMaterial.publicKey", {})],
    ["with an empty hint", "E_SIG_BUNDLE", changed("verificationMaterial.publicKey.hint", "")],
    ["with a hint that is no text", "E_SIG_BUNDLE", changed("verificationMaterial.publicKey.hint", 1)],
    ["with a signature that is no base64", "E_SIG_BUNDLE", changed("messageSignature.signature", "!!!!")],
    ["with a signature in base64 and a line feed", "E_SIG_BUNDLE", changed("messageSignature.signature", "AAAA\n")],
    ["with a log that is no list", "E_SIG_BUNDLE", changed("verificationMaterial.tlogEntries", {})],
    ["with an empty signature", "E_SIG_BUNDLE", changed("messageSignature.signature", "")],
    ["that is no DER", "E_SIG_INVALID", changed("messageSignature.signature", "AAAA")],
    ["that brings its key", "E_SIG_EMBEDDED_KEY", changed("verificationMaterial.publicKey.rawBytes", "AAAA")],
    ["that brings its key as the old format did", "E_SIG_EMBEDDED_KEY", { base64Signature: "AAAA", cert: "-----BEGIN PUBLIC KEY-----", rekorBundle: null }],
    ["that is keyless where a key is asked for", "E_SIG_MODE", { ...bundleOf(p256), verificationMaterial: { certificate, tlogEntries: [] } }],
    ["that is an empty attestation", "E_SIG_BUNDLE", { ...(changed("messageSignature", undefined) as Record<string, Json>), dsseEnvelope: {} }],
    ["with a hint that holds an escape of the terminal", "E_SIG_UNKNOWN_KEY", changed("verificationMaterial.publicKey.hint", "\u001b[2J")],
    ["with a timestamp that is none", "E_SIG_BUNDLE", changed("verificationMaterial.timestampVerificationData", { rfc3161Timestamps: [{}] })],
    ["with a log entry that is none", "E_SIG_BUNDLE", changed("verificationMaterial.tlogEntries", [{}])],
    ["that is enormous", "E_SIG_TOO_LARGE", changed("messageSignature.signature", "A".repeat(300_000))],
    ["that is nested without end", "E_SIG_BUNDLE", "[".repeat(50_000)],
  ])("%s", async ([, code, bundle]) => {
    expect(await refusal(bundle)).toBe(code);
  });

  test("and the refusal says what is in it escaped", async () => {
    const error = await verify(changed("verificationMaterial.publicKey.hint", "\u001b[2J"), policyOf(p256)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: 'it was signed with the key "\\u001b[2J", which is none of its publisher\'s' });
  });

  test("with any bit of it flipped", async () => {
    const bundle = Buffer.from(signArtifact(artifact, p256.privateKey));
    for (let at = 0; at < (bundle.length - 1) * 8; at += 1) {
      const flipped = Buffer.from(bundle);
      flipped[at >> 3] = (flipped[at >> 3] ?? 0) ^ (1 << (at & 7));
      expect(await laterRefusalOf(verifyArtifact({ artifact, bundle: flipped, policy: policyOf(p256), now })), `${at}`).toMatch(/^E_SIG_/);
    }
  });

  test("and never in another way, whatever is in it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        expect(await refusal(value)).toMatch(/^E_SIG_/);
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1 }), async (bytes) => {
        expect(await laterRefusalOf(verifyArtifact({ artifact, bundle: bytes, policy: policyOf(p256), now }))).toMatch(/^E_SIG_/);
      }),
    );
  });
});

describe("a publisher's key", () => {
  const secp256k1: Pair = generateKeyPairSync("ec", { namedCurve: "secp256k1" });
  test.for<readonly [string, string]>([
    ["on a curve of its own", pemOf(secp256k1.publicKey)],
    ["of RSA with too few bits", pemOf(rsa(1024).publicKey)],
    ["of RSA for another padding", pemOf(generateKeyPairSync("rsa-pss", { modulusLength: 2048 }).publicKey)],
    ["that is private", p256.privateKey.export({ type: "pkcs8", format: "pem" }).toString()],
    ["that is none", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"],
    ["with another behind it", pemOf(p256.publicKey) + pemOf(other.publicKey)],
    ["that is empty", ""],
  ])("%s is refused", async ([, pem]) => {
    expect(await refusal(bundleOf(p256), [{ kind: "key", pem }])).toBe("E_SIG_TYPE");
  });

  test("for signing is on P-256 or Ed25519", () => {
    for (const key of [rsa(2048).privateKey, secp256k1.privateKey, p256.publicKey]) expect(refusalOf(() => signArtifact(artifact, key))).toBe("E_SIG_TYPE");
  });
});
