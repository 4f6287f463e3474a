import type { MarketplaceIndex, MarketplaceManifest } from "@claw/kernel/host";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkManifest, refuseChanged, withOffered } from "../src/documents/manifest-rules.ts";
import { manifestPathOf, pinOf, searchPathOf } from "../src/documents/pins.ts";
import { documentText, readIndex, readManifest, readRoot, readSearch } from "../src/documents/read.ts";
import { pemOf, roleOf } from "./marketplace-folder.ts";
import { newKey } from "./package-source.ts";
import { refusalOf } from "./refusal.ts";

const key = newKey();
const digest = `${"A".repeat(43)}=`;
const bytesOf = (value: unknown): Buffer => Buffer.from(typeof value === "string" ? value : documentText(value as object));

const root = {
  kind: "claw.root/1",
  marketplace: "https://ext.acme.example",
  version: 1,
  expires: "2027-11-01T00:00:00Z",
  roles: { root: roleOf([key]), index: roleOf([key]) },
  signatures: [],
};
const index: MarketplaceIndex = {
  kind: "claw.index/1",
  version: 1,
  marketplace: "https://ext.acme.example",
  issued: "2026-11-22T08:00:00Z",
  expires: "2026-11-29T08:00:00Z",
  rootVersion: 1,
  namespaces: { acme: { publishers: [{ kind: "key", pem: pemOf(key) }] } },
  extensions: { "acme/a": { latest: "1.0.0", manifest: { size: 1, sha256: digest } } },
  aliases: { a: "acme/a" },
  removed: { "acme/old": { date: "2026-01-01", reason: "malware" } },
  revoked: [{ name: "acme/a", versions: "<1.0.0", severity: "vulnerable" }],
  signatures: [],
};
const manifest: MarketplaceManifest = {
  kind: "claw.manifest/1",
  name: "acme/a",
  versions: {
    "1.0.0": {
      published: "2026-11-18T10:00:00Z",
      tarball: "a-1.0.0.tgz",
      size: 10,
      sha256: digest,
      tree: `ct1-${digest}`,
      signature: "a-1.0.0.tgz.sigstore.json",
      engines: { claw: "^1.0.0" },
      permissions: {},
      dependencies: { "acme/b": "^1.0.0" },
    },
  },
};
const versionsOf = (change: (version: object) => object, version = "1.0.0"): object => ({
  ...manifest,
  versions: { [version]: change(manifest.versions["1.0.0"] ?? {}) },
});
const readAny = (value: unknown, name = "acme/a"): MarketplaceManifest => readManifest(bytesOf(value), { name, pin: pinOf(bytesOf(value)) });

