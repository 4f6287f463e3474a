import { createPublicKey } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { MarketplaceIndex, MarketplaceManifest, MarketplaceRoot } from "@claw/kernel/host";
import { describe, expect, test } from "vitest";
import { publishTo } from "../src/author/publish.ts";
import { fingerprintOf, followRoots } from "../src/documents/root-rules.ts";
import { documentText, readRoot } from "../src/documents/read.ts";
import { type Publisher, withAlias, withDeprecation, withoutPublisher, withPublisher, withRemoval, withRevocation, withYank } from "../src/operator/changes.ts";
import type { Change } from "../src/operator/edition.ts";
import { indexMarketplace, type IndexOptions } from "../src/operator/index-marketplace.ts";
import { initMarketplace, keySigners } from "../src/operator/init.ts";
import { newKey as keyOf, publicPemOf, readPrivateKey, refuseInside, saveKey } from "../src/operator/key-files.ts";
import { rotateIndex, rotateRoot } from "../src/operator/rotate.ts";
import { verifyMarketplace } from "../src/operator/verify-marketplace.ts";
import { keyIdOf } from "../src/signature/keys.ts";
import { cleanManifest, folderOf, never, newKey, type TestMarketplace, testMarketplace } from "./extension-folder.ts";
import { laterRefusalOf } from "./refusal.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const indexIn = ({ folder }: TestMarketplace): MarketplaceIndex => JSON.parse(readFileSync(join(folder, "index.json"), "utf8")) as MarketplaceIndex;
const rootIn = ({ folder }: TestMarketplace): MarketplaceRoot => readRoot(readFileSync(join(folder, "root.json")));
const problemsIn = async ({ folder, now }: TestMarketplace, at = now): Promise<readonly string[]> =>
  (await verifyMarketplace(folder, at, never)).problems.map(({ file, code }) => `${file}: ${code}`);

/** A marketplace with acme/count 1.0.0 and 1.1.0. */
async function stocked(): Promise<TestMarketplace> {
  const here = await testMarketplace();
  for (const version of ["1.0.0", "1.1.0"]) {
    using folder = temporaryFolder(folderOf(cleanManifest("acme/count", version)));
    await publishTo(here.folder, [{ folder: folder.path }], here.publishing, never);
  }
  return here;
}

const changed = (here: TestMarketplace, ...changes: readonly Change[]): Promise<unknown> => {
  const options: IndexOptions = {
    signers: keySigners([here.indexKey]),
    now: here.now,
    incoming: false,
    changes: changes.map((change) => () => Promise.resolve(change)),
  };
  return indexMarketplace(here.folder, options, never);
};

describe("a new marketplace", () => {
  test("has a root that its keys signed, and an index of nothing", async () => {
    using here = await testMarketplace();
    const root = rootIn(here);
    expect(root).toMatchObject({
      marketplace: "https://ext.acme.example",
      version: 1,
      expires: "2027-11-22T08:00:00Z",
      maxIndexAgeDays: 14,
      roles: { root: { threshold: 2 }, index: { threshold: 1 } },
    });
    expect(Object.keys(root.roles.root.keys)).toEqual(here.rootKeys.map((key) => keyIdOf(createPublicKey(key))).sort());
    expect(here.report.fingerprint).toBe(fingerprintOf(readFileSync(join(here.folder, "1.root.json"))));
    expect(indexIn(here)).toMatchObject({ version: 1, rootVersion: 1, extensions: {}, namespaces: { acme: { since: "2026-11-22" } } });
    expect(await problemsIn(here)).toEqual([]);
  });

  test("is never made over another, nor with a threshold that nobody reaches", async () => {
    using here = await testMarketplace();
    using empty = temporaryFolder();
    const options = { folder: here.folder, id: "https://ext.acme.example", rootKeys: [newKey()], indexKeys: [newKey()], now: here.now };
    expect(await laterRefusalOf(initMarketplace(options, never))).toBe("PATH_UNWRITABLE");
    expect(await laterRefusalOf(initMarketplace({ ...options, folder: empty.path, rootThreshold: 2 }, never))).toBe("USAGE");
  });

  test("has keys that nobody else may read, and that do not lie in it", async () => {
    using place = temporaryFolder({ "site/index.json": "" });
    const path = join(place.path, "keys/root.pem");
    for (const type of ["ed25519", "p256"] as const) {
      const key = keyOf(type);
      await saveKey(`${path}.${type}`, key);
      expect(statSync(`${path}.${type}`).mode & 0o777).toBe(0o600);
      expect((await readPrivateKey(`${path}.${type}`)).equals(key)).toBe(true);
    }
    expect(await laterRefusalOf(saveKey(`${path}.p256`, newKey()))).toBe("PATH_UNWRITABLE");
    expect(await laterRefusalOf(readPrivateKey(join(place.path, "none.pem")))).toBe("PATH_NOT_FOUND");
    expect(await laterRefusalOf(readPrivateKey(join(place.path, "site/index.json")))).toBe("E_SIG_TYPE");
    symlinkSync(join(place.path, "site"), join(place.path, "link"));
    for (const keys of ["site", "site/keys", "link/keys", "site/../site/keys"])
      expect(await laterRefusalOf(refuseInside(join(place.path, keys), join(place.path, "site")))).toBe("PATH_INVALID");
    for (const keys of ["keys", "site-keys", ".."])
      expect(await laterRefusalOf(refuseInside(join(place.path, keys), join(place.path, "site")))).toBe("accepted");
  });
});

