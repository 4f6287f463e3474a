import { execFileSync } from "node:child_process";
import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verifyRaw, wrapRaw } from "../src/signature/cosign.ts";
import { publisherOfKey } from "../src/signature/keys.ts";
import type { PublisherPolicy } from "../src/signature/policy.ts";
import { signLogged } from "../src/signature/sign-keyless.ts";
import { type SignedArtifact, verifyArtifact } from "../src/signature/verify.ts";
import { laterRefusalOf, refusalOf } from "./refusal.ts";
import { type SigstoreRig, sigstoreRig } from "./sigstore-rig.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const artifact = Buffer.from("an archive");
const now = new Date("2026-11-22T00:00:00Z");
const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
const other = generateKeyPairSync("ec", { namedCurve: "P-256" });
const pemOf = (key: KeyObject): string => key.export({ type: "spki", format: "pem" }).toString();
const policy: PublisherPolicy = [other, keys].map(({ publicKey }) => ({ kind: "key", pem: pemOf(publicKey) }));
const oidc: PublisherPolicy = [{ kind: "oidc", issuer: "https://accounts.google.com", san: "alice@acme.example" }];
const base64 = sign("sha256", artifact, keys.privateKey).toString("base64");
const raw = (signature: string | Uint8Array | undefined, more: { readonly artifact?: Uint8Array; readonly policy?: PublisherPolicy } = {}) =>
  verifyRaw({ artifact, signature: typeof signature === "string" ? Buffer.from(signature) : signature, policy, now, ...more });
const rawRefusal = (...args: Parameters<typeof raw>): string => refusalOf(() => raw(...args));

describe("a bare signature", () => {
  test("is of the publisher's key that it holds for", () => {
    const expected = { publisher: publisherOfKey(keys.publicKey), mode: "key" };
    expect(raw(base64)).toEqual(expected);
    expect(raw(`${base64}\n`)).toEqual(expected);
  });

  test("is made by openssl, on a curve and with RSA, as cosign makes it", () => {
    using folder = temporaryFolder();
    const at = (name: string): string => join(folder.path, name);
    writeFileSync(at("artifact"), artifact);
    for (const key of [
      ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
      ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    ]) {
      execFileSync("openssl", ["genpkey", ...key, "-out", at("key.pem")], { stdio: "ignore" });
      execFileSync("openssl", ["pkey", "-in", at("key.pem"), "-pubout", "-out", at("public.pem")]);
      execFileSync("openssl", ["dgst", "-sha256", "-sign", at("key.pem"), "-out", at("der"), at("artifact")]);
      execFileSync("openssl", ["base64", "-A", "-in", at("der"), "-out", at("sig")]);
      const pem = readFileSync(at("public.pem"), "utf8");
      expect(raw(readFileSync(at("sig")), { policy: [{ kind: "key", pem }] })).toEqual({ publisher: publisherOfKey(createPublicKey(pem)), mode: "key" });
    }
  });

  test.for<readonly [what: string, code: string, refusal: () => string]>([
    ["where nobody is named", "E_POLICY_EMPTY", () => rawRefusal(base64, { policy: [] })],
    ["that is not there", "E_SIG_MISSING", () => rawRefusal(undefined)],
    ["that is empty", "E_SIG_MISSING", () => rawRefusal("")],
    ["that is a line feed", "E_SIG_BUNDLE", () => rawRefusal("\n")],
    ["where its publisher signs keyless", "E_SIG_MODE", () => rawRefusal(base64, { policy: oidc })],
    ["for other bytes", "E_SIG_INVALID", () => rawRefusal(base64, { artifact: Buffer.from("another archive") })],
    ["of another's", "E_SIG_INVALID", () => rawRefusal(base64, { policy: policy.slice(0, 1) })],
    [
      "of a key that is no longer good",
      "E_SIG_UNKNOWN_KEY",
      () => rawRefusal(base64, { policy: [{ kind: "key", pem: pemOf(keys.publicKey), notAfter: "2026-01-01T00:00:00Z" }] }),
    ],
    ["with a space", "E_SIG_BUNDLE", () => rawRefusal(`${base64} `)],
    ["with two line feeds", "E_SIG_BUNDLE", () => rawRefusal(`${base64}\n\n`)],
    ["with the line feed of Windows", "E_SIG_BUNDLE", () => rawRefusal(`${base64}\r\n`)],
    ["in lines", "E_SIG_BUNDLE", () => rawRefusal(`${base64.slice(0, 64)}\n${base64.slice(64)}`)],
    ["in the other alphabet", "E_SIG_BUNDLE", () => rawRefusal(Buffer.from([0xfb, 0xff, 0xff]).toString("base64url"))],
    ["that is not in base64", "E_SIG_BUNDLE", () => rawRefusal(Buffer.from(base64, "base64"))],
    [
      "that is two bare numbers",
      "E_SIG_INVALID",
      () => rawRefusal(sign("sha256", artifact, { key: keys.privateKey, dsaEncoding: "ieee-p1363" }).toString("base64")),
    ],
    ["that is enormous", "E_SIG_TOO_LARGE", () => rawRefusal("A".repeat(300_000))],
  ])("is refused %s", ([, code, refusal]) => {
    expect(refusal()).toBe(code);
  });

  test("is refused in no other way, whatever is in it", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), (bytes) => {
        expect(rawRefusal(bytes)).toMatch(/^E_SIG_(BUNDLE|INVALID)$/);
      }),
    );
  });

  test("is wrapped into a bundle v0.3 that means the same", async () => {
    const bundle = wrapRaw(artifact, Buffer.from(`${base64}\n`), keys.publicKey);
    expect((JSON.parse(bundle) as { readonly mediaType: string }).mediaType).toBe("application/vnd.dev.sigstore.bundle.v0.3+json");
    expect(await verifyArtifact({ artifact, bundle: Buffer.from(bundle), policy, now })).toEqual(raw(base64));
  });

  test("is not wrapped where it does not hold", () => {
    expect(refusalOf(() => wrapRaw(artifact, Buffer.from(base64), other.publicKey))).toBe("E_SIG_INVALID");
    expect(refusalOf(() => wrapRaw(Buffer.from("another archive"), Buffer.from(base64), keys.publicKey))).toBe("E_SIG_INVALID");
    expect(refusalOf(() => wrapRaw(artifact, Buffer.from("!"), keys.publicKey))).toBe("E_SIG_BUNDLE");
  });
});

