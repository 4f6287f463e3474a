import { createPublicKey, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import type { MarketplaceIndex, Role } from "@claw/kernel/host";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { signDocument, signedBytes, type Threshold, type Unsigned, verifyThreshold } from "../src/documents/envelope.ts";
import { readIndex } from "../src/documents/read.ts";
import { keyIdOf } from "../src/signature/keys.ts";
import { signKeyless } from "../src/signature/sign-keyless.ts";
import { pemOf, roleOf, signersOf } from "./marketplace-folder.ts";
import { newKey } from "./package-source.ts";
import { laterRefusalOf } from "./refusal.ts";
import { type SigstoreRig, sigstoreRig, tokenOf, workflowClaims } from "./sigstore-rig.ts";

const now = new Date("2026-11-22T00:00:00Z");
const { signal } = new AbortController();
const [a, b, c] = [newKey(), newKey(), newKey()];
const unsigned: Unsigned<"index"> = {
  kind: "claw.index/1",
  version: 412,
  marketplace: "https://ext.acme.example",
  issued: "2026-11-22T08:00:00Z",
  expires: "2026-11-29T08:00:00Z",
  rootVersion: 2,
  namespaces: { acme: { publishers: [{ kind: "key", pem: pemOf(a) }] } },
  extensions: { "acme/bedrock": { latest: "1.4.0", manifest: { size: 4123, sha256: `${"A".repeat(43)}=` } } },
  aliases: { nova: "acme/bedrock" },
  revoked: [{ name: "acme/bedrock", versions: "<1.3.2", severity: "malicious", reason: "it was", date: "2026-11-01" }],
};
const verify = (document: MarketplaceIndex, role: Role, more: Partial<Threshold> = {}): Promise<string> =>
  laterRefusalOf(verifyThreshold("index", document, role, { now, what: "the index", ...more }));
const signedBy = (...keys: readonly KeyObject[]): Promise<MarketplaceIndex> => signDocument("index", unsigned, signersOf(...keys));

describe("the signed form of a document", () => {
  test("is DSSE's, over the canonical text without the signatures", () => {
    expect(signedBytes("root", { b: 1, a: "é", signatures: [{ keyid: "x" }] }).toString()).toBe(
      'DSSEv1 33 application/vnd.claw.root.v1+json 16 {"a":"é","b":1}',
    );
  });

  test("can be signed again, which replaces the signatures", async () => {
    const once = await signedBy(a);
    const twice = await signDocument("index", once, signersOf(b));
    expect(twice).toEqual({ ...unsigned, signatures: [{ keyid: keyIdOf(createPublicKey(b)), sig: expect.any(String) }] });
  });
});

describe("a threshold of keys", () => {
  test.each(["P-256", "P-384", "P-521"])("holds with a key on %s", async (namedCurve) => {
    const key = generateKeyPairSync("ec", { namedCurve }).privateKey;
    expect(await verify(await signedBy(key), roleOf([key]))).toBe("accepted");
  });

  test("holds with Ed25519, and a document is not signed with anything else", async () => {
    const key = generateKeyPairSync("ed25519").privateKey;
    expect(await verify(await signedBy(key), roleOf([key]))).toBe("accepted");
    expect(await laterRefusalOf(signedBy(generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey))).toBe("E_SIG_TYPE");
  });

  test("an elliptic signature with the digest of another curve is none", async () => {
    const key = generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey;
    const sig = sign("sha256", signedBytes("index", unsigned), key).toString("base64");
    expect(await verify({ ...unsigned, signatures: [{ keyid: keyIdOf(createPublicKey(key)), sig }] }, roleOf([key]))).toBe("E_SIG_THRESHOLD");
  });

  test("takes as many different keys as it asks for", async () => {
    expect([
      await verify(await signedBy(a, b), roleOf([a, b, c], 2)),
      await verify(await signedBy(a), roleOf([a, b, c], 2)),
      await verify(await signedBy(a, a, a), roleOf([a, b, c], 2)),
      await verify(await signedBy(a, newKey()), roleOf([a, b, c], 2)),
      await verify(await signedBy(), roleOf([a])),
    ]).toEqual(["accepted", "E_SIG_THRESHOLD", "E_SIG_THRESHOLD", "E_SIG_THRESHOLD", "E_SIG_THRESHOLD"]);
  });

  test("a key counts under its own id and no other", async () => {
    const document = await signedBy(a);
    const [id, pem] = Object.entries(roleOf([a]).keys)[0] ?? ["", ""];
    const other = keyIdOf(createPublicKey(b));
    const alias = { ...document, signatures: [...document.signatures, { keyid: other, sig: document.signatures[0]?.sig ?? "" }] };
    expect([
      await verify(alias, { threshold: 2, keys: { [id]: pem, [other]: pem } }),
      await verify({ ...document, signatures: [{ keyid: other, sig: document.signatures[0]?.sig ?? "" }] }, roleOf([a, b])),
    ]).toEqual(["E_SIG_THRESHOLD", "E_SIG_THRESHOLD"]);
  });

  test("a signature has one spelling", async () => {
    const document = await signedBy(a);
    const { keyid = "", sig = "" } = document.signatures[0] ?? {};
    const spellings = [`${sig}\n`, ` ${sig}`, sig.replace(/=*$/, ""), sig.replaceAll("+", "-").replaceAll("/", "_").replace(/=*$/, "")];
    // One that has no padding to take away is the signature itself.
    for (const spelling of spellings.filter((each) => each !== sig)) {
      expect(await verify({ ...document, signatures: [{ keyid, sig: spelling }] }, roleOf([a]))).toBe("E_SIG_THRESHOLD");
    }
  });

  test("signatures of others do no harm, but there may not be thousands", async () => {
    const document = await signedBy(a, b);
    const junk = { keyid: "A".repeat(44), sig: "AAAA" };
    expect([
      await verify({ ...document, signatures: [junk, ...document.signatures] }, roleOf([a])),
      await verify({ ...document, signatures: [...document.signatures, ...Array.from({ length: 80 }, () => junk)] }, roleOf([a])),
    ]).toEqual(["accepted", "E_SIG_THRESHOLD"]);
  });

  test("a role that names nobody is not one that anybody fulfils", async () => {
    expect(await verify(await signedBy(a), { threshold: 1, keys: {} })).toBe("E_POLICY_EMPTY");
  });

  test("one kind of document does not pass for another", async () => {
    const root = { ...unsigned, signatures: [] } as unknown as Unsigned<"root">;
    const signedAsRoot = (await signDocument("root", root, signersOf(a))) as unknown as MarketplaceIndex;
    expect(await verify(signedAsRoot, roleOf([a]))).toBe("E_SIG_THRESHOLD");
  });
});

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Every place of a value and, for each, another value in it or nothing there. */
function changesOf(value: Json): readonly Json[] {
  if (Array.isArray(value)) {
    const list = value as readonly Json[];
    return [...list.flatMap((each, at) => [...changesOf(each).map((one) => list.with(at, one)), list.toSpliced(at, 1)]), [...list, "more"]];
  }
  if (typeof value === "object" && value !== null) {
    const record = value as Readonly<Record<string, Json>>;
    return [
      ...Object.keys(record).flatMap((key) => {
        const { [key]: inside = null, ...rest } = record;
        return [...changesOf(inside).map((one) => ({ ...record, [key]: one })), rest];
      }),
      { ...record, more: true },
    ];
  }
  if (typeof value === "string") return [`${value}x`, value.slice(1), null].filter((other) => other !== value);
  return typeof value === "number" ? [value + 1, String(value)] : ["other"];
}

describe("any single change of a signed document is refused", () => {
  test("in what it says, at every place", async () => {
    const { signatures, ...said } = await signedBy(a);
    const changes = changesOf(said as unknown as Json);
    expect(changes.length).toBeGreaterThan(60);
    for (const change of changes) expect(await verify({ ...(change as object), signatures } as MarketplaceIndex, roleOf([a]))).toBe("E_SIG_THRESHOLD");
  });

  test("in its signature, at every bit", async () => {
    const document = await signedBy(a);
    const { keyid = "", sig = "" } = document.signatures[0] ?? {};
    const bytes = Buffer.from(sig, "base64");
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length * 8 - 1), async (bit) => {
        const forged = Buffer.from(bytes);
        forged[bit >> 3] = (forged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        return (await verify({ ...document, signatures: [{ keyid, sig: forged.toString("base64") }] }, roleOf([a]))) === "E_SIG_THRESHOLD";
      }),
    );
  });

  test("in its text, at every byte, or the text is not read at all", async () => {
    const document = await signedBy(a);
    const text = Buffer.from(JSON.stringify(document));
    const until = text.indexOf('"signatures"');
    await fc.assert(
      fc.asyncProperty(fc.nat(until - 1), fc.integer({ min: 0x20, max: 0x7e }), async (at, byte) => {
        const changed = Buffer.from(text);
        changed[at] = byte;
        // White space between the tokens says nothing, and there is none in this text to begin with.
        if (changed.equals(text)) return true;
        const refusal = await laterRefusalOf((async () => verifyThreshold("index", readIndex(changed), roleOf([a]), { now, what: "it" }))());
        return refusal !== "accepted";
      }),
      { numRuns: 400 },
    );
  });
});

