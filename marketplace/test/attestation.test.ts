import { generateKeyPairSync, hash, type KeyObject, sign } from "node:crypto";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { attestWithKey, type BuildFacts, payloadType, preAuthEncoding, slsaStatement, subjectOf } from "../src/signature/attestation.ts";
import { keyIdOf, publisherOfKey } from "../src/signature/keys.ts";
import type { PublisherPolicy } from "../src/signature/policy.ts";
import { attestKeyless } from "../src/signature/sign-keyless.ts";
import { signArtifact } from "../src/signature/sign.ts";
import { type SignedArtifact, verifyArtifact } from "../src/signature/verify.ts";
import { laterRefusalOf, refusalOf } from "./refusal.ts";
import { certificateIn, type SigstoreRig, sigstoreRig, tokenOf } from "./sigstore-rig.ts";

const artifact = Buffer.from("an archive");
const now = new Date("2026-11-22T00:00:00Z");
const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
const edwards = generateKeyPairSync("ed25519");
const pemOf = (key: KeyObject): string => key.export({ type: "spki", format: "pem" }).toString();
const policy: PublisherPolicy = [keys, edwards].map(({ publicKey }) => ({ kind: "key", pem: pemOf(publicKey) }));
const facts: BuildFacts = {
  name: "acme/x",
  version: "1.0.0",
  sha256: hash("sha256", artifact, "hex"),
  builder: "https://github.com/acme/x/.github/workflows/release.yml@refs/tags/v1.0.0",
  source: "https://github.com/acme/x",
  ref: "refs/tags/v1.0.0",
  commit: "0123456789abcdef0123456789abcdef01234567",
  invocation: "https://github.com/acme/x/actions/runs/1/attempts/1",
};
const verify = (bundle: string, more: Partial<SignedArtifact> = {}) => verifyArtifact({ artifact, bundle: Buffer.from(bundle), policy, now, ...more });
const refusal = (bundle: string, more?: Partial<SignedArtifact>): Promise<string> => laterRefusalOf(verify(bundle, more));

/** A bundle over any payload, signed well. */
function attest(payload: string | object, type = payloadType, more: object = {}): string {
  const bytes = Buffer.from(typeof payload === "string" ? payload : JSON.stringify(payload));
  const hint = keyIdOf(keys.publicKey);
  const sig = sign("sha256", preAuthEncoding({ payloadType: type, payload: bytes }), keys.privateKey).toString("base64");
  return JSON.stringify({
    mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json",
    verificationMaterial: { publicKey: { hint } },
    dsseEnvelope: { payload: bytes.toString("base64"), payloadType: type, signatures: [{ sig }], ...more },
  });
}

test("a statement says what was built, from what, by whom", () => {
  expect(slsaStatement(facts)).toEqual({
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: "acme/x@1.0.0", digest: { sha256: facts.sha256 } }],
    predicateType: "https://slsa.dev/provenance/v1",
    predicate: {
      buildDefinition: {
        buildType: "urn:claw:ext-publish:1",
        externalParameters: { source: "https://github.com/acme/x", ref: "refs/tags/v1.0.0" },
        resolvedDependencies: [{ uri: "git+https://github.com/acme/x@refs/tags/v1.0.0", digest: { gitCommit: facts.commit } }],
      },
      runDetails: { builder: { id: facts.builder }, metadata: { invocationId: facts.invocation } },
    },
  });
});

test("what is signed is the payload with its type, as DSSE has it", () => {
  const example = { payloadType: "http://example.com/HelloWorld", payload: Buffer.from("hello world") };
  expect(preAuthEncoding(example).toString()).toBe("DSSEv1 29 http://example.com/HelloWorld 11 hello world");
});

