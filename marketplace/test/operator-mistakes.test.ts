import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { publishTo } from "../src/author/publish.ts";
import type { PackageSigner } from "../src/author/package-signer.ts";
import { withPublisher, withRevocation } from "../src/operator/changes.ts";
import { indexMarketplace } from "../src/operator/index-marketplace.ts";
import { initMarketplace, keySigners } from "../src/operator/init.ts";
import { rotateIndex, rotateRoot } from "../src/operator/rotate.ts";
import { cleanManifest, folderOf, never, newKey, type TestMarketplace, testMarketplace } from "./extension-folder.ts";
import { laterRefusalOf } from "./refusal.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const now = new Date("2026-11-22T08:00:00Z");
const filesIn = (folder: string): readonly string[] => readdirSync(folder, { recursive: true }).map(String).sort();
const documents = ({ folder }: TestMarketplace): readonly string[] => ["root.json", "index.json"].map((file) => readFileSync(join(folder, file), "utf8"));

describe("a marketplace that cannot be made", () => {
  const refusals = {
    "for a publisher of no scope": [{ publishers: [{ scope: "Not A Scope", publisher: { kind: "oidc", issuer: "https://a.example", san: "a" } }] }, "E_NAME"],
    "with a threshold that nobody reaches": [{ rootThreshold: 2 }, "USAGE"],
    "with no root key": [{ rootKeys: [] }, "USAGE"],
    "with a root that is over before it begins": [{ rootDays: 0 }, "USAGE"],
    "with a root for a time that is no number": [{ rootDays: Number.NaN }, "USAGE"],
    "with an index that is good for no day": [{ maxIndexAgeDays: 0 }, "E_META_SCHEMA"],
  } as const;

  test.each(Object.entries(refusals))("%s leaves nothing, and no key", async (_what, [wrong, code]) => {
    using place = temporaryFolder();
    const folder = join(place.path, "site");
    let saved = 0;
    const before = (): Promise<void> => Promise.resolve(void (saved += 1));
    const options = { folder, id: "https://ext.acme.example", rootKeys: [newKey()], indexKeys: [newKey()], now, before };
    expect([await laterRefusalOf(initMarketplace({ ...options, ...wrong }, never)), saved, existsSync(folder)]).toEqual([code, 0, false]);
  });

  test("because there is one makes no key", async () => {
    using here = await testMarketplace();
    let saved = 0;
    const options = { folder: here.folder, id: "https://ext.acme.example", rootKeys: [newKey()], indexKeys: [newKey()], now };
    const before = (): Promise<void> => Promise.resolve(void (saved += 1));
    expect([await laterRefusalOf(initMarketplace({ ...options, before }, never)), saved]).toEqual(["PATH_UNWRITABLE", 0]);
  });

  test("because its keys cannot be kept is not made", async () => {
    using place = temporaryFolder();
    const folder = join(place.path, "site");
    const before = (): Promise<void> => Promise.reject(new Error("the disk is full"));
    const made = initMarketplace({ folder, id: "https://ext.acme.example", rootKeys: [newKey()], indexKeys: [newKey()], now, before }, never);
    await expect(made).rejects.toThrow("the disk is full");
    expect(existsSync(join(folder, "root.json"))).toBe(false);
  });
});

test("a folder that is no marketplace stays as it is, whatever is wanted of it", async () => {
  using place = temporaryFolder({ "notes.txt": "mine" });
  using extension = temporaryFolder(folderOf());
  const key = newKey();
  const signers = keySigners([key]);
  for (const folder of [place.path, join(place.path, "none")]) {
    expect(await laterRefusalOf(indexMarketplace(folder, { signers, now, incoming: true }, never))).toBe("E_NOT_PUBLISHED");
    expect(await laterRefusalOf(rotateIndex(folder, { rootKeys: [key], newIndexKeys: [key], indexSigners: signers, now }, never))).toBe("E_NOT_PUBLISHED");
    expect(await laterRefusalOf(rotateRoot(folder, { rootKeys: [key], newRootKeys: [key], now }, never))).toBe("E_NOT_PUBLISHED");
    expect(await laterRefusalOf(publishTo(folder, [{ folder: extension.path }], { now }, never))).toBe("E_NOT_PUBLISHED");
  }
  expect(filesIn(place.path)).toEqual(["notes.txt"]);
});

