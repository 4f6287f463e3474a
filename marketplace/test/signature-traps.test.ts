import { generateKeyPairSync, hash, type KeyObject, sign, verify } from "node:crypto";
import { bundleFromJSON } from "@sigstore/bundle";
import { TrustedRoot } from "@sigstore/protobuf-specs";
import { toSignedEntity, toTrustMaterial, type VerificationPolicy, Verifier } from "@sigstore/verify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { attestKeyless, type KeylessOptions, signKeyless, signLogged } from "../src/signature/sign-keyless.ts";
import { attestWithKey, slsaStatement } from "../src/signature/attestation.ts";
import { keyIdOf } from "../src/signature/keys.ts";
import { checkLogEntry, readLogEntry } from "../src/signature/log-entry.ts";
import type { OidcPublisher, PublisherPolicy } from "../src/signature/policy.ts";
import { verifyRaw } from "../src/signature/cosign.ts";
import { signArtifact } from "../src/signature/sign.ts";
import { type SignedArtifact, verifyArtifact } from "../src/signature/verify.ts";
import { laterRefusalOf, refusalOf } from "./refusal.ts";
import { type SigstoreRig, sigstoreRig, tokenOf } from "./sigstore-rig.ts";

// Each is something that the libraries, or the formats before v0.3, get wrong. Where the library can be asked alone, it is, so that
// a test which does not provoke its trap any more is seen.
const artifact = Buffer.from("an archive");
const now = new Date("2026-11-22T00:00:00Z");
const { signal } = new AbortController();
const workflow = "https://github.com/acme/x/.github/workflows/release.yml";
const publisher: OidcPublisher = { kind: "oidc", issuer: "https://token.actions.githubusercontent.com", workflow, refs: ["refs/tags/v*"] };
const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
const edwards = generateKeyPairSync("ed25519");
const keyPolicy = (key: KeyObject): PublisherPolicy => [{ kind: "key", pem: key.export({ type: "spki", format: "pem" }).toString() }];

let rig: SigstoreRig;
const options = (): KeylessOptions => ({ identityToken: tokenOf(), fulcioUrl: rig.url, rekorUrl: rig.url, tsaUrl: rig.url, signal });
const refusal = (bundle: string, policy: PublisherPolicy, more: Partial<SignedArtifact> = {}): Promise<string> =>
  laterRefusalOf(verifyArtifact({ artifact, bundle: Buffer.from(bundle), policy, now, trustedRoot: rig.trustedRoot, ...more }));

/** Whether the library alone accepts it. */
function libraryAccepts(bundle: string, policy?: VerificationPolicy, key?: KeyObject): boolean {
  const threshold = key === undefined ? 1 : 0;
  const finder = key === undefined ? undefined : () => ({ publicKey: key, validFor: () => true });
  const verifier = new Verifier(toTrustMaterial(TrustedRoot.fromJSON(rig.trustedRoot), finder), {
    tlogThreshold: threshold,
    ctlogThreshold: threshold,
    timestampThreshold: threshold,
  });
  try {
    verifier.verify(toSignedEntity(bundleFromJSON(JSON.parse(bundle)), artifact), policy);
    return true;
  } catch {
    return false;
  }
}

beforeAll(async () => {
  rig = await sigstoreRig();
});
afterAll(() => rig.close());

test("T1: an identity that only contains the publisher's is another one", async () => {
  rig.forge((certificate) => ({
    ...certificate,
    names: [{ type: "uri", value: `https://github.com/evil/x/.github/workflows/release.yml@${workflow}@refs/tags/v1` }],
  }));
  const bundle = await signKeyless(artifact, options());
  rig.forge((certificate) => certificate);
  expect(libraryAccepts(bundle, { subjectAlternativeName: `${workflow}@refs/tags/v1` })).toBe(true);
  expect(await refusal(bundle, [publisher])).toBe("E_SIG_IDENTITY");
  for (const san of [".", ".*", `${workflow}@refs/tags/v1`]) {
    const { issuer } = publisher;
    expect(await refusal(bundle, [{ kind: "oidc", issuer, san }]), san).toBe("E_SIG_IDENTITY");
  }
});

test("T2: where nobody is named nobody is believed", async () => {
  const bundle = await signKeyless(artifact, options());
  expect(libraryAccepts(bundle)).toBe(true);
  expect(await refusal(bundle, [])).toBe("E_POLICY_EMPTY");
  expect(refusalOf(() => verifyRaw({ artifact, signature: Buffer.from("AAAA"), policy: [], now }))).toBe("E_POLICY_EMPTY");
});

