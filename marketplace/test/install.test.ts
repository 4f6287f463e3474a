import { createPublicKey, randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commitTrust, openStaging, openStore, packagesOf } from "@claw/kernel/host";
import { describe, expect, test } from "vitest";
import { packFiles } from "../src/archive/pack.ts";
import { treeDigest } from "../src/archive/tree-digest.ts";
import type { PackageSource } from "../src/client/admit.ts";
import { collectPackages } from "../src/client/garbage.ts";
import { install, remove } from "../src/client/install.ts";
import { publisherOfKey } from "../src/signature/keys.ts";
import { signArtifact } from "../src/signature/sign.ts";
import { fileOf } from "./archive-forgery.ts";
import { filesOf, manifestOf, newKey, sourceOf, temporaryStore, type TemporaryStore } from "./package-source.ts";
import { laterRefusalOf } from "./refusal.ts";

const now = new Date("2026-11-22T00:00:00Z");
const signal = new AbortController().signal;
const key = newKey();
const add = (store: TemporaryStore, ...packages: readonly PackageSource[]) => install(packages, { store: store.at, now }, signal);
const simple = (name: string, version = "1.0.0", body?: string): PackageSource => sourceOf(filesOf(manifestOf(name, version), body), key);
const foldersIn = (store: TemporaryStore): readonly string[] => readdirSync(packagesOf(store.at.folder)).sort();