describe("a bundle that cosign wrote before version 3", () => {
  let rig: SigstoreRig;
  let rekorBundle: { readonly SignedEntryTimestamp: string; readonly Payload: Readonly<Record<string, unknown>> };
  let logged: string;
  const verify = (bundle: unknown, more: Partial<SignedArtifact> = {}) =>
    verifyArtifact({ artifact, bundle: Buffer.from(JSON.stringify(bundle)), policy, now, trustedRoot: rig.trustedRoot, ...more });
  const refusal = (bundle: unknown, more?: Partial<SignedArtifact>): Promise<string> => laterRefusalOf(verify(bundle, more));

  beforeAll(async () => {
    rig = await sigstoreRig();
    const { signal } = new AbortController();
    const bundle = JSON.parse(await signLogged(artifact, keys.privateKey, { rekorUrl: rig.url, signal })) as {
      readonly messageSignature: { readonly signature: string };
      readonly verificationMaterial: {
        readonly tlogEntries: readonly {
          readonly logIndex: string;
          readonly integratedTime: string;
          readonly logId: { readonly keyId: string };
          readonly inclusionPromise: { readonly signedEntryTimestamp: string };
          readonly canonicalizedBody: string;
        }[];
      };
    };
    const [entry] = bundle.verificationMaterial.tlogEntries;
    if (entry === undefined) throw new Error("nothing was logged");
    logged = bundle.messageSignature.signature;
    rekorBundle = {
      SignedEntryTimestamp: entry.inclusionPromise.signedEntryTimestamp,
      Payload: {
        body: entry.canonicalizedBody,
        integratedTime: Number(entry.integratedTime),
        logIndex: Number(entry.logIndex),
        logID: Buffer.from(entry.logId.keyId, "base64").toString("hex"),
      },
    };
  });
  afterAll(() => rig.close());

  test("with a key holds for the publisher's key, with or without a log entry", async () => {
    const expected = { publisher: publisherOfKey(keys.publicKey), mode: "key" };
    for (const bundle of [{ base64Signature: base64 }, { base64Signature: base64, cert: "", rekorBundle: null }, { base64Signature: logged, rekorBundle }])
      expect(await verify(bundle)).toEqual(expected);
  });

  test("proves that it is logged by what the log promised", async () => {
    expect(await verify({ base64Signature: logged, rekorBundle }, { tlog: "required" })).toEqual({
      publisher: publisherOfKey(keys.publicKey),
      mode: "key",
      logIndex: String(rekorBundle.Payload["logIndex"]),
      integratedTime: rekorBundle.Payload["integratedTime"],
    });
    const required = { tlog: "required" } as const;
    const altered = { ...rekorBundle, Payload: { ...rekorBundle.Payload, integratedTime: 1_700_000_000 } };
    expect(await refusal({ base64Signature: logged, rekorBundle: altered }, required)).toBe("E_SIG_INVALID");
    expect(await refusal({ base64Signature: logged }, required)).toBe("E_SIG_INVALID");
    expect(await refusal({ base64Signature: base64, rekorBundle }, required)).toBe("E_SIG_INVALID");
    // An entry of a log says of itself what it is; the signer in it is compared.
    const body = Buffer.from(String(rekorBundle.Payload["body"]), "base64").toString().replace('"0.0.1"', '"0.0.9"');
    const unknown = { ...rekorBundle, Payload: { ...rekorBundle.Payload, body: Buffer.from(body).toString("base64") } };
    expect(await refusal({ base64Signature: logged, rekorBundle: unknown }, required)).toBe("E_SIG_INVALID");
  });

  const certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  test.for<readonly [what: string, code: string, bundle: object]>([
    ["with a certificate", "E_SIG_LEGACY", { base64Signature: base64, cert: certificate }],
    ["with a certificate in base64", "E_SIG_LEGACY", { base64Signature: base64, cert: Buffer.from(certificate).toString("base64") }],
    ["with a public key", "E_SIG_EMBEDDED_KEY", { base64Signature: base64, cert: pemOf(keys.publicKey) }],
    ["with a public key in base64", "E_SIG_EMBEDDED_KEY", { base64Signature: base64, cert: Buffer.from(pemOf(keys.publicKey)).toString("base64") }],
    ["with something else for a certificate", "E_SIG_EMBEDDED_KEY", { base64Signature: base64, cert: "x" }],
    ["with a certificate that is no text", "E_SIG_BUNDLE", { base64Signature: base64, cert: 1 }],
    [
      "of another's key",
      "E_SIG_INVALID",
      { base64Signature: sign("sha256", artifact, generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey).toString("base64") },
    ],
    ["that is no base64", "E_SIG_BUNDLE", { base64Signature: "!" }],
    ["that is no text", "E_SIG_BUNDLE", { base64Signature: 1 }],
    ["with an unknown field", "E_SIG_BUNDLE", { base64Signature: base64, more: 1 }],
    ["with a log entry that is none", "E_SIG_BUNDLE", { base64Signature: base64, rekorBundle: {} }],
    [
      "with a log entry without numbers",
      "E_SIG_BUNDLE",
      { base64Signature: base64, rekorBundle: { SignedEntryTimestamp: "AAAA", Payload: { body: "e30=", integratedTime: "1", logIndex: -1, logID: "" } } },
    ],
    [
      "with a log entry of an unknown log",
      "E_SIG_BUNDLE",
      { base64Signature: base64, rekorBundle: { SignedEntryTimestamp: "AAAA", Payload: { body: "e30=", integratedTime: 1, logIndex: 1, logID: "x" } } },
    ],
    [
      "with a log entry without a kind",
      "E_SIG_BUNDLE",
      {
        base64Signature: base64,
        rekorBundle: { SignedEntryTimestamp: "AAAA", Payload: { body: "e30=", integratedTime: 1, logIndex: 1, logID: "a".repeat(64) } },
      },
    ],
    [
      "with a log entry that is no JSON",
      "E_SIG_BUNDLE",
      {
        base64Signature: base64,
        rekorBundle: { SignedEntryTimestamp: "AAAA", Payload: { body: "AAAA", integratedTime: 1, logIndex: 1, logID: "a".repeat(64) } },
      },
    ],
  ])("is refused %s", async ([, code, bundle]) => {
    expect(await refusal(bundle)).toBe(code);
  });

  test("is refused where its publisher signs keyless", async () => {
    expect(await refusal({ base64Signature: base64 }, { policy: oidc })).toBe("E_SIG_MODE");
  });

  test("says how to sign again where it is keyless", async () => {
    await expect(verify({ base64Signature: base64, cert: certificate })).rejects.toMatchObject({
      message: "the signature is keyless in a format before v0.3",
      fix: "sign again as v0.3, with claw ext sign or cosign 3",
    });
  });
});