describe("a change of the index", () => {
  const other: Publisher = {
    kind: "oidc",
    issuer: "https://token.actions.githubusercontent.com",
    workflow: "https://github.com/acme/x/.github/workflows/publish.yml",
    refs: ["refs/tags/v*"],
  };

  test("names publishers, and takes the right away again, but not from what is published", async () => {
    using here = await stocked();
    const acme = indexIn(here).namespaces["acme"]?.publishers[0] ?? other;
    await changed(
      here,
      withPublisher("acme", other, { now: here.now, tlog: "required" }),
      withPublisher("acme", other, { now: here.now }),
      withPublisher("beta", other, { now: here.now }),
    );
    expect(indexIn(here).namespaces).toEqual({
      acme: { publishers: [acme, other], tlog: "required", since: "2026-11-22" },
      beta: { publishers: [other], since: "2026-11-22" },
    });
    await changed(here, withoutPublisher("beta", other), withoutPublisher("acme", other));
    expect(Object.keys(indexIn(here).namespaces)).toEqual(["acme"]);
    expect(await laterRefusalOf(changed(here, withoutPublisher("acme", acme)))).toBe("E_DEPENDED_ON");
    expect(await laterRefusalOf(changed(here, withoutPublisher("acme", other)))).toBe("E_NAME_UNKNOWN");
    expect(await laterRefusalOf(changed(here, withPublisher("Acme", other, { now: here.now })))).toBe("E_NAME");
  });

  test("gives short names, deprecates, and takes both back", async () => {
    using here = await stocked();
    await changed(here, withAlias("count", "acme/count"), withDeprecation("acme/count", "use acme/sum"));
    expect(indexIn(here)).toMatchObject({ aliases: { count: "acme/count" }, extensions: { "acme/count": { latest: "1.1.0", deprecated: "use acme/sum" } } });
    await changed(here, withAlias("count", undefined), withDeprecation("acme/count", undefined));
    expect(indexIn(here).aliases).toBeUndefined();
    expect(indexIn(here).extensions["acme/count"]).not.toHaveProperty("deprecated");
    expect(await laterRefusalOf(changed(here, withAlias("count", "acme/none")))).toBe("E_NAME_UNKNOWN");
    expect(await problemsIn(here)).toEqual([]);
  });

  test("yanks a version, so that another is the latest, and takes that back", async () => {
    using here = await stocked();
    const yank = (version: string, reason: string | undefined): Promise<unknown> =>
      indexMarketplace(
        here.folder,
        {
          signers: keySigners([here.indexKey]),
          now: here.now,
          incoming: false,
          changes: [async (manifestOf) => withYank(await manifestOf("acme/count"), { name: "acme/count", version, reason, now: here.now })],
        },
        never,
      );
    await yank("1.1.0", "it loses counts");
    expect(indexIn(here).extensions["acme/count"]?.latest).toBe("1.0.0");
    const manifest = JSON.parse(readFileSync(join(here.folder, "acme/count/manifest.json"), "utf8")) as MarketplaceManifest;
    expect(manifest.versions["1.1.0"]?.yanked).toEqual({ date: "2026-11-22", reason: "it loses counts" });
    expect(await problemsIn(here)).toEqual([]);
    await yank("1.1.0", undefined);
    expect(indexIn(here).extensions["acme/count"]?.latest).toBe("1.1.0");
    expect(await laterRefusalOf(yank("9.0.0", "x"))).toBe("E_NO_VERSION");
  });

  test("revokes for ever, and removes for good", async () => {
    using here = await stocked();
    await changed(
      here,
      withAlias("count", "acme/count"),
      withRevocation({ name: "acme/count", versions: "<1.1.0", severity: "malicious", reason: "it phones home" }, here.now),
    );
    expect(indexIn(here).revoked).toEqual([{ name: "acme/count", versions: "<1.1.0", severity: "malicious", reason: "it phones home", date: "2026-11-22" }]);
    expect(await laterRefusalOf(changed(here, (edition) => ({ ...edition, contents: { ...edition.contents, revoked: [] } })))).toBe("E_INDEX_REMOVED");
    await changed(here, withRemoval("acme/count", "asked by its author", here.now));
    expect(indexIn(here)).toMatchObject({ extensions: {}, removed: { "acme/count": { reason: "asked by its author" } } });
    expect(indexIn(here).aliases).toBeUndefined();
    expect(await problemsIn(here)).toEqual([]);
    using again = temporaryFolder(folderOf(cleanManifest("acme/count", "2.0.0")));
    expect(await laterRefusalOf(publishTo(here.folder, [{ folder: again.path }], here.publishing, never))).toBe("E_PUBLISHED");
  });

  test("may be nothing but a later end, and is written nowhere when it is only tried", async () => {
    using here = await stocked();
    const later = new Date("2026-12-20T08:00:00Z");
    expect(await problemsIn(here, later)).toEqual(["index.json: E_INDEX_EXPIRED"]);
    const options = { signers: keySigners([here.indexKey]), now: later, incoming: true };
    expect(await indexMarketplace(here.folder, { ...options, dryRun: true }, never)).toMatchObject({ version: 4 });
    expect(indexIn(here).version).toBe(3);
    expect(await indexMarketplace(here.folder, { ...options, days: 7 }, never)).toEqual({
      marketplace: "https://ext.acme.example",
      version: 4,
      expires: "2026-12-27T08:00:00Z",
      extensions: 1,
      incoming: [],
    });
    expect(await problemsIn(here, later)).toEqual([]);
  });

  test("is never built on an index that somebody else has changed", async () => {
    using here = await stocked();
    writeFileSync(join(here.folder, "index.json"), documentText({ ...indexIn(here), namespaces: { acme: { publishers: [other] } } }));
    expect(await laterRefusalOf(changed(here))).toBe("E_SIG_THRESHOLD");
  });
});

