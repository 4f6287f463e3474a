import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { openStore, type ProjectLock } from "@claw/kernel/host";
import { describe, expect, test } from "vitest";
import { carryOut } from "../src/client/carry-out.ts";
import type { ClientContext } from "../src/client/context.ts";
import { openCatalogue } from "../src/client/marketplace.ts";
import { mirror, type MirrorOptions } from "../src/client/mirror.ts";
import { planInstall } from "../src/client/planning.ts";
import { projectLockOf } from "../src/client/project-lock.ts";
import type { KnownMarketplace } from "../src/client/state.ts";
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
const published = { published: "2026-11-01T00:00:00Z" };

async function marketplace(): Promise<MarketplaceFolder> {
  const folder = await marketplaceFolder({ now });
  folder.publish("acme/a", "1.0.0", { published });
  folder.publish("acme/a", "1.1.0", { published });
  folder.publish("acme/b", "1.0.0", { published });
  await folder.release();
  await folder.rotate();
  await folder.release();
  return folder;
}

/** Installs one extension from wherever the marketplace is said to be. */
async function installedFrom(store: TemporaryStore, known: KnownMarketplace, name: string): Promise<ProjectLock> {
  const { context } = await contextOf(store);
  const catalogue = await openCatalogue(known, context, signal);
  const plan = await planInstall([{ name }], { scope: "user" }, context, [catalogue], signal);
  await carryOut(plan, { context, hooks: tellingHooks().hooks, by: "flag" }, signal);
  return projectLockOf(openStore(store.at), undefined, openStore(store.at).names);
}

const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true })
    .map(String)
    .filter((path) => statSync(join(folder, path)).isFile())
    .sort();

describe("a mirror", () => {
  test("is the same bytes, from which the same is installed under the marketplace's own name", async () => {
    using from = await marketplace();
    using to = temporaryFolder();
    using store = temporaryStore();
    const { context } = await contextOf(store);
    const { marketplace: id, files, packages } = await mirror(knownAs(from), to.path, {}, context, signal);
    expect([id, packages.map(({ name, version }) => `${name} ${version}`)]).toEqual([from.id, ["acme/a 1.0.0", "acme/a 1.1.0", "acme/b 1.0.0"]]);
    expect(filesIn(to.path)).toEqual(files);
    for (const path of files) expect(readFileSync(join(to.path, path)).equals(readFileSync(join(from.path, path))), path).toBe(true);
    expect(files.filter((path) => /root|index|tgz$/.test(path))).toEqual([
      "1.root.json",
      "2.root.json",
      "acme/a/a-1.0.0.tgz",
      "acme/a/a-1.1.0.tgz",
      "acme/b/b-1.0.0.tgz",
      "index.json",
      "root.json",
    ]);
    using other = temporaryStore();
    const lock = await installedFrom(other, knownAs(from, `${pathToFileURL(to.path).href}/`), "acme/a");
    expect(lock.extensions["acme/a"]).toMatchObject({ version: "1.1.0", marketplace: from.id });
  });

  test("holds only the packages that are asked for, by name or by a lock", async () => {
    using from = await marketplace();
    using store = temporaryStore();
    const { context } = await contextOf(store);
    const archives = async (only: MirrorOptions["only"]): Promise<readonly string[]> => {
      using to = temporaryFolder();
      const options = only === undefined ? {} : { only };
      return (await mirror(knownAs(from), to.path, options, context, signal)).files.filter((path) => path.endsWith(".tgz"));
    };
    expect(await archives(["acme/b"])).toEqual(["acme/b/b-1.0.0.tgz"]);
    using other = temporaryStore();
    expect(await archives(await installedFrom(other, knownAs(from), "acme/a"))).toEqual(["acme/a/a-1.1.0.tgz"]);
    expect(await laterRefusalOf(archives(["acme/z"]))).toBe("E_NO_VERSION");
  });

  test("can be brought up to date", async () => {
    using from = await marketplace();
    using to = temporaryFolder();
    using store = temporaryStore();
    const { context } = await contextOf(store);
    await mirror(knownAs(from), to.path, {}, context, signal);
    from.publish("acme/a", "1.2.0", { published });
    await from.release();
    await mirror(knownAs(from), to.path, { only: ["acme/a"] }, context, signal);
    using other = temporaryStore();
    const lock = await installedFrom(other, knownAs(from, `${pathToFileURL(to.path).href}/`), "acme/a");
    expect(lock.extensions["acme/a"]?.version).toBe("1.2.0");
  });
});

describe("a mirror spreads nothing that could not be installed, and has no index then:", () => {
  const tampered = async (change: (from: MarketplaceFolder) => void | Promise<unknown>): Promise<readonly [code: string, files: readonly string[]]> => {
    using from = await marketplace();
    await change(from);
    using to = temporaryFolder();
    using store = temporaryStore();
    const { context }: { readonly context: ClientContext } = await contextOf(store);
    const code = await laterRefusalOf(mirror(knownAs(from), to.path, {}, context, signal));
    return [code, filesIn(to.path).filter((path) => path === "index.json" || path.startsWith("acme/b"))];
  };

  test("another archive", async () => {
    const [code, files] = await tampered((from) => {
      const path = join(from.path, "acme/b/b-1.0.0.tgz");
      const bytes = readFileSync(path);
      writeFileSync(path, Buffer.concat([bytes.subarray(0, -1), Buffer.from([0x07])]));
    });
    expect([code, files]).toEqual(["E_ARCHIVE_DIGEST", []]);
  });

  test("a signature of another package", async () => {
    const [code, files] = await tampered((from) =>
      writeFileSync(join(from.path, "acme/b/b-1.0.0.tgz.sigstore.json"), readFileSync(join(from.path, "acme/a/a-1.0.0.tgz.sigstore.json"))),
    );
    expect([code, files]).toEqual(["E_SIG_DIGEST", []]);
  });

  test("an index that nobody signed", async () => {
    const [code, files] = await tampered((from) => writeFileSync(join(from.path, "index.json"), JSON.stringify({ ...from.index(), signatures: [] })));
    expect([code, files]).toEqual(["E_SIG_THRESHOLD", []]);
  });

  test("a marketplace in another form", async () => {
    using from = await marketplace();
    using store = temporaryStore();
    const { context } = await contextOf(store);
    const foreign: KnownMarketplace = { ...knownAs(from), format: "claude-code" };
    expect(await laterRefusalOf(mirror(foreign, join(store.root, "mirror"), {}, context, signal))).toBe("E_FOREIGN");
  });
});
