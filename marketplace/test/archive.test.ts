import { execFileSync } from "node:child_process";
import { symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { packFiles, packFolder, tarOf } from "../src/archive/pack.ts";
import { readArchive, readTar } from "../src/archive/read.ts";
import { integrityOf, treeDigest, type ArchiveFile } from "../src/archive/tree-digest.ts";
import { fileOf } from "./archive-forgery.ts";
import { laterRefusalOf } from "./refusal.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const signal = new AbortController().signal;
const plain = (files: readonly ArchiveFile[]) => files.map(({ path, data, executable }) => ({ path, data: Buffer.from(data).toString("hex"), executable }));
const sorted = (files: readonly ArchiveFile[]) => [...files].sort((a, b) => (a.path < b.path ? -1 : 1));

const segment = fc
  .stringMatching(/^[a-z0-9_@+-][a-z0-9._@+-]{0,8}[a-z0-9]$/)
  .filter((text) => !/^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)|^node_modules$|\.node$/.test(text));
const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join("/"));
const file = fc.record({ path, data: fc.uint8Array({ maxLength: 1500 }), executable: fc.boolean() });
/** Files that may be in one package: no path twice, none that is another's folder. */
const files = fc
  .uniqueArray(file, { selector: (one) => one.path, minLength: 1, maxLength: 8 })
  .map((all) => all.filter(({ path: own }) => !all.some((other) => other.path !== own && own.startsWith(`${other.path}/`))));

describe("an archive", () => {
  test("reads back as what was packed, whatever the order it was given in", () => {
    fc.assert(
      fc.property(files, (all) => {
        const { archive, tree, integrity } = packFiles(all);
        expect(plain(readArchive(archive))).toEqual(plain(sorted(all)));
        expect(packFiles([...all].reverse())).toMatchObject({ tree, integrity });
        expect([treeDigest(all), integrityOf(archive)]).toEqual([tree, integrity]);
      }),
    );
  });

  test("with any byte of its tar changed is refused, or is another tree", () => {
    const all = [fileOf("bin/run.sh", "#!/bin/sh\n", true), fileOf("extension.json", "{}"), fileOf("lib/a.mjs", "export default 1;")];
    const tar = tarOf(all);
    const tree = treeDigest(all);
    const missed: string[] = [];
    for (let at = 0; at < tar.length; at += 1) {
      for (const mask of [0x01, 0x20, 0x80, 0xff]) {
        const flipped = Buffer.from(tar);
        flipped[at] = (flipped[at] ?? 0) ^ mask;
        try {
          if (treeDigest(readTar(flipped)) === tree) missed.push(`${at} ^ ${mask}`);
        } catch {
          // Refused, as it should be.
        }
      }
    }
    expect(missed).toEqual([]);
  });

  test("with bytes changed at random never breaks the reader in another way than a refusal", () => {
    fc.assert(
      fc.property(files, fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 6 }), (all, changes) => {
        const tar = Buffer.from(tarOf(all));
        for (const [at, byte] of changes) tar[at % tar.length] = byte;
        try {
          readTar(tar);
        } catch (error) {
          expect((error as { readonly code?: string }).code).toMatch(/^E_/);
        }
      }),
    );
  });

  test("is a tar that every tar reads", () => {
    using folder = temporaryFolder({});
    writeFileSync(join(folder.path, "a.tgz"), packFiles([fileOf("lib/a.txt", "hello"), fileOf("run", "x", true)]).archive);
    const list = execFileSync("tar", ["-tvzf", join(folder.path, "a.tgz")])
      .toString()
      .trim()
      .split("\n")
      .map((line) => [line.slice(0, 10), line.split(/\s+/).at(-1)]);
    expect(list).toEqual([
      ["-rw-r--r--", "package/lib/a.txt"],
      ["-rwxr-xr-x", "package/run"],
    ]);
  });

  test("has one identity: these bytes, this digest", () => {
    const { tree } = packFiles([fileOf("extension.json", "{}\n"), fileOf("dist/index.mjs", "export default {};\n"), fileOf("bin/x", "", true)]);
    expect(tree).toBe("ct1-DFKBjC2WQoAEQePVsH6DPPMRNSHJor8wIebE6SGXMnc=");
  });
});

describe("packing a folder", () => {
  const manifest = JSON.stringify({ name: "acme/a", content: { bin: ["./bin/run"], mcpServers: { s: { command: "./bin/server" }, t: { command: "node" } } } });

  test("takes what .clawignore leaves, leaves out what made it, and trusts the manifest for what may be executed", async () => {
    using folder = temporaryFolder({
      "extension.json": manifest,
      "README.md": "r",
      "dist/index.mjs": "1",
      "dist/index.mjs.map": "m",
      "bin/run": "1",
      "bin/server": "1",
      "notes/secret.txt": "s",
      "notes/public.txt": "p",
      ".clawignore": "*.map\nnotes/*\n!notes/public.txt\n",
      "src/index.ts": "1",
      "test/a.test.ts": "1",
      "package.json": "{}",
      "node_modules/x/index.js": "1",
      ".env": "KEY=1",
      ".git/config": "x",
    });
    const { files: packed } = await packFolder(folder.path, {}, signal);
    expect(packed.map((each) => [each.path, each.executable])).toEqual([
      ["README.md", false],
      ["bin/run", true],
      ["bin/server", true],
      ["dist/index.mjs", false],
      ["extension.json", false],
      ["notes/public.txt", false],
    ]);
  });

  test("twice makes the same bytes", async () => {
    using folder = temporaryFolder({ "extension.json": manifest, "b/c.txt": "1\r\n", "b.txt": "2" });
    const [first, second] = [await packFolder(folder.path, {}, signal), await packFolder(folder.path, {}, signal)];
    expect(Buffer.from(first.archive).equals(second.archive)).toBe(true);
  });

  test("refuses a link, a FIFO and a socket instead of leaving them out", async () => {
    using link = temporaryFolder({ "extension.json": manifest });
    symlinkSync("/etc/passwd", join(link.path, "passwd"));
    using fifo = temporaryFolder({ "extension.json": manifest });
    execFileSync("mkfifo", [join(fifo.path, "pipe")]);
    using socket = temporaryFolder({ "extension.json": manifest });
    const server = createServer().listen(join(socket.path, "socket"));
    const codes = await Promise.all([link, fifo, socket].map(({ path: each }) => laterRefusalOf(packFolder(each, {}, signal))));
    await new Promise((resolve) => server.close(resolve));
    expect(codes).toEqual(["E_TAR_SYMLINK", "E_TAR_FIFO", "E_TAR_DEVICE"]);
  });

  test("refuses node_modules that somebody wants in the package, and a folder without a manifest", async () => {
    using wanted = temporaryFolder({ "extension.json": manifest, ".clawignore": "!node_modules/\n", "node_modules/x.js": "1" });
    using none = temporaryFolder({ "a.txt": "1" });
    expect(await Promise.all([wanted, none].map(({ path: each }) => laterRefusalOf(packFolder(each, {}, signal))))).toEqual([
      "E_PATH_FORBIDDEN",
      "PATH_UNREADABLE",
    ]);
  });
});
