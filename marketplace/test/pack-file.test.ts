import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { openStore, type ProjectLock } from "@claw/kernel/host";
import { describe, expect, test } from "vitest";
import { carryOut } from "../src/client/carry-out.ts";
import { openCatalogue } from "../src/client/marketplace.ts";
import { makePack, openPack } from "../src/client/pack-file.ts";
import { planInstall } from "../src/client/planning.ts";
import { projectLockOf } from "../src/client/project-lock.ts";
import type { KnownMarketplace } from "../src/client/state.ts";
import { end, forgedHeader, padded } from "./archive-forgery.ts";
import { type MarketplaceFolder, marketplaceFolder } from "./marketplace-folder.ts";
import { contextOf, now, signal, tellingHooks } from "./offered-packages.ts";
import { temporaryStore, type TemporaryStore } from "./package-source.ts";
import { laterRefusalOf } from "./refusal.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const knownAs = ({ id, url, fingerprint }: MarketplaceFolder, at: string = url): KnownMarketplace => ({
  id,
  url: at,
  scopes: [],
  format: "claw",
  root: fingerprint,
});

async function lockFrom(store: TemporaryStore, known: KnownMarketplace): Promise<ProjectLock> {
  const { context } = await contextOf(store);
  const catalogue = await openCatalogue(known, context, signal);
  const plan = await planInstall([{ name: "acme/a" }], { scope: "user" }, context, [catalogue], signal);
  await carryOut(plan, { context, hooks: tellingHooks().hooks, by: "flag" }, signal);
  return projectLockOf(openStore(store.at), undefined, openStore(store.at).names);
}

describe("a pack", () => {
  test("holds exactly what one lock needs, and that installs where nothing can be reached", async () => {
    using from = await marketplaceFolder({ now });
    const published = { published: "2026-11-01T00:00:00Z" };
    for (const name of ["acme/a", "acme/b", "acme/c"])
      from.publish(name, "1.0.0", { published, manifest: name === "acme/a" ? { dependencies: { "acme/b": "^1.0.0" } } : {} });
    await from.release();
    using store = temporaryStore();
    const { context } = await contextOf(store);
    const lock = await lockFrom(store, knownAs(from));
    const file = join(store.root, "x.clawpack");
    const names = await makePack(lock, file, [knownAs(from)], context, signal);
    expect(names.filter((name) => !/\/(?:search|manifest)\./.test(name))).toEqual([
      "0/1.root.json",
      "0/acme/a/a-1.0.0.tgz",
      "0/acme/a/a-1.0.0.tgz.sigstore.json",
      "0/acme/b/b-1.0.0.tgz",
      "0/acme/b/b-1.0.0.tgz.sigstore.json",
      "0/index.json",
      "0/root.json",
      "claw.lock",
      "pack.json",
    ]);
    const first = readFileSync(file);
    await makePack(lock, file, [knownAs(from)], context, signal);
    expect([readFileSync(file).equals(first), readdirSync(store.root).filter((name) => name.startsWith("x."))]).toEqual([true, ["x.clawpack"]]);
    using other = temporaryStore();
    const opened = await openPack(file, join(other.root, "pack"), signal);
    expect([opened.lock, [...opened.marketplaces.keys()]]).toEqual([lock, [from.id]]);
    const again = await lockFrom(other, knownAs(from, `${pathToFileURL(opened.marketplaces.get(from.id) ?? "").href}/`));
    expect(again).toEqual(lock);
    expect(await laterRefusalOf(makePack(lock, file, [], context, signal))).toBe("E_MARKETPLACE_UNKNOWN");
    expect(await laterRefusalOf(openPack(file, join(other.root, "pack"), signal))).toBe("PATH_UNWRITABLE");
  });
});

