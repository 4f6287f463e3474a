import { chmodSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openStore, packagesOf, reseal } from "@claw/kernel/host";
import { describe, expect, test } from "vitest";
import { carryOut } from "../src/client/carry-out.ts";
import type { Catalogue, Offer } from "../src/client/catalogue.ts";
import type { ClientContext } from "../src/client/context.ts";
import { repair } from "../src/client/repair.ts";
import { verifyStore } from "../src/client/verify-store.ts";
import { catalogueOf, contextOf, plannedOf, planOf, signal, simpleOffer, tellingHooks } from "./offered-packages.ts";
import { newKey, temporaryStore, type TemporaryStore } from "./package-source.ts";
import { laterRefusalOf } from "./refusal.ts";

const key = newKey();
const workspace = "0123456789abcdef";

async function withInstalled(store: TemporaryStore, offers: readonly Offer[], project?: string): Promise<ClientContext> {
  const { context } = await contextOf(store);
  const packages = offers.map((offer) => plannedOf(offer, key));
  await carryOut(planOf(packages, project), { context, hooks: tellingHooks().hooks, by: "prompt" }, signal);
  return context;
}

const folderOf = (store: TemporaryStore, name: string): string => openStore(store.at).get(name)?.folder ?? "";

function damage(folder: string): void {
  for (const path of ["dist/index.mjs", "dist", "."]) chmodSync(join(folder, path), 0o755);
  writeFileSync(join(folder, "dist/index.mjs"), "evil");
  unlinkSync(join(folder, "README.md"));
  writeFileSync(join(folder, "planted.mjs"), "evil");
}

describe("a repair", () => {
  const from = (catalogue: Catalogue | undefined) => async () => catalogue;

  test("puts back the very bytes that were installed, and only where something was damaged", async () => {
    using store = temporaryStore();
    const offers = [simpleOffer("acme/a", "1.0.0", key), simpleOffer("acme/b", "1.0.0", key)];
    const context = await withInstalled(store, offers);
    await withInstalled(store, [offers[0] as Offer], workspace);
    const { generation } = openStore(store.at);
    damage(folderOf(store, "acme/a"));
    let fetched = 0;
    const counted = offers.map((offer) => ({
      ...offer,
      fetch: (until: AbortSignal) => {
        fetched += 1;
        return offer.fetch(until);
      },
    }));
    const repaired = await repair([], { context, catalogueOf: from(catalogueOf(counted)) }, signal);
    expect([repaired.map(({ name }) => name), fetched]).toEqual([["acme/a"], 1]);
    expect(readdirSync(folderOf(store, "acme/a")).sort()).toEqual(["README.md", "dist", "extension.json"]);
    const report = await verifyStore(store.at, signal);
    expect(report).toEqual({ checked: 2, packages: [], documents: [], leftovers: [] });
    expect(openStore(store.at).generation).toBe(generation);
    expect(await repair([], { context, catalogueOf: from(undefined) }, signal)).toEqual([]);
  });

  test("is refused when nobody has those bytes any more", async () => {
    using store = temporaryStore();
    const context = await withInstalled(store, [simpleOffer("acme/a", "1.0.0", key)]);
    damage(folderOf(store, "acme/a"));
    const rebuilt = simpleOffer("acme/a", "1.0.0", key, { description: "Another" });
    const refused = (catalogue: Catalogue | undefined, names: readonly string[] = []): Promise<string> =>
      laterRefusalOf(repair(names, { context, catalogueOf: from(catalogue) }, signal));
    expect(await refused(undefined)).toBe("E_MARKETPLACE_UNKNOWN");
    expect(await refused(catalogueOf([]))).toBe("E_NO_VERSION");
    expect(await refused(catalogueOf([simpleOffer("acme/a", "1.1.0", key)]))).toBe("E_NO_VERSION");
    expect(await refused(catalogueOf([rebuilt]))).toBe("E_ARCHIVE_DIGEST");
    expect(await refused(catalogueOf([]), ["acme/z"])).toBe("E_NOT_INSTALLED");
    expect(readFileSync(join(folderOf(store, "acme/a"), "dist/index.mjs"), "utf8")).toBe("evil");
  });
});