describe("a document that is signed keyless", () => {
  const workflow = { issuer: workflowClaims.iss, workflow: "https://github.com/acme/x/.github/workflows/release.yml" };
  const role: Role = { threshold: 1, keys: {}, oidc: [workflow] };
  let rig: SigstoreRig;
  let document: MarketplaceIndex;
  const keyless = (claims: object = {}) => ({
    kind: "keyless" as const,
    sign: (bytes: Uint8Array) =>
      signKeyless(bytes, { identityToken: tokenOf({ ...workflowClaims, ...claims }), fulcioUrl: rig.url, rekorUrl: rig.url, signal }),
  });

  beforeAll(async () => {
    rig = await sigstoreRig();
    document = await signDocument("index", unsigned, [keyless()]);
  });
  afterAll(() => rig.close());

  test("holds for the workflow that the role names, by the trusted root that comes with it, after it was written and read", async () => {
    const read = readIndex(Buffer.from(JSON.stringify(document)));
    expect(await verify(read, { ...role, oidc: [{ ...workflow, refs: ["refs/tags/v*"], repositoryId: "1234" }] }, { trustedRoot: rig.trustedRoot })).toBe(
      "accepted",
    );
  });

  test("holds for nobody else, and not without that root", async () => {
    const trust = { trustedRoot: rig.trustedRoot };
    expect([
      await verify(document, { ...role, oidc: [{ ...workflow, workflow: "https://github.com/evil/x/.github/workflows/release.yml" }] }, trust),
      await verify(document, { ...role, oidc: [{ ...workflow, refs: ["refs/heads/main"] }] }, trust),
      await verify({ ...document, version: 413 }, role, trust),
      await verify(document, role, { trustedRoot: null }),
      await verify(document, roleOf([a]), trust),
    ]).toEqual(Array.from({ length: 5 }, () => "E_SIG_THRESHOLD"));
  });

  test("counts each identity once, and beside keys", async () => {
    const twice = await signDocument("index", unsigned, [keyless(), keyless()]);
    const both = await signDocument("index", unsigned, [keyless(), { kind: "key", key: a }]);
    const two: Role = { threshold: 2, keys: roleOf([a]).keys, oidc: [workflow] };
    const trust = { trustedRoot: rig.trustedRoot };
    expect([await verify(twice, two, trust), await verify(both, two, trust), await verify(both, { ...two, threshold: 3 }, trust)]).toEqual([
      "E_SIG_THRESHOLD",
      "accepted",
      "E_SIG_THRESHOLD",
    ]);
  });
});
