import { execFileSync } from "node:child_process";
import { generateKeyPairSync, hash, verify as verifySignature } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ClawError } from "@claw/kernel/host";
import { TrustedRoot } from "@sigstore/protobuf-specs";
import { toTrustMaterial } from "@sigstore/verify";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { OidcPublisher, PublisherPolicy } from "../src/signature/policy.ts";
import { type KeylessOptions, signKeyless, signLogged } from "../src/signature/sign-keyless.ts";
import { publisherOfKey } from "../src/signature/keys.ts";
import { signArtifact } from "../src/signature/sign.ts";
import { publicTrustedRoot } from "../src/signature/trusted-root.ts";
import { type SignedArtifact, verifyArtifact } from "../src/signature/verify.ts";
import { utf8String } from "./certificate-forge.ts";
import { laterRefusalOf } from "./refusal.ts";
import { certificateIn, type SigstoreRig, sigstoreRig, tokenOf, workflowClaims } from "./sigstore-rig.ts";

const artifact = Buffer.from("an archive");
const now = new Date("2026-11-22T00:00:00Z");
const { signal } = new AbortController();
const issuer = "https://token.actions.githubusercontent.com";
const workflow = "https://github.com/acme/x/.github/workflows/release.yml";
const publisher: OidcPublisher = { kind: "oidc", issuer, workflow };

let rig: SigstoreRig;
/** Of the workflow, with a log entry and no timestamp. */
let signed: string;
/** The same with a timestamp too. */
let timed: string;

const options = (more: Partial<KeylessOptions> = {}): KeylessOptions => ({ identityToken: tokenOf(), fulcioUrl: rig.url, rekorUrl: rig.url, signal, ...more });
const signWith = (claims: Readonly<Record<string, unknown>>): Promise<string> =>
  signKeyless(artifact, options({ identityToken: tokenOf({ ...workflowClaims, ...claims }) }));
const verify = (bundle: string, policy: PublisherPolicy = [publisher], more: Partial<SignedArtifact> = {}) =>
  verifyArtifact({ artifact, bundle: Buffer.from(bundle), policy, now, trustedRoot: rig.trustedRoot, ...more });
const refusal = (bundle: string, policy?: PublisherPolicy, more?: Partial<SignedArtifact>): Promise<string> => laterRefusalOf(verify(bundle, policy, more));

beforeAll(async () => {
  rig = await sigstoreRig();
  signed = await signKeyless(artifact, options());
  timed = await signKeyless(artifact, options({ tsaUrl: rig.url }));
});
afterAll(() => rig.close());

test("what a workflow signs is verified with nothing to ask", async () => {
  const own = await sigstoreRig();
  const bundle = await signKeyless(artifact, options({ fulcioUrl: `${own.url}/`, rekorUrl: own.url, tsaUrl: own.url }));
  expect([...own.asked].sort()).toEqual(["/api/v1/log/entries", "/api/v1/timestamp", "/api/v2/signingCert"]);
  await own.close();
  const entry = (JSON.parse(bundle) as { readonly verificationMaterial: { readonly tlogEntries: readonly { readonly logIndex: string }[] } })
    .verificationMaterial.tlogEntries[0];
  const exact: OidcPublisher = { ...publisher, refs: ["refs/tags/v*"], repositoryId: "1234", ownerId: "99" };
  expect(await verifyArtifact({ artifact, bundle: Buffer.from(bundle), policy: [exact], now, trustedRoot: own.trustedRoot })).toEqual({
    publisher: `oidc:${issuer}#${workflow}`,
    mode: "keyless",
    identity: `${workflow}@refs/tags/v1.0.0`,
    repositoryId: "1234",
    logIndex: entry?.logIndex,
    integratedTime: own.clock.getTime() / 1000,
  });
});