test("T3: verifying asks nobody, keyless or not, with every server shut down", async () => {
  const own = await sigstoreRig();
  const at = { ...options(), fulcioUrl: own.url, rekorUrl: own.url, tsaUrl: own.url };
  const [keyless, logged] = [await signKeyless(artifact, at), await signLogged(artifact, keys.privateKey, at)];
  const asked = own.asked.length;
  await own.close();
  const { trustedRoot } = own;
  expect(await refusal(keyless, [publisher], { trustedRoot })).toBe("accepted");
  expect(await refusal(logged, keyPolicy(keys.publicKey), { trustedRoot, tlog: "required" })).toBe("accepted");
  expect(own.asked.length).toBe(asked);
});

test("T4: a signature with Ed25519 over an artifact holds", async () => {
  const bundle = signArtifact(artifact, edwards.privateKey);
  expect(libraryAccepts(bundle, undefined, edwards.publicKey)).toBe(false);
  expect(await refusal(bundle, keyPolicy(edwards.publicKey))).toBe("accepted");
  const logged = await signLogged(artifact, edwards.privateKey, options());
  expect(await refusal(logged, keyPolicy(edwards.publicKey), { tlog: "required" })).toBe("accepted");
});

test("T5: a digest that is not the artifact's is refused without a log entry too", async () => {
  const bundle = signArtifact(artifact, keys.privateKey);
  const forged = bundle.replace(hash("sha256", artifact, "base64"), hash("sha256", "another archive", "base64"));
  expect(forged).not.toBe(bundle);
  expect(libraryAccepts(forged, undefined, keys.publicKey)).toBe(true);
  expect(await refusal(forged, keyPolicy(keys.publicKey))).toBe("E_SIG_DIGEST");
});

test("T6: an attestation of another archive is none of this", async () => {
  const facts = { name: "acme/x", version: "1.0.0", sha256: hash("sha256", "another archive", "hex"), builder: "b", source: "s", ref: "r", commit: "c" };
  const bundle = await attestKeyless(slsaStatement(facts), options());
  expect(libraryAccepts(bundle)).toBe(true);
  expect(await refusal(bundle, [publisher])).toBe("E_SIG_SUBJECT");
  expect(await refusal(attestWithKey(slsaStatement(facts), keys.privateKey), keyPolicy(keys.publicKey))).toBe("E_SIG_SUBJECT");
});

test("T7: a bundle has one content and one key material, and the library's own errors never come out", async () => {
  const bundle = JSON.parse(signArtifact(artifact, keys.privateKey)) as { readonly verificationMaterial: object };
  const dsseEnvelope = { payload: "e30=", payloadType: "x", signatures: [{ sig: "AAAA" }] };
  expect(() => bundleFromJSON({ ...bundle, dsseEnvelope })).not.toThrow();
  expect(await refusal(JSON.stringify({ ...bundle, dsseEnvelope }), keyPolicy(keys.publicKey))).toBe("E_SIG_BUNDLE");
  expect(() => bundleFromJSON(null)).toThrow(TypeError);
  expect(await refusal("null", keyPolicy(keys.publicKey))).toBe("E_SIG_BUNDLE");
  const both = { ...bundle, verificationMaterial: { ...bundle.verificationMaterial, certificate: { rawBytes: "AAAA" } } };
  expect(await refusal(JSON.stringify(both), [publisher])).toBe("E_SIG_BUNDLE");
  const bare = { ...bundle, verificationMaterial: { certificate: { rawBytes: "AAAA" } } };
  expect(await refusal(JSON.stringify(bare), [publisher])).toBe("E_SIG_INVALID");
});

test("T8: what claw signs is a bundle v0.3 with one certificate, whatever the builder makes", async () => {
  const facts = { name: "acme/x", version: "1.0.0", sha256: hash("sha256", artifact, "hex"), builder: "b", source: "s", ref: "r", commit: "c" };
  const bundles = [
    await signKeyless(artifact, options()),
    await attestKeyless(slsaStatement(facts), options()),
    await signLogged(artifact, keys.privateKey, options()),
  ];
  const shapes = bundles.map((bundle) => {
    const { mediaType, verificationMaterial } = JSON.parse(bundle) as { readonly mediaType: string; readonly verificationMaterial: object };
    return [mediaType, ...Object.keys(verificationMaterial).filter((name) => /key|certificate/i.test(name))];
  });
  const type = "application/vnd.dev.sigstore.bundle.v0.3+json";
  expect(shapes).toEqual([
    [type, "certificate"],
    [type, "certificate"],
    [type, "publicKey"],
  ]);
});