describe("rotation", () => {
  test("of the index: the old key signs nothing any more, and readers follow", async () => {
    using here = await stocked();
    const fresh = newKey();
    const report = await rotateIndex(here.folder, { rootKeys: here.rootKeys, newIndexKeys: [fresh], indexSigners: keySigners([fresh]), now: here.now }, never);
    expect(report).toEqual({
      marketplace: "https://ext.acme.example",
      rootVersion: 2,
      fingerprint: fingerprintOf(readFileSync(join(here.folder, "root.json"))),
      indexVersion: 4,
    });
    expect(indexIn(here)).toMatchObject({ version: 4, rootVersion: 2, extensions: { "acme/count": {} } });
    expect(await laterRefusalOf(changed(here))).toBe("E_SIG_THRESHOLD");
    expect(await laterRefusalOf(changed({ ...here, indexKey: fresh }))).toBe("accepted");
    expect(await problemsIn(here)).toEqual([]);
  });

  test("of the root: the old keys and the new ones sign it, and whoever pinned the first follows", async () => {
    using here = await stocked();
    const fresh = newKey();
    expect(await laterRefusalOf(rotateRoot(here.folder, { rootKeys: here.rootKeys.slice(0, 1), newRootKeys: [fresh], now: here.now }, never))).toBe(
      "E_SIG_THRESHOLD",
    );
    expect(rootIn(here).version).toBe(1);
    await rotateRoot(here.folder, { rootKeys: here.rootKeys, newRootKeys: [fresh], now: here.now }, never);
    await rotateRoot(here.folder, { rootKeys: [fresh], newRootKeys: [fresh], rootDays: 30, now: here.now }, never);
    expect(rootIn(here)).toMatchObject({ version: 3, expires: "2026-12-22T08:00:00Z", roles: { root: { threshold: 1 } } });
    const first = readFileSync(join(here.folder, "1.root.json"));
    const fetched = (version: number): Promise<Uint8Array | undefined> =>
      Promise.resolve(version > 3 ? undefined : readFileSync(join(here.folder, `${version}.root.json`)));
    const chain = await followRoots({ document: readRoot(first), fingerprint: fingerprintOf(first) }, fetched, here.now);
    expect(chain.map(({ document }) => document.version)).toEqual([2, 3]);
    expect(await problemsIn(here)).toEqual([]);
  });

  test("of an index whose new signer cannot sign leaves everything as it was", async () => {
    using here = await stocked();
    const wrong = { rootKeys: here.rootKeys, newIndexKeys: [newKey()], indexSigners: keySigners([newKey()]), now: here.now };
    expect(await laterRefusalOf(rotateIndex(here.folder, wrong, never))).toBe("E_SIG_THRESHOLD");
    expect(rootIn(here).version).toBe(1);
    expect(await problemsIn(here)).toEqual([]);
  });
});

