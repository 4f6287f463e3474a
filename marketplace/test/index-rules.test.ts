import type { AdminPolicy, MarketplaceIndex, MarketplaceRoot } from "@claw/kernel/host";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { signDocument, type Unsigned } from "../src/documents/envelope.ts";
import { type IndexJudgement, type IndexMemory, judgedTime, judgeIndex } from "../src/documents/index-rules.ts";
import { roleOf, signersOf } from "./marketplace-folder.ts";
import { newKey } from "./package-source.ts";
import { laterRefusalOf } from "./refusal.ts";

const now = new Date("2026-11-22T12:00:00Z");
const [key, otherKey] = [newKey(), newKey()];
const marketplace = "https://ext.acme.example";
const manifest = { size: 1, sha256: `${"A".repeat(43)}=` };
const base: Unsigned<"index"> = {
  kind: "claw.index/1",
  version: 7,
  marketplace,
  issued: "2026-11-22T08:00:00Z",
  expires: "2026-11-29T08:00:00Z",
  rootVersion: 2,
  namespaces: {},
  extensions: { "acme/a": { latest: "1.0.0", manifest } },
  revoked: [{ name: "acme/a", versions: "<1.0.0", severity: "malicious" }],
};
const nothing: IndexMemory = { names: [], revoked: [] };
const remembered = (version: number, digest = "sha256-old", more: Partial<IndexMemory> = {}): IndexMemory => ({
  ...nothing,
  index: { version, digest, role: roleOf([key]) },
  ...more,
});

let root: MarketplaceRoot;
beforeAll(async () => {
  root = await signDocument(
    "root",
    { kind: "claw.root/1", marketplace, version: 2, expires: "2027-11-01T00:00:00Z", roles: { root: roleOf([key]), index: roleOf([key]) } },
    signersOf(key),
  );
});

const judge = async (change: Partial<Unsigned<"index">> = {}, more: Partial<IndexJudgement> = {}): Promise<string> => {
  const index: MarketplaceIndex = await signDocument("index", { ...base, ...change }, signersOf(key));
  return laterRefusalOf(judgeIndex(index, { digest: "sha256-new", root, seen: nothing, now, asOf: now, reserved: undefined, ...more }));
};

describe("an index", () => {
  test("of the marketplace, signed by its index role and current, is accepted", async () => {
    expect(await judge()).toBe("accepted");
  });

  test("of another marketplace is refused", async () => {
    expect(await judge({ marketplace: "https://ext.other.example" })).toBe("E_INDEX_MARKETPLACE");
  });

  test("that the index role did not sign is refused", async () => {
    expect(await judge({}, { root: { ...root, roles: { ...root.roles, index: roleOf([otherKey]) } } })).toBe("E_SIG_THRESHOLD");
  });

  test("made under a root that nobody shows is refused", async () => {
    expect([await judge({ rootVersion: 3 }), await judge({ rootVersion: 1 })]).toEqual(["E_ROOT_VERSION", "accepted"]);
  });
});

describe("the time of an index", () => {
  test.each([
    ["2026-11-22T12:04:00Z", "accepted"],
    ["2026-11-22T12:06:00Z", "E_INDEX_FUTURE"],
    ["2027-11-22T12:00:00Z", "E_INDEX_FUTURE"],
  ])("issued %s by a clock of 12:00: %s", async (issued, code) => {
    expect(await judge({ issued, expires: new Date(Date.parse(issued) + 1000 * 3600).toISOString() })).toBe(code);
  });

  test("is over once it has expired, to the second", async () => {
    const at = (time: string): Promise<string> => judge({}, { now: new Date(time), asOf: new Date(time) });
    expect([await at("2026-11-29T07:59:59Z"), await at("2026-11-29T08:00:00Z"), await at("2027-01-01T00:00:00Z")]).toEqual([
      "accepted",
      "E_INDEX_EXPIRED",
      "E_INDEX_EXPIRED",
    ]);
  });

  test("is no longer than the root allows, and not over before it began", async () => {
    const until = (expires: string, maxIndexAgeDays?: number): Promise<string> =>
      judge({ expires }, maxIndexAgeDays === undefined ? {} : { root: { ...root, maxIndexAgeDays } });
    expect([
      await until("2026-12-06T08:00:00Z"),
      await until("2026-12-06T08:00:01Z"),
      await until("2026-12-22T08:00:00Z", 30),
      await until("2026-11-29T08:00:00Z", 3),
      await until("2026-11-22T08:00:00Z"),
    ]).toEqual(["accepted", "E_INDEX_LIFETIME", "accepted", "E_INDEX_LIFETIME", "E_INDEX_LIFETIME"]);
  });

  test("is not asked of the folder that comes with the program, which is as old as that", async () => {
    const later = new Date("2030-01-01T00:00:00Z");
    expect([await judge({}, { now: later, asOf: undefined }), await judge({}, { now: later, asOf: later })]).toEqual(["accepted", "E_INDEX_EXPIRED"]);
  });

  test("is judged by an administrator's time where the network is not reached, and only until then", () => {
    const policy: AdminPolicy = { extensions: { airgap: { [marketplace]: { asOf: "2026-11-23T00:00:00Z", until: "2027-06-01T00:00:00Z" } } } };
    const at = (time: string, of = marketplace): string => judgedTime(of, policy, new Date(time)).toISOString();
    expect([
      at("2027-03-01T00:00:00Z"),
      at("2027-06-01T00:00:00Z"),
      at("2027-03-01T00:00:00Z", "https://other.example"),
      at("2027-03-01T00:00:00Z", "constructor"),
    ]).toEqual(["2026-11-23T00:00:00.000Z", "2027-06-01T00:00:00.000Z", "2027-03-01T00:00:00.000Z", "2027-03-01T00:00:00.000Z"]);
  });

  test("an administrator's time makes an old index good, and a rolled back one no better", async () => {
    const later = new Date("2027-03-01T00:00:00Z");
    const asOf = new Date("2026-11-23T00:00:00Z");
    expect([await judge({}, { now: later, asOf }), await judge({}, { now: later, asOf, seen: remembered(8) })]).toEqual(["accepted", "E_INDEX_ROLLBACK"]);
  });
});