describe("a pack is refused, and nothing is written,", () => {
  const lock = '{"extensions":{},"lockfileVersion":1}';
  const pack = '{"kind":"claw.pack/1","marketplaces":{}}';
  const entry = (path: string, text: string, type = "0"): Buffer => {
    const header = forgedHeader("x", Buffer.byteLength(text), { 0: `${path}\0`.padEnd(12, "\0"), 156: type, ...(type === "2" ? { 157: "x" } : {}) });
    return Buffer.concat([header, padded(text)]);
  };
  const tar = (...entries: readonly Buffer[]): Buffer => Buffer.concat([...entries, end]);
  const valid = [entry("claw.lock", lock), entry("pack.json", pack)];

  test.for<readonly [what: string, code: string, bytes: () => Uint8Array]>([
    ["when it is no tar", "E_TAR_NONCANON", () => Buffer.from("hello")],
    ["when it is empty", "E_TAR_NONCANON", () => Buffer.alloc(0)],
    ["when it is compressed", "E_TAR_NONCANON", () => gzipSync(tar(...valid))],
    ["when it is cut short", "E_TAR_NONCANON", () => tar(...valid).subarray(0, 700)],
    ["with a link in it", "E_TAR_TYPE", () => tar(...valid, entry("0/link", "", "2"))],
    ["with a folder in it", "E_TAR_TYPE", () => tar(...valid, entry("0/", "", "5"))],
    ["with a path that leads out of it", "E_PATH_TRAVERSAL", () => tar(...valid, entry("0/../../x", "x"))],
    ["with an absolute path", "E_PATH_ROOT", () => tar(...valid, entry("/x", "x"))],
    ["with a file that is not part of a pack", "E_PATH_FORBIDDEN", () => tar(...valid, entry("x.sh", "x"))],
    ["with a name of a device", "E_PATH_RESERVED", () => tar(...valid, entry("0/con", "x"))],
    ["with a file twice", "E_PATH_COLLISION", () => tar(...valid, entry("pack.json", pack))],
    ["with files that meet in lower case", "E_PATH_COLLISION", () => tar(...valid, entry("0/a", "x"), entry("0/A", "x"))],
    ["without a lock", "E_META_SCHEMA", () => tar(entry("pack.json", pack))],
    ["without its table of marketplaces", "E_META_SCHEMA", () => tar(entry("claw.lock", lock))],
    ["when its table leads out of it", "E_META_SCHEMA", () => tar(entry("claw.lock", lock), entry("pack.json", pack.replace("{}", '{"x":"../.."}')))],
    ["when its lock is none", "E_META_SCHEMA", () => tar(entry("claw.lock", "{}"), entry("pack.json", pack))],
    ["when its lock is no JSON", "E_META_SYNTAX", () => tar(entry("claw.lock", "{"), entry("pack.json", pack))],
  ])("%s", async ([, code, bytes]) => {
    using folder = temporaryFolder();
    const file = join(folder.path, "x.clawpack");
    writeFileSync(file, bytes());
    expect(await laterRefusalOf(openPack(file, join(folder.path, "pack"), signal))).toBe(code);
    expect(readdirSync(folder.path)).toEqual(["x.clawpack"]);
  });

  test("when it is not there", async () => {
    using folder = temporaryFolder();
    expect(await laterRefusalOf(openPack(join(folder.path, "x.clawpack"), join(folder.path, "pack"), signal))).toBe("PATH_NOT_FOUND");
  });

  test("when a marketplace of its lock is missing", async () => {
    using folder = temporaryFolder();
    using store = temporaryStore();
    using from = await marketplaceFolder({ now });
    from.publish("acme/a", "1.0.0", { published: { published: "2026-11-01T00:00:00Z" } });
    await from.release();
    const file = join(folder.path, "x.clawpack");
    writeFileSync(file, tar(entry("claw.lock", JSON.stringify(await lockFrom(store, knownAs(from)))), entry("pack.json", pack)));
    expect(await laterRefusalOf(openPack(file, join(folder.path, "pack"), signal))).toBe("E_LOCK_DRIFT");
  });
});