test("a person signs with an address, and has no repository", async () => {
  const claims = { iss: "https://accounts.google.com", sub: "1", email: "alice@acme.example", email_verified: true, job_workflow_ref: "alice@acme.example" };
  const bundle = await signKeyless(artifact, options({ identityToken: tokenOf(claims) }));
  const alice: OidcPublisher = { kind: "oidc", issuer: "https://accounts.google.com", san: "alice@acme.example" };
  const { publisher: name, identity, repositoryId } = await verify(bundle, [publisher, alice]);
  expect({ name, identity, repositoryId }).toEqual({
    name: "oidc:https://accounts.google.com#alice@acme.example",
    identity: "alice@acme.example",
    repositoryId: undefined,
  });
  expect(await refusal(bundle, [{ ...alice, san: "lice@acme.example" }])).toBe("E_SIG_IDENTITY");
  expect(await refusal(bundle, [{ ...alice, issuer }])).toBe("E_SIG_IDENTITY");
});

describe("a publisher is compared exactly", () => {
  test.for<readonly [what: string, accepted: boolean, publisher: Partial<OidcPublisher>]>([
    ["any ref", true, {}],
    ["its ref", true, { refs: ["refs/tags/v1.0.0"] }],
    ["one of several refs", true, { refs: ["refs/heads/main", "refs/tags/v1.0.0"] }],
    ["refs that begin so", true, { refs: ["refs/tags/v*"] }],
    ["any ref by a star", true, { refs: ["*"] }],
    ["the whole name", true, { workflow: undefined, san: `${workflow}@refs/tags/v1.0.0` } as never],
    ["its repository and owner", true, { repositoryId: "1234", ownerId: "99" }],
    ["another ref", false, { refs: ["refs/heads/main"] }],
    ["the beginning of its ref", false, { refs: ["refs/tags/v1"] }],
    ["refs with a star inside", false, { refs: ["refs/*/v1.0.0"] }],
    ["no ref at all", false, { refs: [] }],
    ["another workflow", false, { workflow: `${workflow}x` }],
    ["the beginning of its workflow", false, { workflow: "https://github.com/acme/x/.github/workflows/release" }],
    ["a workflow with the beginning of the ref", false, { workflow: `${workflow}@refs` }],
    ["a pattern", false, { workflow: "https://github.com/acme/x/.github/workflows/.*" }],
    ["a workflow that is empty", false, { workflow: "" }],
    ["another issuer", false, { issuer: `${issuer}/` }],
    ["a repository made again under the same name", false, { repositoryId: "1235" }],
    ["an owner made again under the same name", false, { ownerId: "100" }],
    ["the name without its ref", false, { san: workflow }],
    ["another name besides the right workflow", false, { san: "." }],
  ])("%s", async ([, accepted, more]) => {
    expect(await refusal(signed, [{ ...publisher, ...more }])).toBe(accepted ? "accepted" : "E_SIG_IDENTITY");
  });

  test("and one that names neither a workflow nor a person is nobody", async () => {
    expect(await refusal(signed, [{ kind: "oidc", issuer }])).toBe("E_SIG_IDENTITY");
  });

  test("where a ref is asked for a branch is not a tag, and a pull request neither", async () => {
    const policy: PublisherPolicy = [{ ...publisher, refs: ["refs/tags/*"] }];
    for (const ref of ["refs/heads/main", "refs/pull/1/merge", "refs/tags", "tags/v1", ""])
      expect(await refusal(await signWith({ job_workflow_ref: `acme/x/.github/workflows/release.yml@${ref}` }), policy), ref).toBe("E_SIG_IDENTITY");
  });

  test("and a refusal says who signed, with its text escaped", async () => {
    const bundle = await signWith({ job_workflow_ref: "evil/x/.github/workflows/release.yml@refs/tags/v1.0.0" });
    const error = await verify(bundle).catch((thrown: unknown) => thrown);
    expect(ClawError.is(error) && error.message).toBe(
      `it was signed by "https://github.com/evil/x/.github/workflows/release.yml@refs/tags/v1.0.0" (repository "1234", owner "99"), vouched for by "${issuer}", who is none of its publishers`,
    );
  });
});