describe("a verification of the store", () => {
  test("says which files are not what was installed, and what is left over", async () => {
    using store = temporaryStore();
    await withInstalled(store, [simpleOffer("acme/a", "1.0.0", key)]);
    await withInstalled(store, [simpleOffer("acme/a", "1.1.0", key)]);
    const old = openStore(store.at).get("acme/a")?.lock.previous?.tree ?? "";
    const name = readdirSync(packagesOf(store.at.folder)).find((each) => each.startsWith("acme+a@1.0.0")) ?? "";
    rmSync(join(packagesOf(store.at.folder), name), { recursive: true });
    const folder = folderOf(store, "acme/a");
    damage(folder);
    symlinkSync("index.mjs", join(folder, "dist/link.mjs"));
    const stray = join(packagesOf(store.at.folder), "acme+z@1.0.0-AAAA");
    const staged = join(store.at.folder, "staging/999999999-1-dead");
    for (const each of [stray, staged]) mkdirSync(each, { recursive: true });
    expect(old).toMatch(/^ct1-/);
    expect(await verifyStore(store.at, signal)).toEqual({
      checked: 2,
      packages: [
        {
          name: "acme/a",
          version: "1.1.0",
          problems: ["README.md is missing", "dist/index.mjs was changed", "dist/link.mjs is not part of it", "planted.mjs is not part of it"],
        },
        { name: "acme/a", version: "1.0.0", problems: ["its folder cannot be read"] },
      ],
      documents: [],
      leftovers: [staged, stray],
    });
  });

  test("says in what a lock without its seal differs from the last index, and holds again once a person sealed it", async () => {
    using store = temporaryStore();
    await withInstalled(store, [simpleOffer("acme/a", "1.0.0", key), simpleOffer("acme/b", "1.0.0", key)]);
    damage(folderOf(store, "acme/b"));
    const path = join(store.at.folder, "claw.lock");
    const text = readFileSync(path, "utf8");
    writeFileSync(path, text.replace('"requested":{}', '"requested":{"env":["HOME"]}').replace('"acme/b":{', '"evil/b":{'));
    writeFileSync(join(store.at.folder, "trust.json"), '{"publishers":{},"revoked":[]}\n');
    const { documents } = await verifyStore(store.at, signal);
    expect(documents.map(({ document }) => document)).toEqual(["claw.lock", "trust.json"]);
    expect(documents[0]?.differences).toEqual([
      'acme/a: the lock has the requested permissions {"env":["HOME"]}, the index {}',
      "acme/b is in the index, and the lock does not have it",
      "evil/b is in the lock, and the index does not have it",
    ]);
    expect(documents[1]).toMatchObject({ seen: '{"publishers":{},"revoked":[]}', differences: [] });
    writeFileSync(path, text.replace(/"seal":"[^"]+"/, '"seal":"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="'));
    const again = (await verifyStore(store.at, signal)).documents[0];
    expect(again?.differences).toEqual(["acme/b: README.md is missing", "acme/b: dist/index.mjs was changed", "acme/b: planted.mjs is not part of it"]);
    await reseal(store.at, "claw.lock", again?.seen ?? "", signal);
    await reseal(store.at, "trust.json", documents[1]?.seen ?? "", signal);
    expect((await verifyStore(store.at, signal)).documents).toEqual([]);
    expect(openStore(store.at).names).toEqual(["acme/a", "acme/b"]);
  });

  test("says when the index is not the one that the lock names", async () => {
    using store = temporaryStore();
    await withInstalled(store, [simpleOffer("acme/a", "1.0.0", key)]);
    writeFileSync(join(store.at.folder, "index-1.json"), "{\n}");
    const { documents, checked } = await verifyStore(store.at, signal);
    expect([documents.map(({ document }) => document), checked]).toEqual([["claw.lock"], 0]);
  });

  test("never looks outside the store for what a tampered lock names", async () => {
    using store = temporaryStore();
    await withInstalled(store, [simpleOffer("acme/a", "1.0.0", key)]);
    const path = join(store.at.folder, "claw.lock");
    for (const file of [path, join(store.at.folder, "index-1.json")]) writeFileSync(file, readFileSync(file, "utf8").replace('\n"acme/a"', '\n"../../etc"'));
    const [lock] = (await verifyStore(store.at, signal)).documents;
    expect(lock?.differences).toEqual(["../../etc 1.0.0 is no name and version of an extension"]);
  });
});