describe("a document", () => {
  test("is read as it was written", () => {
    const search = { "acme/a": ["It counts", ["count"]] };
    expect([readRoot(bytesOf(root)), readIndex(bytesOf(index)), readAny(manifest), readSearch(bytesOf(search), pinOf(bytesOf(search)))]).toEqual([
      root,
      index,
      manifest,
      search,
    ]);
  });

  test("has one text, one line for each entry, whatever order its keys came in", () => {
    const turned = Object.fromEntries(Object.entries(index).reverse());
    expect(documentText(turned)).toBe(documentText(index));
    expect(documentText({ signatures: [{ sig: "x", keyid: "y" }], kind: "k", empty: {}, a: { d: 1, c: undefined, b: [2, { z: 1, y: 2 }] } })).toBe(
      '{\n"kind":"k",\n"a":{\n"b":[2,{"y":2,"z":1}],\n"d":1\n},\n"empty":{},\n"signatures":[\n{"keyid":"y","sig":"x"}\n]\n}\n',
    );
  });

  test("written and read again it is the same, whatever it holds", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })), (value) => {
        expect(JSON.parse(documentText(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test("of the kind of another, or with a key that nobody knows, is refused", () => {
    expect([
      refusalOf(() => readIndex(bytesOf(root))),
      refusalOf(() => readRoot(bytesOf(index))),
      refusalOf(() => readRoot(bytesOf({ ...root, more: 1 }))),
      refusalOf(() => readIndex(bytesOf({ ...index, more: 1 }))),
      refusalOf(() => readAny({ ...manifest, more: 1 })),
      refusalOf(() => readIndex(bytesOf("[]"))),
      refusalOf(() => readIndex(bytesOf({ ...index, extensions: [] }))),
    ]).toEqual(Array.from({ length: 7 }, () => "E_META_SCHEMA"));
  });

  test("with a time that does not exist is refused: it would be before and after nothing", () => {
    const never = "2026-13-99T99:00:00Z";
    expect([
      refusalOf(() => readRoot(bytesOf({ ...root, expires: never }))),
      refusalOf(() => readIndex(bytesOf({ ...index, expires: never }))),
      refusalOf(() => readIndex(bytesOf({ ...index, issued: never }))),
      refusalOf(() => readAny(versionsOf((version) => ({ ...version, published: never })))),
    ]).toEqual(Array.from({ length: 4 }, () => "E_META_SCHEMA"));
  });

  test.each([
    ["E_META_TOO_LARGE", `"${"x".repeat(1024 * 1024)}"`],
    ["E_META_UTF8", Buffer.from([0x22, 0xff, 0x22])],
    ["E_META_SYNTAX", "{} {}"],
    ["E_META_DEPTH", "[".repeat(40)],
    ["E_META_DUPKEY", '{"kind":1,"k\\u0069nd":1}'],
    ["E_META_PROTO", '{"__proto__":1}'],
    ["E_META_NUMBER", '{"version":1.0}'],
  ])("that is no strict JSON is refused with %s", (code, text) => {
    for (const read of [readRoot, readIndex]) expect(refusalOf(() => read(Buffer.from(text)))).toBe(code);
  });
});

describe("a name in a document", () => {
  const hostile = [
    "../x",
    "acme/..",
    "acme/con",
    "Acme/a",
    "acme",
    "acme/a/b",
    "acme/a--b",
    "acme/\u202ea",
    "acme/аcme",
    `acme/${"a".repeat(100)}`,
    "acme/constructor",
    "",
    "/",
  ];

  test.each(hostile)("such as %j is refused wherever it stands", (name) => {
    expect([
      refusalOf(() => readIndex(bytesOf({ ...index, extensions: { [name]: { latest: "1.0.0", manifest: { size: 1, sha256: digest } } } }))),
      refusalOf(() => readIndex(bytesOf({ ...index, removed: { [name]: { date: "2026-01-01", reason: "x" } } }))),
      refusalOf(() => readSearch(bytesOf({ [name]: ["", []] }), pinOf(bytesOf({ [name]: ["", []] })))),
    ]).toEqual(["E_NAME", "E_NAME", "E_NAME"]);
    const elsewhere = [
      refusalOf(() => readIndex(bytesOf({ ...index, aliases: { a: name } }))),
      refusalOf(() => readIndex(bytesOf({ ...index, revoked: [{ name, severity: "malicious" }] }))),
      refusalOf(() => readAny({ ...manifest, name })),
      refusalOf(() => readAny(versionsOf((version) => ({ ...version, dependencies: { [name]: "^1.0.0" } })))),
    ];
    for (const code of elsewhere) expect(["E_NAME", "E_META_SCHEMA"]).toContain(code);
  });

  test("a scope and a short name are refused in the same way", () => {
    const publishers = [{ kind: "key", pem: pemOf(key) }];
    for (const segment of ["nul", "prototype", "com1", "index"]) {
      expect([
        refusalOf(() => readIndex(bytesOf({ ...index, namespaces: { [segment]: { publishers } } }))),
        refusalOf(() => readIndex(bytesOf({ ...index, aliases: { [segment]: "acme/a" } }))),
      ]).toEqual(segment === "prototype" ? ["E_META_PROTO", "E_META_PROTO"] : ["E_NAME", "E_NAME"]);
    }
  });
});

describe("a version in a document", () => {
  test.each(["v1.0.0", " 1.0.0", "1.0.0\n", "1.0.0+a", "1.0", "01.0.0", "latest"])("such as %j is refused", (version) => {
    expect(refusalOf(() => readAny(versionsOf((same) => same, version)))).toBe("E_VERSION");
    expect(["E_VERSION", "E_META_SCHEMA"]).toContain(
      refusalOf(() => readIndex(bytesOf({ ...index, extensions: { "acme/a": { latest: version, manifest: { size: 1, sha256: digest } } } }))),
    );
  });

  test("a range that fits nothing, or everything, is refused", () => {
    for (const range of ["", "*", "not a range", "^1.0.0 || x.y.z.w", "1".repeat(300)]) {
      expect(["E_VERSION", "E_META_SCHEMA"]).toContain(refusalOf(() => readAny(versionsOf((version) => ({ ...version, dependencies: { "acme/b": range } })))));
    }
    expect(refusalOf(() => readAny(versionsOf((version) => ({ ...version, engines: { claw: "^1.0.0 || x.y.z.w" } }))))).toBe("E_VERSION");
    expect(refusalOf(() => readIndex(bytesOf({ ...index, revoked: [{ name: "acme/a", versions: "x.y.z.w", severity: "malicious" }] })))).toBe("E_VERSION");
  });
});

describe("a pinned document", () => {
  test("that is another, by a byte more or a byte changed, is refused before it is parsed", () => {
    const bytes = bytesOf(manifest);
    const pin = pinOf(bytes);
    const longer = Buffer.concat([bytes, Buffer.from(" ")]);
    const changed = Buffer.from(bytes);
    changed[5] = 0;
    const search = bytesOf({});
    expect([
      refusalOf(() => readManifest(longer, { name: "acme/a", pin })),
      refusalOf(() => readManifest(changed, { name: "acme/a", pin })),
      refusalOf(() => readManifest(bytes, { name: "acme/a", pin: { ...pin, size: pin.size + 1 } })),
      refusalOf(() => readSearch(changed, pin)),
      refusalOf(() => readSearch(search, { ...pinOf(search), size: 1 })),
    ]).toEqual(["E_MANIFEST_DIGEST", "E_MANIFEST_DIGEST", "E_MANIFEST_DIGEST", "E_META_DIGEST", "E_META_DIGEST"]);
  });

  test("has the beginning of its digest in its name", () => {
    const pin = { size: 1, sha256: "+/+/AAAABBBBCCCCDDDD" };
    expect([manifestPathOf("acme/a", pin), searchPathOf(pin)]).toEqual(["acme/a/manifest.-_-_AAAABBBBCCCC.json", "search.-_-_AAAABBBBCCCC.json"]);
  });
});

describe("the versions of an extension", () => {
  test("are those of the one that was asked for, the latest among them", () => {
    expect([
      refusalOf(() => checkManifest(manifest, { name: "acme/a", latest: "1.0.0" })),
      refusalOf(() => checkManifest(manifest, { name: "acme/b", latest: "1.0.0" })),
      refusalOf(() => checkManifest(manifest, { name: "acme/a", latest: "2.0.0" })),
    ]).toEqual(["accepted", "E_NAME_MISMATCH", "E_MANIFEST_MISMATCH"]);
  });

  const one = { sha256: "one", tree: "ct1-one" };
  const seen = withOffered({}, { "1.0.0": one }, new Date("2026-11-22T00:00:00Z"));

  test("are remembered with the time they were first seen, which stays", () => {
    const later = withOffered(seen, { "1.0.0": one, "1.1.0": { sha256: "two" } }, new Date("2026-11-23T00:00:00Z"));
    expect(later).toEqual({ "1.0.0": { ...one, firstSeen: "2026-11-22T00:00:00.000Z" }, "1.1.0": { sha256: "two", firstSeen: "2026-11-23T00:00:00.000Z" } });
    expect(withOffered(later, { "1.0.0": one }, new Date())).toBe(later);
  });

  test("do not change and do not vanish", () => {
    const refuse = (offered: Parameters<typeof refuseChanged>[2], complete = true): string => refusalOf(() => refuseChanged("acme/a", seen, offered, complete));
    expect([
      refuse({ "1.0.0": one, "2.0.0": one }),
      refuse({ "1.0.0": { ...one, sha256: "other" } }),
      refuse({ "1.0.0": { ...one, tree: "ct1-other" } }),
      refuse({ "1.0.0": { sha256: "one" } }),
      refuse({ "2.0.0": one }),
      refuse({ "2.0.0": one }, false),
    ]).toEqual(["accepted", "E_VERSION_MUTATED", "E_VERSION_MUTATED", "E_VERSION_MUTATED", "E_VERSION_REMOVED", "accepted"]);
  });
});

test("an index of 5,000 extensions stays under its cap", () => {
  const names = Array.from({ length: 5000 }, (_, at) => `publisher-${at % 200}/extension-number-${at}`);
  const large = {
    ...index,
    namespaces: Object.fromEntries(names.map((name) => [name.split("/")[0], index.namespaces["acme"]])),
    extensions: Object.fromEntries(names.map((name) => [name, { latest: "12.34.56", manifest: { size: 412345, sha256: digest } }])),
  };
  const bytes = bytesOf(large);
  expect(bytes.length).toBeLessThan(1024 * 1024);
  expect(Object.keys(readIndex(bytes).extensions)).toHaveLength(5000);
});