describe("a certificate that Fulcio would not give is refused", () => {
  const number = "1.3.6.1.4.1.57264.1.15";
  const name = { type: "uri", value: `${workflow}@refs/tags/v1.0.0` } as const;
  test.for<readonly [what: string, Parameters<SigstoreRig["forge"]>[0]]>([
    ["with two names", (certificate) => ({ ...certificate, names: [name, { type: "email", value: "evil@example.com" }] })],
    ["with no name", (certificate) => ({ ...certificate, names: [] })],
    ["with a name of a host", (certificate) => ({ ...certificate, names: [{ ...name, type: "dns" }] })],
    // The library reads each of them as the letter below.
    [
      "with a name that is right but for a high bit",
      (certificate) => ({ ...certificate, names: [{ ...name, value: name.value.replace("acme", "\u00e1cme") }] }),
    ],
    ["with a name with a line feed", (certificate) => ({ ...certificate, names: [{ ...name, value: `${name.value}\n` }] })],
    ["that states its repository twice", (certificate) => ({ ...certificate, extensions: [...certificate.extensions, [number, utf8String("1234")]] })],
    [
      "that states its issuer twice",
      (certificate) => ({ ...certificate, extensions: [...certificate.extensions, ["1.3.6.1.4.1.57264.1.8", utf8String(issuer)]] }),
    ],
    [
      "with a repository that is bare text",
      (certificate) => ({ ...certificate, extensions: [...without(certificate, number), [number, Buffer.from("1234")]] }),
    ],
    [
      "with a repository and something behind it",
      (certificate) => ({ ...certificate, extensions: [...without(certificate, number), [number, Buffer.concat([utf8String("1234"), Buffer.from([0])])]] }),
    ],
    [
      "with a repository that is not UTF-8",
      (certificate) => ({ ...certificate, extensions: [...without(certificate, number), [number, Buffer.from([0x0c, 1, 0xff])]] }),
    ],
    ["without an issuer but the old one", (certificate) => ({ ...certificate, extensions: without(certificate, "1.3.6.1.4.1.57264.1.8") })],
  ])("%s", async ([, change]) => {
    rig.forge(change);
    try {
      expect(await refusal(await signKeyless(artifact, options()), [{ ...publisher, repositoryId: "1234" }])).toBe("E_SIG_IDENTITY");
    } finally {
      rig.forge((certificate) => certificate);
    }
  });

  function without({ extensions }: { readonly extensions: readonly (readonly [string, Uint8Array])[] }, oid: string) {
    return extensions.filter(([own]) => own !== oid);
  }
});