describe("the number of an index", () => {
  test("never goes down", async () => {
    expect([await judge({}, { seen: remembered(6) }), await judge({}, { seen: remembered(8) }), await judge({}, { seen: remembered(1) })]).toEqual([
      "accepted",
      "E_INDEX_ROLLBACK",
      "accepted",
    ]);
  });

  test("stands for one document", async () => {
    expect([await judge({}, { seen: remembered(7, "sha256-new") }), await judge({}, { seen: remembered(7) })]).toEqual(["accepted", "E_INDEX_EQUIVOCATION"]);
  });

  test("and the document before it is the one that was seen", async () => {
    expect([
      await judge({ previous: "sha256-old" }, { seen: remembered(6) }),
      await judge({ previous: "sha256-other" }, { seen: remembered(6) }),
      await judge({ previous: "sha256-other" }, { seen: remembered(5) }),
    ]).toEqual(["accepted", "E_INDEX_EQUIVOCATION", "accepted"]);
  });

  test("begins again when somebody was taken out of the index role, so that who counted too far is recovered from", async () => {
    const far = (role: IndexMemory["index"]): IndexMemory => ({ ...nothing, ...(role === undefined ? {} : { index: role }) });
    const seen = { version: 1_000_000, digest: "sha256-old" };
    expect([
      await judge({}, { seen: far({ ...seen, role: roleOf([otherKey]) }) }),
      await judge({}, { seen: far({ ...seen, role: roleOf([key, otherKey]) }) }),
      await judge({}, { seen: far({ ...seen, role: { ...roleOf([key]), oidc: [{ issuer: "https://i.example", workflow: "w" }] } }) }),
      await judge({}, { root: { ...root, roles: { ...root.roles, index: roleOf([key, otherKey]) } }, seen: far({ ...seen, role: roleOf([key]) }) }),
    ]).toEqual(["accepted", "accepted", "accepted", "E_INDEX_ROLLBACK"]);
  });

  test("after whatever was seen, only what is not older is accepted", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }), fc.boolean(), async (version, before, same) => {
        const code = await judge({ version }, { seen: remembered(before, same ? "sha256-new" : "sha256-old") });
        expect(code).toBe(version < before ? "E_INDEX_ROLLBACK" : version === before && !same ? "E_INDEX_EQUIVOCATION" : "accepted");
      }),
    );
  });
});

describe("what an index has said", () => {
  test("a name is there, or is called removed", async () => {
    const seen = remembered(6, "sha256-old", { names: ["acme/a", "acme/gone"] });
    expect([await judge({}, { seen }), await judge({ removed: { "acme/gone": { date: "2026-11-01", reason: "malware" } } }, { seen })]).toEqual([
      "E_INDEX_REMOVED",
      "accepted",
    ]);
  });

  test("a revocation is never taken back, though its reason may be written better", async () => {
    const revoked = base.revoked ?? [];
    const seen = remembered(6, "sha256-old", { revoked });
    const wider = [...revoked, { tree: `ct1-${manifest.sha256}`, severity: "malicious" as const }];
    expect([
      await judge({}, { seen }),
      await judge({ revoked: wider }, { seen }),
      await judge({ revoked: revoked.map((range) => ({ ...range, reason: "better said" })) }, { seen }),
      await judge({ revoked: [] }, { seen }),
      await judge({ revoked: revoked.map((range) => ({ ...range, severity: "vulnerable" as const })) }, { seen }),
      await judge({ revoked: revoked.map((range) => ({ ...range, versions: "<0.9.0" })) }, { seen }),
    ]).toEqual(["accepted", "accepted", "accepted", "E_INDEX_REMOVED", "E_INDEX_REMOVED", "E_INDEX_REMOVED"]);
  });

  test("both hold on when the counter begins again", async () => {
    const index = { version: 99, digest: "sha256-old", role: roleOf([otherKey]) };
    expect([
      await judge({}, { seen: { index, names: ["acme/gone"], revoked: [] } }),
      await judge({ revoked: [] }, { seen: { index, names: [], revoked: base.revoked ?? [] } }),
    ]).toEqual(["E_INDEX_REMOVED", "E_INDEX_REMOVED"]);
  });
});

test("the scope and the short names of the default marketplace are its own", async () => {
  const reserved = { scope: "claw", aliases: new Set(["bedrock"]) };
  const publishers = [{ kind: "key" as const, pem: Object.values(roleOf([key]).keys)[0] ?? "" }];
  expect([
    await judge({}, { reserved }),
    await judge({ extensions: { "claw/x": { latest: "1.0.0", manifest } } }, { reserved }),
    await judge({ namespaces: { claw: { publishers } } }, { reserved }),
    await judge({ aliases: { bedrock: "acme/a" } }, { reserved }),
    await judge({ aliases: { nova: "claw/bedrock" } }, { reserved }),
    await judge({ aliases: { nova: "acme/a" } }, { reserved }),
    await judge({ extensions: { "claw/x": { latest: "1.0.0", manifest } }, aliases: { bedrock: "claw/x" } }),
  ]).toEqual(["accepted", "E_NAME_RESERVED", "E_NAME_RESERVED", "E_NAME_RESERVED", "E_NAME_RESERVED", "accepted", "accepted"]);
});