describe("an attestation by a key", () => {
  test.for<readonly [string, { readonly publicKey: KeyObject; readonly privateKey: KeyObject }]>([
    ["P-256", keys],
    ["Ed25519", edwards],
  ])("on %s holds for the artifact that it is about", async ([, { publicKey, privateKey }]) => {
    const bundle = attestWithKey(slsaStatement(facts), privateKey);
    expect(await verify(bundle)).toEqual({ publisher: publisherOfKey(publicKey), mode: "attestation" });
    expect(await verify(bundle, { subject: subjectOf("acme/x", "1.0.0") })).toEqual({ publisher: publisherOfKey(publicKey), mode: "attestation" });
  });

  test("holds for one of several artifacts", async () => {
    const statement = slsaStatement(facts);
    const others = { name: "acme/y@1.0.0", digest: { sha512: "00" } };
    expect(await refusal(attest({ ...statement, subject: [others, ...statement.subject] }))).toBe("accepted");
    expect(await refusal(attest({ ...statement, subject: [others, ...statement.subject] }), { subject: "acme/y@1.0.0" })).toBe("E_SIG_SUBJECT");
  });

  test("is refused for another artifact, and under another name", async () => {
    const bundle = attestWithKey(slsaStatement(facts), keys.privateKey);
    expect(await refusal(bundle, { artifact: Buffer.from("another archive") })).toBe("E_SIG_SUBJECT");
    expect(await refusal(bundle, { subject: subjectOf("acme/x", "1.0.1") })).toBe("E_SIG_SUBJECT");
    expect(await refusal(attest({ ...slsaStatement(facts), subject: [] }))).toBe("E_SIG_SUBJECT");
    expect(await refusal(attestWithKey(slsaStatement({ ...facts, sha256: facts.sha256.toUpperCase() }), keys.privateKey))).toBe("E_SIG_SUBJECT");
  });

  test("is refused where another key, or none, is its publisher's", async () => {
    const bundle = attestWithKey(slsaStatement(facts), generateKeyPairSync("ed25519").privateKey);
    expect(await refusal(bundle)).toBe("E_SIG_UNKNOWN_KEY");
    expect(await refusal(attestWithKey(slsaStatement(facts), keys.privateKey), { policy: [{ kind: "oidc", issuer: "https://x", san: "y" }] })).toBe(
      "E_SIG_MODE",
    );
  });

  const statement = slsaStatement(facts);
  test.for<readonly [what: string, code: string, bundle: string]>([
    ["of another type", "E_SIG_TYPE", attest(statement, "application/json")],
    ["that is no statement", "E_SIG_TYPE", attest({ ...statement, _type: "https://in-toto.io/Statement/v0.1" })],
    ["that is no provenance", "E_SIG_TYPE", attest({ ...statement, predicateType: "https://spdx.dev/Document" })],
    ["of a type that cannot be spelled", "E_SIG_TYPE", attest({ ...statement, predicateType: { toString: 1, valueOf: 1 } })],
    ["without a type", "E_SIG_TYPE", attest({ subject: statement.subject, predicate: {} })],
    ["without a predicate", "E_SIG_BUNDLE", attest({ ...statement, predicate: null })],
    ["without subjects", "E_SIG_BUNDLE", attest({ ...statement, subject: "x" })],
    ["with a subject that is none", "E_SIG_BUNDLE", attest({ ...statement, subject: [null] })],
    ["with a subject without a digest", "E_SIG_BUNDLE", attest({ ...statement, subject: [{ name: "x" }] })],
    ["that is no JSON", "E_SIG_BUNDLE", attest("{")],
    ["that is a list", "E_SIG_BUNDLE", attest("[]")],
    ["that states its subject twice", "E_SIG_BUNDLE", attest('{"subject":[],"subject":[]}')],
    ["with no signature", "E_SIG_BUNDLE", attest(statement, payloadType, { signatures: [] })],
    ["with two signatures", "E_SIG_BUNDLE", attest(statement, payloadType, { signatures: [{ sig: "AAAA" }, { sig: "AAAA" }] })],
    ["with the id of another key", "E_SIG_BUNDLE", attest(statement, payloadType, { signatures: [{ sig: "AAAA", keyid: "x" }] })],
    ["that brings its certificate", "E_SIG_EMBEDDED_KEY", attest(statement, payloadType, { signatures: [{ sig: "AAAA", cert: "x" }] })],
    ["whose signature does not hold", "E_SIG_INVALID", attest(statement, payloadType, { signatures: [{ sig: "AAAA" }] })],
    [
      "whose signature is over the payload alone",
      "E_SIG_INVALID",
      attest(statement, payloadType, { signatures: [{ sig: sign("sha256", Buffer.from(JSON.stringify(statement)), keys.privateKey).toString("base64") }] }),
    ],
  ])("%s is refused", async ([, code, bundle]) => {
    expect(await refusal(bundle)).toBe(code);
  });

  test("is refused in no other way, whatever it states", async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        expect(await refusal(attest(JSON.stringify(value)))).toMatch(/^E_SIG_/);
      }),
    );
  });

  test("and a signature over the artifact are not taken for each other", async () => {
    const bundle = JSON.parse(attestWithKey(slsaStatement(facts), keys.privateKey)) as {
      readonly dsseEnvelope: { readonly signatures: readonly { readonly sig: string }[] };
    };
    const message = JSON.parse(signArtifact(artifact, keys.privateKey)) as { readonly messageSignature: { readonly signature: string } };
    const [signature] = bundle.dsseEnvelope.signatures;
    expect(await refusal(JSON.stringify({ ...message, messageSignature: { ...message.messageSignature, signature: signature?.sig } }))).toBe("E_SIG_INVALID");
  });

  test("is not made with a public key or of RSA", () => {
    for (const key of [keys.publicKey, generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey])
      expect(refusalOf(() => attestWithKey(slsaStatement(facts), key))).toBe("E_SIG_TYPE");
  });
});