describe("a keyless signature is refused", () => {
  test("for other bytes", async () => {
    expect(await refusal(signed, undefined, { artifact: Buffer.from("another archive") })).toBe("E_SIG_DIGEST");
  });

  test("of another Sigstore", async () => {
    const other = await sigstoreRig();
    await other.close();
    expect(await refusal(signed, undefined, { trustedRoot: other.trustedRoot })).toBe("E_SIG_INVALID");
    for (const trustedRoot of [undefined, null]) expect(await refusal(signed, undefined, { trustedRoot })).toBe("E_SIG_INVALID");
  });

  test.for<readonly [part: "tlogs" | "ctlogs" | "certificateAuthorities"]>([["tlogs"], ["ctlogs"], ["certificateAuthorities"]])(
    "where nobody is trusted for its %s",
    async ([part]) => {
      expect(await refusal(signed, undefined, { trustedRoot: { ...rig.trustedRoot, [part]: [] } })).toBe("E_SIG_INVALID");
    },
  );

  test("where nobody is trusted for its timestamps, even if the log states a time", async () => {
    expect(await refusal(timed, undefined, { trustedRoot: { ...rig.trustedRoot, timestampAuthorities: [] } })).toBe("E_SIG_INVALID");
  });

  test("where what is trusted cannot be read", async () => {
    const key = { rawBytes: "AAAA" };
    for (const trustedRoot of [
      "",
      1,
      [],
      { tlogs: [null] },
      { tlogs: [{ publicKey: key }] },
      { certificateAuthorities: [{ certChain: { certificates: [key] } }] },
      { tlogs: 1 },
    ])
      expect(await refusal(signed, undefined, { trustedRoot }), JSON.stringify(trustedRoot)).toMatch(/^E_SIG_(TYPE|INVALID)$/);
  });

  test("without a log entry or without a time", async () => {
    expect(await refusal(changed(timed, (material) => ({ ...material, tlogEntries: [] })))).toBe("E_SIG_INVALID");
    const [entry] = entriesOf(signed);
    const { inclusionPromise: _, ...unpromised } = entry ?? {};
    expect(await refusal(changed(signed, (material) => ({ ...material, tlogEntries: [unpromised] })))).toBe("E_SIG_INVALID");
  });

  test("with the same log entry twice", async () => {
    expect(await refusal(changed(signed, (material) => ({ ...material, tlogEntries: [...entriesOf(signed), ...entriesOf(signed)] })))).toBe("E_SIG_INVALID");
  });

  test("with a log entry or a timestamp of another signature", async () => {
    expect(await refusal(changed(signed, (material) => ({ ...material, tlogEntries: entriesOf(timed) })))).toBe("E_SIG_INVALID");
    const { timestampVerificationData } = (JSON.parse(timed) as Bundle).verificationMaterial;
    expect(await refusal(changed(signed, (material) => ({ ...material, timestampVerificationData })))).toBe("E_SIG_INVALID");
  });

  test("with a chain, as v0.2 had, and with a certificate that is none", async () => {
    expect(await refusal(changed(signed, ({ certificate, ...material }) => ({ ...material, x509CertificateChain: { certificates: [certificate] } })))).toBe(
      "E_SIG_BUNDLE",
    );
    for (const rawBytes of ["AAAA", "MAA=", "MIAA", Buffer.alloc(2000, 0x30).toString("base64")])
      expect(await refusal(changed(signed, (material) => ({ ...material, certificate: { rawBytes } }))), rawBytes.slice(0, 8)).toBe("E_SIG_INVALID");
  });

  const promised = (name: string): string[] => [name];
  test.for<readonly [path: string, value: unknown]>([
    ["logIndex", "1"],
    ["integratedTime", "1"],
    ["inclusionProof.rootHash", Buffer.alloc(32).toString("base64")],
    ["inclusionProof.treeSize", "2"],
    ["inclusionProof.logIndex", "1"],
    ["inclusionProof.hashes", [Buffer.alloc(32).toString("base64")]],
    ["logId.keyId", Buffer.alloc(32).toString("base64")],
    ["kindVersion.kind", "dsse"],
    ["kindVersion.version", "0.0.2"],
  ])("with another %s in its log entry", async ([path, value]) => {
    const entry = structuredClone(entriesOf(signed)[0]) as Record<string, unknown>;
    const keys = path.split(".").flatMap(promised);
    let at = entry;
    for (const key of keys.slice(0, -1)) at = at[key] as Record<string, unknown>;
    at[keys.at(-1) ?? ""] = value;
    expect(await refusal(changed(signed, (material) => ({ ...material, tlogEntries: [entry] })))).toBe("E_SIG_INVALID");
  });

  test("with any bit of it flipped", async () => {
    const bytes = Buffer.from(signed);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 2), fc.nat(7), async (at, bit) => {
        const flipped = Buffer.from(bytes);
        flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
        expect(await laterRefusalOf(verifyArtifact({ artifact, bundle: flipped, policy: [publisher], now, trustedRoot: rig.trustedRoot }))).toMatch(/^E_SIG_/);
      }),
      { numRuns: 250 },
    );
  });

  test("or means the same, with any bit of its timestamp flipped", async () => {
    const expected = await verify(timed);
    const { signedTimestamp = "" } = (JSON.parse(timed) as Bundle).verificationMaterial.timestampVerificationData?.rfc3161Timestamps?.[0] ?? {};
    const bytes = Buffer.from(signedTimestamp, "base64");
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(7), async (at, bit) => {
        const flipped = Buffer.from(bytes);
        flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
        const bundle = timed.replace(signedTimestamp, flipped.toString("base64"));
        const result = await verify(bundle).catch((error: unknown) => (ClawError.is(error) ? error.code : error));
        // A timestamp has fields that nothing signs; none of them says anything of who signed.
        if (result !== "E_SIG_INVALID") expect(result).toEqual(expected);
      }),
      { numRuns: 150 },
    );
  });
});