describe("the audit of a folder finds", () => {
  const archive = "acme/count/count-1.0.0.tgz";
  const cases: Readonly<Record<string, readonly [damage: (folder: string) => void, problems: readonly string[]]>> = {
    "a changed archive": [(folder) => writeFileSync(join(folder, archive), "x"), [`${archive}: E_ARCHIVE_DIGEST`]],
    "an archive that is gone": [(folder) => rmSync(join(folder, archive)), [`${archive}: E_NOT_PUBLISHED`]],
    "a signature that is gone": [(folder) => rmSync(join(folder, `${archive}.sigstore.json`)), [`${archive}: E_NOT_PUBLISHED`]],
    "another signature": [
      (folder) => writeFileSync(join(folder, `${archive}.sigstore.json`), readFileSync(join(folder, "acme/count/count-1.1.0.tgz.sigstore.json"))),
      [`${archive}: E_SIG_DIGEST`],
    ],
    "no root": [(folder) => rmSync(join(folder, "root.json")), ["root.json: E_NOT_PUBLISHED"]],
    "a root that is none": [(folder) => writeFileSync(join(folder, "root.json"), "{}"), ["root.json: E_META_SCHEMA"]],
    "an index that is none": [(folder) => writeFileSync(join(folder, "index.json"), "{"), ["index.json: E_META_SYNTAX"]],
    "an older index": [
      (folder) => writeFileSync(join(folder, "history/2.json"), readFileSync(join(folder, "history/1.json"))),
      ["index.json: E_INDEX_EQUIVOCATION"],
    ],
    "a private key": [
      (folder) => writeFileSync(join(folder, "acme/key.pem"), newKey().export({ type: "pkcs8", format: "pem" })),
      ["acme/key.pem: E_STORE_UNSAFE"],
    ],
  };

  test.each(Object.entries(cases))("%s", async (_what, [damage, problems]) => {
    using here = await stocked();
    damage(here.folder);
    const found = await problemsIn(here);
    expect(found).toEqual(problems);
  });

  test("a root that has expired, and a folder that is no marketplace", async () => {
    using here = await stocked();
    expect(await problemsIn(here, new Date("2028-01-01T00:00:00Z"))).toEqual(["root.json: E_ROOT_EXPIRED"]);
    mkdirSync(join(here.path, "empty"));
    expect(await verifyMarketplace(join(here.path, "empty"), here.now, never)).toMatchObject({ extensions: 0, problems: [{ code: "E_NOT_PUBLISHED" }] });
  });

  test("that what the index says of a version is not what the version says", async () => {
    using here = await stocked();
    await changed(here, (edition) => {
      const manifest = JSON.parse(readFileSync(join(here.folder, "acme/count/manifest.json"), "utf8")) as MarketplaceManifest;
      const said = { ...manifest.versions["1.0.0"], permissions: { models: true } } as MarketplaceManifest["versions"][string];
      return { ...edition, manifests: new Map([["acme/count", { ...manifest, versions: { ...manifest.versions, "1.0.0": said } }]]) };
    });
    expect(await problemsIn(here)).toEqual([`${archive}: E_MANIFEST_MISMATCH`]);
  });
});

test("keys are public where they are published", async () => {
  using here = await stocked();
  for (const file of ["root.json", "index.json"]) expect(readFileSync(join(here.folder, file), "utf8")).not.toContain("PRIVATE");
  expect(publicPemOf(here.acme)).toContain("BEGIN PUBLIC KEY");
});