describe("an installed package", () => {
  test("is in the lock and the index as its archive says, and on the disk so that nobody writes to it by mistake", async () => {
    using store = temporaryStore();
    const files = filesOf(manifestOf("acme/a", "1.2.3", { dependencies: { "acme/b": "^1.0.0" }, permissions: { net: ["https://acme.example"] } }));
    const source = sourceOf(files, key, { indexVersion: 4, rootVersion: 2, dependencies: { "acme/b": "1.0.3" } });
    await add(store, source);
    const { integrity, tree } = packFiles(files);
    const extension = openStore(store.at).get("acme/a");
    expect({ ...extension?.lock, files: Object.keys(extension?.lock.files ?? {}) }).toEqual({
      version: "1.2.3",
      marketplace: "https://ext.acme.example",
      resolved: "acme/a/a.tgz",
      integrity,
      tree,
      publisher: publisherOfKey(createPublicKey(key)),
      signature: { mode: "key" },
      engines: { claw: "^1.0.0" },
      requested: { net: ["https://acme.example"] },
      tier: "trusted",
      dependencies: { "acme/b": "1.0.3" },
      requestedBy: ["user"],
      indexVersion: 4,
      rootVersion: 2,
      files: ["README.md", "dist/index.mjs", "extension.json"],
    });
    expect(extension?.manifest.name).toBe("acme/a");
    const folder = extension?.folder ?? "";
    expect([statSync(join(folder, "dist/index.mjs")).mode & 0o777, readFileSync(join(folder, "README.md"), "utf8")]).toEqual([0o444, "# It\n"]);
    expect(readdirSync(join(store.at.folder, "staging"))).toEqual([]);
  });

  test("may be executed where its manifest says so", async () => {
    using store = temporaryStore();
    const manifest = { name: "acme/a", version: "1.0.0", engines: { claw: "^1.0.0" }, permissions: { native: true }, content: { bin: ["./bin/run"] } };
    await add(store, sourceOf([fileOf("extension.json", JSON.stringify(manifest)), fileOf("bin/run", "#!/bin/sh\n", true)], key));
    expect(statSync(join(openStore(store.at).get("acme/a")?.folder ?? "", "bin/run")).mode & 0o777).toBe(0o555);
  });

  test("comes with others of the same command in one generation", async () => {
    using store = temporaryStore();
    await add(store, simple("acme/a"), simple("acme/b"), simple("acme/c"));
    expect([openStore(store.at).generation, openStore(store.at).names]).toEqual([1, ["acme/a", "acme/b", "acme/c"]]);
  });

  test("installed again changes nothing", async () => {
    using store = temporaryStore();
    await add(store, simple("acme/a"));
    const entry = openStore(store.at).get("acme/a")?.lock;
    const again = sourceOf(filesOf(manifestOf("acme/a", "1.0.0")), key);
    await add(store, again);
    expect(openStore(store.at).get("acme/a")?.lock).toEqual(entry);
    expect([openStore(store.at).generation, foldersIn(store).length]).toEqual([1, 1]);
  });

  test("replaced by another version remembers the one before, once", async () => {
    using store = temporaryStore();
    for (const version of ["1.0.0", "1.1.0", "1.2.0"]) await add(store, simple("acme/a", version));
    const { previous, version } = openStore(store.at).get("acme/a")?.lock ?? {};
    expect([version, previous?.version, previous !== undefined && "previous" in previous]).toEqual(["1.2.0", "1.1.0", false]);
    expect(foldersIn(store).length).toBe(3);
  });

  test("stays on the disk while one of the last three generations, the lock or a rollback names it", async () => {
    using store = temporaryStore();
    for (const version of ["1.0.0", "1.1.0", "1.2.0"]) await add(store, simple("acme/a", version));
    const versions = (): readonly string[] => foldersIn(store).map((name) => name.split("-")[0] ?? "");
    expect([await collectPackages(store.at, signal), versions()]).toEqual([0, ["acme+a@1.0.0", "acme+a@1.1.0", "acme+a@1.2.0"]]);
    await add(store, simple("acme/b"));
    expect([await collectPackages(store.at, signal), versions()]).toEqual([1, ["acme+a@1.1.0", "acme+a@1.2.0", "acme+b@1.0.0"]]);
    await remove(["acme/a"], store.at, signal);
    for (const version of ["1.1.0", "1.2.0"]) await add(store, simple("acme/b", version));
    expect([await collectPackages(store.at, signal), versions()]).toEqual([2, ["acme+b@1.0.0", "acme+b@1.1.0", "acme+b@1.2.0"]]);
  });

  test("of the program's own store goes with the next one", async () => {
    using store = temporaryStore();
    const at = { kind: "bundled", folder: join(store.root, "bundled") } as const;
    for (const version of ["1.0.0", "1.1.0"]) await install([simple("acme/a", version)], { store: at, now }, signal);
    expect([await collectPackages(at, signal), readdirSync(packagesOf(at.folder)).length]).toEqual([1, 1]);
  });

  test("is for one project, beside the person's own", async () => {
    using store = temporaryStore();
    const workspace = "0123456789abcdef";
    await add(store, simple("acme/a"));
    await install([simple("acme/a", "2.0.0")], { store: store.at, now, workspace }, signal);
    await install(
      [sourceOf(filesOf(manifestOf("acme/b", "1.0.0", { dependencies: { "acme/a": "^2.0.0" } })), key)],
      { store: store.at, now, workspace },
      signal,
    );
    const opened = openStore(store.at);
    expect([opened.names, opened.get("acme/a")?.version, opened.get("acme/a", workspace)?.version]).toEqual([["acme/a"], "1.0.0", "2.0.0"]);
    expect(opened.get("acme/b", workspace)?.lock.dependencies).toEqual({ "acme/a": "2.0.0" });
    expect(await collectPackages(store.at, signal)).toBe(0);
  });

  test("remembers everybody who asked for it", async () => {
    using store = temporaryStore();
    await add(store, sourceOf(filesOf(manifestOf("acme/a", "1.0.0")), key, { requestedBy: ["acme/b"] }));
    await add(store, simple("acme/a", "1.1.0"));
    expect(openStore(store.at).get("acme/a")?.lock.requestedBy).toEqual(["acme/b", "user"]);
  });

  test("that was changed on the disk is made whole by installing it again", async () => {
    using store = temporaryStore();
    await add(store, simple("acme/a"));
    const { folder = "", tree = "" } = openStore(store.at).get("acme/a") ?? {};
    const main = join(folder, "dist/index.mjs");
    chmodSync(main, 0o644);
    writeFileSync(main, "evil");
    writeFileSync(join(folder, "planted.mjs"), "evil");
    await add(store, simple("acme/a"));
    const found = ["README.md", "dist/index.mjs", "extension.json"].map((path) => ({ path, data: readFileSync(join(folder, path)), executable: false }));
    expect([treeDigest(found), readdirSync(folder).sort()]).toEqual([tree, ["README.md", "dist", "extension.json"]]);
  });

  test("is gone after it was removed, and its folder after it was collected", async () => {
    using store = temporaryStore();
    await add(store, simple("acme/a"), simple("acme/b"));
    await remove(["acme/a"], store.at, signal);
    expect(openStore(store.at).names).toEqual(["acme/b"]);
    for (const version of ["1.1.0", "1.2.0"]) await add(store, simple("acme/b", version));
    expect(await collectPackages(store.at, signal)).toBe(1);
    expect(await laterRefusalOf(remove(["acme/a"], store.at, signal))).toBe("E_NOT_INSTALLED");
  });
});