interface Bundle {
  readonly verificationMaterial: {
    readonly [name: string]: unknown;
    readonly tlogEntries: readonly Readonly<Record<string, unknown>>[];
    readonly timestampVerificationData?: { readonly rfc3161Timestamps?: readonly { readonly signedTimestamp: string }[] };
  };
}

const entriesOf = (bundle: string) => (JSON.parse(bundle) as Bundle).verificationMaterial.tlogEntries;

function changed(bundle: string, change: (material: Readonly<Record<string, unknown>>) => object): string {
  const json = JSON.parse(bundle) as Bundle;
  return JSON.stringify({ ...json, verificationMaterial: change(json.verificationMaterial) });
}

describe("a log of the second version, which promises no time", () => {
  const entry = (bundle: string, rawBytes = certificateIn(bundle).raw.toString("base64")): object => {
    const { messageSignature: message } = JSON.parse(bundle) as {
      readonly messageSignature: { readonly signature: string; readonly messageDigest: { readonly digest: string } };
    };
    const verifier = { keyDetails: "PKIX_ECDSA_P256_SHA_256", x509Certificate: { rawBytes } };
    const spec = {
      hashedRekordV002: { data: { algorithm: "SHA2_256", digest: message.messageDigest.digest }, signature: { content: message.signature, verifier } },
    };
    return rig.entryOfSecondVersion({ apiVersion: "0.0.2", kind: "hashedrekord", spec }, "hashedrekord");
  };
  const withEntry = (bundle: string, one: object): string => changed(bundle, (material) => ({ ...material, tlogEntries: [one] }));

  test("is enough with a timestamp", async () => {
    expect(await verify(withEntry(timed, entry(timed)))).toEqual({
      publisher: `oidc:${issuer}#${workflow}`,
      mode: "keyless",
      identity: `${workflow}@refs/tags/v1.0.0`,
      repositoryId: "1234",
      logIndex: "0",
    });
  });

  test("is refused without one, with an index or a time that it does not prove, and for another signer", async () => {
    expect(await refusal(withEntry(signed, entry(signed)))).toBe("E_SIG_INVALID");
    expect(await refusal(withEntry(timed, { ...entry(timed), logIndex: "7" }))).toBe("E_SIG_INVALID");
    expect(await refusal(withEntry(timed, { ...entry(timed), integratedTime: "1700000000" }))).toBe("E_SIG_INVALID");
    expect(await refusal(withEntry(timed, entry(timed, certificateIn(signed).raw.toString("base64"))))).toBe("E_SIG_INVALID");
  });
});