describe("an attestation by a workflow", () => {
  let rig: SigstoreRig;
  let bundle: string;
  const issuer = "https://token.actions.githubusercontent.com";
  const workflow = "https://github.com/acme/x/.github/workflows/release.yml";
  const keyless: PublisherPolicy = [{ kind: "oidc", issuer, workflow, refs: ["refs/tags/v*"], repositoryId: "1234", ownerId: "99" }];
  const { signal } = new AbortController();

  beforeAll(async () => {
    rig = await sigstoreRig();
    bundle = await attestKeyless(slsaStatement(facts), { identityToken: tokenOf(), fulcioUrl: rig.url, rekorUrl: rig.url, tsaUrl: rig.url, signal });
    await rig.close();
  });

  test("is verified with nothing to ask", async () => {
    const { publisher, mode, identity, repositoryId, integratedTime } = await verify(bundle, { policy: keyless, trustedRoot: rig.trustedRoot });
    expect({ publisher, mode, identity, repositoryId, integratedTime }).toEqual({
      publisher: `oidc:${issuer}#${workflow}`,
      mode: "attestation",
      identity: `${workflow}@refs/tags/v1.0.0`,
      repositoryId: "1234",
      integratedTime: rig.clock.getTime() / 1000,
    });
  });

  test("is refused for another artifact, for another publisher and for one who signs with a key", async () => {
    const { trustedRoot } = rig;
    expect(await refusal(bundle, { policy: keyless, trustedRoot, artifact: Buffer.from("another archive") })).toBe("E_SIG_SUBJECT");
    expect(await refusal(bundle, { policy: [{ kind: "oidc", issuer, workflow, ownerId: "100" }], trustedRoot })).toBe("E_SIG_IDENTITY");
    expect(await refusal(bundle, { trustedRoot })).toBe("E_SIG_MODE");
  });

  test("is logged under its certificate, in a log of the second version too", async () => {
    const json = JSON.parse(bundle) as {
      readonly verificationMaterial: object;
      readonly dsseEnvelope: { readonly payload: string; readonly signatures: readonly { readonly sig: string }[] };
    };
    const entry = (rawBytes: string): object => {
      const signatures = [
        { content: json.dsseEnvelope.signatures[0]?.sig, verifier: { keyDetails: "PKIX_ECDSA_P256_SHA_256", x509Certificate: { rawBytes } } },
      ];
      const payloadHash = { algorithm: "SHA2_256", digest: hash("sha256", Buffer.from(json.dsseEnvelope.payload, "base64"), "base64") };
      return rig.entryOfSecondVersion({ apiVersion: "0.0.2", kind: "dsse", spec: { dsseV002: { payloadHash, signatures } } }, "dsse");
    };
    const logged = (rawBytes: string): string =>
      JSON.stringify({ ...json, verificationMaterial: { ...json.verificationMaterial, tlogEntries: [entry(rawBytes)] } });
    const own = certificateIn(bundle).raw.toString("base64");
    expect(await refusal(logged(own), { policy: keyless, trustedRoot: rig.trustedRoot })).toBe("accepted");
    expect(await refusal(logged("AAAA"), { policy: keyless, trustedRoot: rig.trustedRoot })).toBe("E_SIG_INVALID");
  });
});