describe("T9: an ECDSA signature is not an identity", () => {
  const [order, half] = [0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n, 64];
  /** (r, n − s) of a signature as two bare numbers. */
  const twinOf = (pair: Buffer): Buffer => {
    const s = order - BigInt(`0x${pair.subarray(32).toString("hex")}`);
    return Buffer.concat([pair.subarray(0, 32), Buffer.from(s.toString(16).padStart(half, "0"), "hex")]);
  };
  const derOf = (pair: Buffer): Buffer => {
    const numbers = [pair.subarray(0, 32), pair.subarray(32)].map((number) => {
      const bytes = number.subarray(number.findIndex((byte) => byte !== 0));
      const positive = (bytes[0] ?? 0) > 127 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes;
      return Buffer.concat([Buffer.from([2, positive.length]), positive]);
    });
    const body = Buffer.concat(numbers);
    return Buffer.concat([Buffer.from([0x30, body.length]), body]);
  };

  test("its twin is of the same publisher, and nothing tells them apart", async () => {
    const pair = sign("sha256", artifact, { key: keys.privateKey, dsaEncoding: "ieee-p1363" });
    const [own, twin] = [derOf(pair), derOf(twinOf(pair))];
    expect(own.equals(twin)).toBe(false);
    expect([own, twin].map((one) => verify("sha256", artifact, keys.publicKey, one))).toEqual([true, true]);
    const answers = [own, twin].map((one) => verifyRaw({ artifact, signature: Buffer.from(one.toString("base64")), policy: keyPolicy(keys.publicKey), now }));
    expect(answers[0]).toEqual(answers[1]);
  });

  test("and where it is logged, the entry must be of the publisher's key: another can be computed that it holds for too", async () => {
    const other = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey;
    const bundle = await signLogged(artifact, keys.privateKey, options());
    const { verificationMaterial } = JSON.parse(bundle) as { readonly verificationMaterial: { readonly tlogEntries: readonly unknown[] } };
    const entry = readLogEntry(verificationMaterial.tlogEntries[0]);
    const derKey = (key: KeyObject): Buffer => key.export({ type: "spki", format: "der" });
    expect(refusalOf(() => checkLogEntry(entry, derKey(keys.publicKey)))).toBe("accepted");
    expect(refusalOf(() => checkLogEntry(entry, derKey(other)))).toBe("E_SIG_INVALID");
  });
});

test("T10: a key that a signature brings is never used, in any format", async () => {
  const evil = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = evil.publicKey.export({ type: "spki", format: "pem" }).toString();
  const base64Signature = sign("sha256", artifact, evil.privateKey).toString("base64");
  for (const cert of [pem, Buffer.from(pem).toString("base64")])
    expect(await refusal(JSON.stringify({ base64Signature, cert, rekorBundle: null }), keyPolicy(keys.publicKey))).toBe("E_SIG_EMBEDDED_KEY");
  const bundle = JSON.parse(signArtifact(artifact, evil.privateKey)) as object;
  const rawBytes = evil.publicKey.export({ type: "spki", format: "der" }).toString("base64");
  const material = { publicKey: { hint: keyIdOf(keys.publicKey), rawBytes } };
  expect(await refusal(JSON.stringify({ ...bundle, verificationMaterial: material }), keyPolicy(keys.publicKey))).toBe("E_SIG_EMBEDDED_KEY");
});

test("T11: a signature is of a kind that its publisher makes", async () => {
  const [withKey, keyless] = [signArtifact(artifact, keys.privateKey), await signKeyless(artifact, options())];
  expect(await refusal(withKey, [publisher])).toBe("E_SIG_MODE");
  expect(await refusal(keyless, keyPolicy(keys.publicKey))).toBe("E_SIG_MODE");
  const signature = Buffer.from(sign("sha256", artifact, keys.privateKey).toString("base64"));
  expect(refusalOf(() => verifyRaw({ artifact, signature, policy: [publisher], now }))).toBe("E_SIG_MODE");
  expect(await refusal(JSON.stringify({ base64Signature: signature.toString() }), [publisher])).toBe("E_SIG_MODE");
  for (const bundle of [withKey, keyless]) expect(await refusal(bundle, [publisher, ...keyPolicy(keys.publicKey)])).toBe("accepted");
});

test("T12: a timestamp with a fraction that the library cannot read is a refusal, and one of a whole second holds", async () => {
  const results = [];
  for (const milliseconds of [0, 500]) {
    // After the certificate's beginning, however long that takes to be made.
    const second = Math.ceil(Date.now() / 1000) * 1000 + 2000;
    const own = await sigstoreRig({ tsaClock: new Date(second + milliseconds) });
    const bundle = await signKeyless(artifact, { ...options(), fulcioUrl: own.url, rekorUrl: own.url, tsaUrl: own.url });
    await own.close();
    results.push(await refusal(bundle, [publisher], { trustedRoot: own.trustedRoot }));
  }
  expect(results).toEqual(["accepted", "E_SIG_INVALID"]);
});