describe("a key whose signatures must be logged", () => {
  const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = keys.publicKey.export({ type: "spki", format: "pem" }).toString();
  const policy: PublisherPolicy = [{ kind: "key", pem }];

  test("is believed with an entry of the log, and says where it is", async () => {
    const bundle = await signLogged(artifact, keys.privateKey, { rekorUrl: rig.url, signal });
    expect(await verify(bundle, policy, { tlog: "required" })).toEqual({
      publisher: publisherOfKey(keys.publicKey),
      mode: "key",
      logIndex: entriesOf(bundle)[0]?.["logIndex"],
      integratedTime: rig.clock.getTime() / 1000,
    });
    expect(await verify(bundle, policy)).toEqual({ publisher: publisherOfKey(keys.publicKey), mode: "key" });
  });

  test("is refused without one, with one of another signature, and with one of a log that nobody trusts", async () => {
    const unlogged = signArtifact(artifact, keys.privateKey);
    expect(await refusal(unlogged, policy)).toBe("accepted");
    expect(await refusal(unlogged, policy, { tlog: "required" })).toBe("E_SIG_INVALID");
    const logged = await signLogged(artifact, keys.privateKey, { rekorUrl: rig.url, signal });
    const borrowed = changed(unlogged, (material) => ({ ...material, tlogEntries: entriesOf(logged) }));
    expect(await refusal(borrowed, policy, { tlog: "required" })).toBe("E_SIG_INVALID");
    expect(await refusal(logged, policy, { tlog: "required", trustedRoot: undefined })).toBe("E_SIG_INVALID");
  });

  test("is on P-256 or Ed25519, and private", async () => {
    for (const key of [keys.publicKey, generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey])
      expect(await laterRefusalOf(signLogged(artifact, key, { rekorUrl: rig.url, signal }))).toBe("E_SIG_TYPE");
  });
});

test("a key's signature is verified without the libraries for keyless ones", () => {
  const urlOf = (file: string): string => JSON.stringify(pathToFileURL(join(import.meta.dirname, `../src/signature/${file}.ts`)).href);
  const script = `
    import { registerHooks } from "node:module";
    import { generateKeyPairSync } from "node:crypto";
    const seen = [];
    registerHooks({ resolve(specifier, context, next) { const found = next(specifier, context); seen.push(found.url); return found; } });
    const { verifyArtifact } = await import(${urlOf("verify")});
    const { signArtifact } = await import(${urlOf("sign")});
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const pem = publicKey.export({ type: "spki", format: "pem" });
    await verifyArtifact({ artifact: Buffer.from("a"), bundle: Buffer.from(signArtifact(Buffer.from("a"), privateKey)), policy: [{ kind: "key", pem }], now: new Date() });
    const before = seen.filter((url) => url.includes("@sigstore") || url.includes("trusted-root")).length;
    await import(${urlOf("keyless")});
    console.log(JSON.stringify({ before, verifier: seen.some((url) => url.includes("@sigstore/verify")), tuf: seen.some((url) => url.includes("tuf")) }));
  `;
  const output = execFileSync(process.execPath, ["--conditions=claw-source", "--input-type=module", "-e", script], { encoding: "utf8" });
  expect(JSON.parse(output)).toEqual({ before: 0, verifier: true, tuf: false });
});

test("the signature in a bundle is one over the artifact by the key in its certificate", () => {
  const { messageSignature: message } = JSON.parse(signed) as { readonly messageSignature: { readonly signature: string } };
  expect(verifySignature("sha256", artifact, certificateIn(signed).publicKey, Buffer.from(message.signature, "base64"))).toBe(true);
});

test("the public Sigstore is pinned by the file that its source names, and can be read", () => {
  const file = readFileSync(join(import.meta.dirname, "../src/signature/trusted-root.json"));
  expect(hash("sha256", file, "hex")).toBe("6494e21ea73fa7ee769f85f57d5a3e6a08725eae1e38c755fc3517c9e6bc0b66");
  const { certificateAuthorities, tlogs, ctlogs, timestampAuthorities } = toTrustMaterial(TrustedRoot.fromJSON(publicTrustedRoot));
  expect(tlogs.map(({ baseURL }) => baseURL)).toEqual(["https://rekor.sigstore.dev", "https://log2025-1.rekor.sigstore.dev"]);
  expect([certificateAuthorities, ctlogs, timestampAuthorities].map(({ length }) => length)).toEqual([2, 2, 1]);
});