test("a new root that is over before it begins would lock everybody out, and is refused", async () => {
  using here = await testMarketplace();
  const before = documents(here);
  for (const rootDays of [-5, 0, Number.NaN, 4000])
    expect(await laterRefusalOf(rotateRoot(here.folder, { rootKeys: here.rootKeys, newRootKeys: here.rootKeys, rootDays, now }, never))).toBe("USAGE");
  const days = { signers: keySigners([here.indexKey]), now, incoming: false, days: Number.NaN };
  expect(await laterRefusalOf(indexMarketplace(here.folder, days, never))).toBe("USAGE");
  expect(documents(here)).toEqual(before);
});

test("what was never published cannot be revoked for ever by a slip of the hand", async () => {
  using here = await testMarketplace();
  const revoked = (name: string): Promise<unknown> => {
    const change = withRevocation({ name, severity: "malicious", reason: "it phones home" }, now);
    return indexMarketplace(here.folder, { signers: keySigners([here.indexKey]), now, incoming: false, changes: [() => Promise.resolve(change)] }, never);
  };
  expect(await laterRefusalOf(revoked("acme/cuont"))).toBe("E_NAME_UNKNOWN");
});

describe("a dry run", () => {
  test("is refused where the real one would be, and writes nothing where it would not", async () => {
    using here = await testMarketplace();
    using extension = temporaryFolder(folderOf());
    const before = filesIn(here.path);
    const packages = [{ folder: extension.path }];
    const wrong = keySigners([newKey()]);
    expect(await laterRefusalOf(publishTo(here.folder, packages, { ...here.publishing, indexSigners: wrong, dryRun: true }, never))).toBe("E_SIG_THRESHOLD");
    expect(await laterRefusalOf(publishTo(here.folder, packages, { ...here.publishing, days: 99, dryRun: true }, never))).toBe("USAGE");
    expect(await laterRefusalOf(indexMarketplace(here.folder, { signers: wrong, now, incoming: true, dryRun: true }, never))).toBe("E_SIG_THRESHOLD");
    const rotation = { rootKeys: here.rootKeys, newIndexKeys: [newKey()], indexSigners: wrong, now, dryRun: true };
    expect(await laterRefusalOf(rotateIndex(here.folder, rotation, never))).toBe("E_SIG_THRESHOLD");
    const fewer = { rootKeys: here.rootKeys.slice(1), newRootKeys: [newKey()], now, dryRun: true };
    expect(await laterRefusalOf(rotateRoot(here.folder, fewer, never))).toBe("E_SIG_THRESHOLD");
    expect(await rotateRoot(here.folder, { ...fewer, rootKeys: here.rootKeys }, never)).toMatchObject({ rootVersion: 2 });
    expect(await publishTo(here.folder, packages, { ...here.publishing, dryRun: true }, never)).toMatchObject({ packages: [{ outcome: "published" }] });
    expect(filesIn(here.path)).toEqual(before);
  });

  test("signs nothing that would stand in a public log, and checks all the rest", async () => {
    using here = await testMarketplace();
    using extension = temporaryFolder(folderOf());
    using nobodys = temporaryFolder(folderOf(cleanManifest("other/count")));
    const signed: string[] = [];
    const signs = (what: string): Promise<string> => Promise.resolve(void signed.push(what)).then(() => "");
    const signer: PackageSigner = { isLogged: true, sign: () => signs("package"), attest: () => signs("statement") };
    const indexSigners = [{ kind: "keyless", sign: () => signs("index") }] as const;
    const options = { ...here.publishing, signer, indexSigners, dryRun: true };
    const { packages } = await publishTo(here.folder, [{ folder: extension.path }], options, never);
    expect(packages).toEqual([expect.objectContaining({ name: "acme/count", outcome: "published" })]);
    expect(packages[0]).not.toHaveProperty("publisher");
    expect(await laterRefusalOf(publishTo(here.folder, [{ folder: nobodys.path }], options, never))).toBe("E_POLICY_EMPTY");
    const change = withPublisher("other", { kind: "oidc", issuer: "https://a.example", san: "a@a.example" }, { now });
    const changes = [() => Promise.resolve(change)];
    expect(await indexMarketplace(here.folder, { signers: indexSigners, now, incoming: true, dryRun: true, changes }, never)).toMatchObject({ version: 2 });
    expect(signed).toEqual([]);
  });
});