describe("a package is refused, and nothing is written,", () => {
  const valid = manifestOf("acme/a", "1.0.0");
  test.for<readonly [what: string, code: string, source: () => PackageSource]>([
    ["without a signature", "E_SIG_MISSING", () => ({ ...simple("acme/a"), bundle: undefined })],
    ["signed by another", "E_SIG_UNKNOWN_KEY", () => ({ ...simple("acme/a"), publishers: sourceOf(filesOf(valid), newKey()).publishers })],
    ["when nobody may sign it", "E_POLICY_EMPTY", () => ({ ...simple("acme/a"), publishers: [] })],
    ["with the signature of another package", "E_SIG_DIGEST", () => ({ ...simple("acme/a"), bundle: simple("acme/b").bundle })],
    ["that is not the archive the marketplace names", "E_ARCHIVE_DIGEST", () => ({ ...simple("acme/a"), expected: { integrity: "sha256-x" } })],
    ["that does not hold the files the marketplace names", "E_ARCHIVE_DIGEST", () => ({ ...simple("acme/a"), expected: { tree: "ct1-x" } })],
    ["under another name than was asked for", "E_MANIFEST_MISMATCH", () => ({ ...simple("acme/a"), expected: { name: "acme/b" } })],
    ["in another version than was asked for", "E_MANIFEST_MISMATCH", () => ({ ...simple("acme/a"), expected: { name: "acme/a", version: "1.0.1" } })],
    ["whose bytes are signed but no archive", "E_GZIP", () => signed(Buffer.from("hello"))],
    ["without a manifest", "E_MANIFEST_SCHEMA", () => sourceOf([fileOf("a")], key)],
    ["with a manifest that is no JSON", "E_META_SYNTAX", () => sourceOf(filesOf("{"), key)],
    ["with a manifest that names a field twice", "E_META_DUPKEY", () => sourceOf(filesOf('{"name":"acme/a","name":"acme/b"}'), key)],
    ["with a manifest that reaches for a prototype", "E_META_PROTO", () => sourceOf(filesOf('{"__proto__":{}}'), key)],
    [
      "with a manifest of half a megabyte",
      "E_TOO_LARGE",
      () => sourceOf(filesOf(JSON.stringify({ ...valid, description: randomBytes(250_000).toString("hex") })), key),
    ],
    ["with a manifest that lacks what it must have", "E_MANIFEST_SCHEMA", () => sourceOf(filesOf({ name: "acme/a" }), key)],
    ["with a field nobody knows", "E_MANIFEST_SCHEMA", () => sourceOf(filesOf({ ...valid, postinstall: "./run.sh" }), key)],
    [
      "with a config that is written in more than the subset",
      "E_CONFIG_SCHEMA",
      () => sourceOf(filesOf({ ...valid, config: { type: "object", properties: { a: { type: "string", pattern: "(a+)+$" } } } }), key),
    ],
    ["with a name that is a path", "E_MANIFEST_SCHEMA", () => sourceOf(filesOf({ ...valid, name: "../evil" }), key)],
    ["with a version that is not one", "E_MANIFEST_SCHEMA", () => sourceOf(filesOf({ ...valid, version: "v1.0.0\n" }), key)],
    ["with a range of versions that is none", "E_VERSION", () => sourceOf(filesOf({ ...valid, engines: { claw: "one or two" } }), key)],
    ["with a dependency on no version at all", "E_VERSION", () => sourceOf(filesOf({ ...valid, dependencies: { "acme/b": "1.2.3.4" } }), key)],
    ["whose main file is not there", "E_MAIN", () => sourceOf(filesOf({ ...valid, main: "./dist/other.mjs" }), key)],
    ["with a program its manifest does not name", "E_TAR_MODE", () => sourceOf([...filesOf(valid), fileOf("run", "x", true)], key)],
    ["with hidden characters", "E_HIDDEN_UNICODE", () => sourceOf(filesOf(valid, "// \u202e\n"), key)],
    [
      "with hidden characters that its manifest spells as escapes, and its reader does not",
      "E_HIDDEN_UNICODE",
      () => sourceOf(filesOf(JSON.stringify({ ...valid, description: "x?" }).replace("x?", "x\\udb40\\udc41")), key),
    ],
  ])("%s", async ([, code, source]) => {
    using store = temporaryStore();
    expect(await laterRefusalOf(add(store, simple("acme/good"), source()))).toBe(code);
    expect(readdirSync(store.root)).toEqual([]);
  });

  test("without what it needs", async () => {
    using store = temporaryStore();
    const needy = sourceOf(filesOf(manifestOf("acme/a", "1.0.0", { dependencies: { "acme/b": "^1.0.0" } })), key);
    expect(await laterRefusalOf(add(store, needy))).toBe("E_NO_VERSION");
    expect(await laterRefusalOf(add(store, needy, simple("acme/b")))).toBe("accepted");
    expect(openStore(store.at).get("acme/a")?.lock.dependencies).toEqual({ "acme/b": "1.0.0" });
  });

  test("twice in one command", async () => {
    using store = temporaryStore();
    expect(await laterRefusalOf(add(store, simple("acme/a"), simple("acme/a", "1.1.0")))).toBe("E_ID_CLASH");
  });

  test("once it was revoked", async () => {
    using store = temporaryStore();
    await commitTrust(store.at, (trust) => ({ ...trust, revoked: [{ severity: "malicious", name: "acme/a", versions: ["1.0.0"] }] }), signal);
    expect(await laterRefusalOf(add(store, simple("acme/a")))).toBe("E_REVOKED");
    expect(await laterRefusalOf(add(store, simple("acme/a", "1.0.1")))).toBe("accepted");
  });

  test("after an abort", async () => {
    using store = temporaryStore();
    await expect(install([simple("acme/a")], { store: store.at, now }, AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
    expect(openStore(store.at).names).toEqual([]);
  });

  const signed = (archive: Uint8Array): PackageSource => {
    const source = simple("acme/a");
    return { ...source, archive, bundle: Buffer.from(signArtifact(archive, key)) };
  };
});

test("what dead processes left in staging goes with the next install, what is being written stays", async () => {
  using store = temporaryStore();
  const staging = join(store.at.folder, "staging");
  for (const name of ["999999999-1-dead/0/dist", "whatever", `${process.pid}-1-recycled`]) mkdirSync(join(staging, name), { recursive: true });
  const alive = await openStaging(store.at.folder);
  await add(store, simple("acme/a"));
  expect(readdirSync(staging)).toEqual([alive.split("/").at(-1)]);
});
