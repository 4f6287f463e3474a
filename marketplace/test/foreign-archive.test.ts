import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ClawError } from "@claw/kernel/host";
import { readForeignArchive } from "../src/archive/foreign.ts";
import { limits } from "../src/archive/limits.ts";
import { packFiles } from "../src/archive/pack.ts";
import { treeDigest, type ArchiveFile } from "../src/archive/tree-digest.ts";
import { blockSize, encodeHeader } from "../src/archive/ustar.ts";
import { end, fileOf, padded } from "./archive-forgery.ts";
import { commitAll, git } from "./git-repository.ts";
import { laterRefusalOf } from "./refusal.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const long = `skills/${"very-long-name/".repeat(6)}${"x".repeat(120)}.md`;
const contents: readonly ArchiveFile[] = [
  fileOf(".claude-plugin/plugin.json", '{"name":"words"}\n'),
  fileOf("bin/count", "#!/bin/sh\nwc -w\n", true),
  fileOf("commands/count.md", "Count the words\n"),
  fileOf(`${long}`, "# Long\n"),
  fileOf("empty.txt", ""),
];
const short = contents.filter(({ path }) => path !== long);

/** A folder `plugin` with these files, empty folders beside them. */
function folderWith(files: readonly ArchiveFile[]) {
  const folder = temporaryFolder(Object.fromEntries(files.map(({ path, data }) => [`plugin/${path}`, data])));
  mkdirSync(join(folder.path, "plugin/agents"));
  for (const { path, executable } of files) chmodSync(join(folder.path, "plugin", path), executable ? 0o755 : 0o600);
  return folder;
}

const python = (folder: string, format: string, code: string): Buffer => {
  const out = join(folder, "python.tgz");
  const program = `import tarfile,sys\nwith tarfile.open(sys.argv[1],'w:gz',format=tarfile.${format}) as t:\n${code.replaceAll(/^/gm, " ")}\n`;
  execFileSync("python3", ["-c", program, out], { cwd: folder });
  return readFileSync(out);
};
const gnu = (folder: string, ...options: readonly string[]): Buffer => execFileSync("tar", ["-cz", ...options], { cwd: folder, maxBuffer: 64 * 1024 * 1024 });

function gitArchive(folder: string, ...options: readonly string[]): Buffer {
  commitAll(join(folder, "plugin"));
  return git(join(folder, "plugin"), "archive", "--format=tar.gz", ...options, "HEAD");
}

/** One archive of each tool, of the same files. */
function archivesOf(files: readonly ArchiveFile[]): Readonly<Record<string, Buffer>> {
  using folder = folderWith(files);
  const add = "t.add('plugin', arcname='plugin')";
  const isShort = files.every(({ path }) => path.length < 92);
  return {
    "tar -cz plugin": gnu(folder.path, "plugin"),
    "tar -cz -C plugin .": gnu(folder.path, "-C", "plugin", "."),
    "tar --format=pax": gnu(folder.path, "--format=pax", "plugin"),
    "tar --format=gnu --sort=name": gnu(folder.path, "--format=gnu", "--sort=name", "./plugin"),
    "python, pax": python(folder.path, "PAX_FORMAT", add),
    "python, gnu": python(folder.path, "GNU_FORMAT", add),
    "python, ustar, as npm pack lays it out": python(folder.path, "USTAR_FORMAT", isShort ? "t.add('plugin', arcname='package')" : add),
    "plain tar": execFileSync("tar", ["-c", "plugin"], { cwd: folder.path }),
    ...(isShort ? { "tar --format=v7": gnu(folder.path, "--format=v7", "plugin"), "claw's own": Buffer.from(packFiles(files).archive) } : {}),
    "git archive": gitArchive(folder.path),
    "git archive --prefix": gitArchive(folder.path, "--prefix=plugin-1.0/"),
  };
}

const treeOf = async (archive: Uint8Array): Promise<string> => treeDigest(await readForeignArchive(archive));

describe("the same files give one tree", () => {
  test("whatever tool packed them", async () => {
    const archives = archivesOf(short);
    const trees = await Promise.all(Object.entries(archives).map(async ([tool, archive]) => [tool, await treeOf(archive)] as const));
    expect(Object.fromEntries(trees)).toEqual(Object.fromEntries(Object.keys(archives).map((tool) => [tool, treeDigest(short)])));
    expect(Object.keys(archives).length).toBe(12);
  });

  test("with paths that are longer than a header has room for", async () => {
    const files = contents.map((file) => (file.path === long ? { ...file, path: long.replace("x".repeat(120), "x".repeat(90)) } : file));
    const archives = archivesOf(files);
    const trees = await Promise.all(Object.entries(archives).map(async ([tool, archive]) => [tool, await treeOf(archive)] as const));
    expect(Object.fromEntries(trees)).toEqual(Object.fromEntries(Object.keys(archives).map((tool) => [tool, treeDigest(files)])));
  });

  test("and only the bit to execute is kept of their modes", async () => {
    expect((await readForeignArchive(archivesOf(short)["tar -cz plugin"] ?? Buffer.alloc(0))).map(({ path, executable }) => [path, executable])).toEqual([
      [".claude-plugin/plugin.json", false],
      ["bin/count", true],
      ["commands/count.md", false],
      ["empty.txt", false],
    ]);
  });

  test("the root is never taken for a top folder where it is said to be the root, nor a folder with a dot", async () => {
    using folder = temporaryFolder({ "plugin/skills/a/SKILL.md": "a", "dots/.claude-plugin/plugin.json": "{}" });
    expect((await readForeignArchive(gnu(folder.path, "-C", "plugin", "."))).map(({ path }) => path)).toEqual(["skills/a/SKILL.md"]);
    expect((await readForeignArchive(gnu(folder.path, "-C", "dots", ".claude-plugin"))).map(({ path }) => path)).toEqual([".claude-plugin/plugin.json"]);
  });
});

/** A ustar header with changes at offsets, its check sum right. */
function headerOf(name: string, size: number, changes: Readonly<Record<number, string | Buffer>> = {}): Buffer {
  const header = encodeHeader({ path: "x", size, executable: false });
  header.fill(0, 0, 100);
  header.write(name, 0, "latin1");
  for (const [at, value] of Object.entries(changes)) Buffer.from(value as string, "latin1").copy(header, Number(at));
  header.fill(" ", 148, 156);
  header.write(
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, "0")}\0 `,
    148,
    "latin1",
  );
  return header;
}
const typed = (type: string, name: string, body = "", changes: Readonly<Record<number, string | Buffer>> = {}): Buffer =>
  Buffer.concat([headerOf(name, Buffer.byteLength(body), { 156: type, ...changes }), padded(body)]);
const plain = (name: string, body = "text"): Buffer => typed("0", name, body);
const pax = (...records: readonly string[]): string =>
  records
    .map((record) => {
      const rest = record.length + 2;
      return `${rest + String(rest + String(rest).length).length} ${record}\n`;
    })
    .join("");
const paxed = (record: string, type = "x"): Buffer => typed(type, "PaxHeader/a", pax(record));
const tarOf = (...parts: readonly Buffer[]): Buffer => Buffer.concat([...parts, end]);
const refused = (...parts: readonly Buffer[]): Promise<string> => laterRefusalOf(readForeignArchive(gzipSync(tarOf(...parts))));

describe("refused is", () => {
  test.each([
    ["E_TAR_SYMLINK", typed("2", "a", "", { 157: "/etc/passwd" })],
    ["E_TAR_HARDLINK", typed("1", "a", "", { 157: "b" })],
    ["E_TAR_DEVICE", typed("3", "a")],
    ["E_TAR_DEVICE", typed("4", "a")],
    ["E_TAR_FIFO", typed("6", "a")],
    ["E_TAR_TYPE", typed("7", "a")],
    ["E_TAR_TYPE", typed("Z", "a", "hidden from some")],
    ["E_TAR_PAX", typed("X", "a", pax("path=b"))],
    ["E_TAR_GNU", typed("K", "././@LongLink", "b\0")],
    ["E_TAR_GNU", typed("S", "a")],
    ["E_TAR_GNU", typed("M", "a")],
    ["E_TAR_GNU", typed("V", "a")],
    ["E_TAR_GNU", typed("N", "a")],
    ["E_TAR_GNU", typed("D", "a")],
  ])("%s: an entry of its kind", async (code, entry) => {
    expect(await refused(plain("b"), entry)).toBe(code);
  });

  test.each([
    ["E_PATH_TRAVERSAL", plain("../a")],
    ["E_PATH_TRAVERSAL", plain("a/../../b")],
    ["E_PATH_TRAVERSAL", plain("././a")],
    ["E_PATH_TRAVERSAL", plain("a//b")],
    ["E_PATH_TRAVERSAL", typed("5", "../a/")],
    ["E_PATH_TRAVERSAL", Buffer.concat([paxed("path=../a"), plain("a")])],
    ["E_PATH_TRAVERSAL", Buffer.concat([typed("L", "././@LongLink", "../../a\0"), plain("a")])],
    ["E_PATH_ROOT", plain("/etc/passwd")],
    ["E_PATH_ROOT", typed("5", "/")],
    ["E_PATH_CHARSET", plain("C:\\a")],
    ["E_PATH_CHARSET", plain("a b")],
    ["E_PATH_CHARSET", plain("caf\u00e9")],
    ["E_PATH_CHARSET", plain("a\u001b[2J")],
    ["E_PATH_CHARSET", typed("0", "a", "", { 345: "\u001b" })],
    ["E_PATH_CHARSET", Buffer.concat([paxed("path=a\\b"), plain("a")])],
    ["E_PATH_RESERVED", plain("aux.md")],
    ["E_PATH_RESERVED", plain("a./b")],
    ["E_PATH_FORBIDDEN", plain("a/node_modules/b.js")],
    ["E_PATH_FORBIDDEN", plain(".git/config")],
    ["E_PATH_FORBIDDEN", plain("a.node")],
    ["E_PATH_FORBIDDEN", Buffer.concat([paxed(`path=${"a/b".repeat(3)}${"c".repeat(240)}`), plain("a")])],
    ["E_PATH_COLLISION", Buffer.concat([plain("a"), plain("a")])],
    ["E_PATH_COLLISION", Buffer.concat([plain("Read.md"), plain("README.md"), plain("READ.md")])],
    ["E_PATH_COLLISION", Buffer.concat([plain("a"), plain("a/b")])],
    ["E_PATH_COLLISION", Buffer.concat([plain("b"), typed("5", "B/")])],
    ["E_PATH_COLLISION", Buffer.concat([plain("x/a"), plain("./x/a")])],
  ])("%s: a path", async (code, entries) => {
    expect(await refused(entries)).toBe(code);
  });

  test.each([
    ["E_TAR_PAX", Buffer.concat([paxed("size=1024"), plain("a")])],
    ["E_TAR_PAX", Buffer.concat([paxed("linkpath=/etc"), plain("a")])],
    ["E_TAR_PAX", Buffer.concat([paxed("GNU.sparse.name=b"), plain("a")])],
    ["E_TAR_PAX", Buffer.concat([paxed("mode=0777"), plain("a")])],
    ["E_TAR_PAX", Buffer.concat([paxed("path=b", "g"), plain("a")])],
    ["E_TAR_PAX", Buffer.concat([paxed("path="), plain("a")])],
    ["E_TAR_PAX", Buffer.concat([paxed("mtime=now"), plain("a")])],
    ["E_TAR_PAX", Buffer.concat([typed("x", "p", pax("path=b", "path=c")), plain("a")])],
    ["E_TAR_PAX", Buffer.concat([typed("x", "p", pax("path=b\0c")), plain("a")])],
    ["E_TAR_PAX", Buffer.concat([typed("x", "p", pax("comment=b\n12 path=evil")), plain("a")])],
    ["E_TAR_PAX", Buffer.concat([typed("x", "p", "8 path=b\n"), plain("a")])],
    ["E_TAR_PAX", Buffer.concat([typed("x", "p", "999 path=b\n"), plain("a")])],
    ["E_TAR_PAX", Buffer.concat([typed("x", "p", "path"), plain("a")])],
    ["E_TAR_PAX", Buffer.concat([paxed("path=b"), paxed("path=c"), plain("a")])],
    ["E_TAR_PAX", Buffer.concat([typed("x", "p", pax(`comment=${"c".repeat(5000)}`)), plain("a")])],
    ["E_TAR_GNU", Buffer.concat([typed("L", "././@LongLink", "no end"), plain("a")])],
    ["E_TAR_GNU", Buffer.concat([typed("L", "././@LongLink"), plain("a")])],
    ["E_TAR_GNU", Buffer.concat([paxed("path=b"), typed("L", "././@LongLink", "c\0"), plain("a")])],
    ["E_TAR_NAME_NUL", Buffer.concat([typed("L", "././@LongLink", "b\0c\0"), plain("a")])],
    ["E_TAR_EOF", paxed("path=b")],
    ["E_TAR_NONCANON", Buffer.concat([paxed("path=b/"), plain("a", "x".repeat(600))])],
  ])("%s: a header for another that readers do not agree on", async (code, entries) => {
    expect(await refused(entries)).toBe(code);
  });

  test.each([
    ["E_TAR_NUMBER", headerOf("a", 0, { 124: "0000000009x\0" })],
    ["E_TAR_NUMBER", headerOf("a", 0, { 124: "00\x001\0\0\0\0\0\0\0\0" })],
    ["E_TAR_NUMBER", headerOf("a", 0, { 124: "           \0" })],
    ["E_TAR_NUMBER", headerOf("a", 0, { 337: "x" })],
    ["E_TAR_BASE256", headerOf("a", 0, { 124: Buffer.from([0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0]) })],
    ["E_TAR_NAME_NUL", headerOf("a\0b", 0)],
    ["E_TAR_NAME_NUL", headerOf("", 0)],
    ["E_TAR_PREFIX", headerOf("a", 0, { 345: "b/" })],
    ["E_TAR_PREFIX", headerOf("a", 0, { 257: "ustar  \0", 345: "b" })],
    ["E_TAR_NONCANON", headerOf("a", 0, { 257: "tar-like" })],
    ["E_TAR_NONCANON", headerOf("a", 0, { 157: "b" })],
    ["E_TAR_PADDING", headerOf("a", 0, { 505: "hidden" })],
    ["E_TAR_PADDING", Buffer.concat([headerOf("a", 4), Buffer.from("texthidden".padEnd(blockSize, "\0"))])],
    ["E_TAR_DIR", Buffer.concat([headerOf("a/", 4, { 156: "5" }), padded("text")])],
    ["E_TAR_DIR", Buffer.concat([headerOf("a/", 4, { 156: "\0" }), padded("text")])],
    ["E_TAR_NONCANON", headerOf("a/", 0)],
    ["E_TAR_SIZE", headerOf("a", 99_999)],
  ])("%s: a header that a library would repair", async (code, entries) => {
    expect(await refused(entries)).toBe(code);
  });

  test("an archive whose ends are wrong", async () => {
    const wrong = plain("a").map((byte, at) => (at === 0 ? byte + 1 : byte));
    expect(await refused(Buffer.from(wrong))).toBe("E_TAR_CHECKSUM");
    expect(await laterRefusalOf(readForeignArchive(plain("a")))).toBe("E_TAR_EOF");
    expect(await laterRefusalOf(readForeignArchive(Buffer.concat([tarOf(plain("a")), plain("b")])))).toBe("E_TAR_TRAILING");
    expect(await laterRefusalOf(readForeignArchive(tarOf(plain("a")).subarray(1)))).toBe("E_TAR_SIZE");
    expect(await laterRefusalOf(readForeignArchive(Buffer.alloc(0)))).toBe("E_TAR_SIZE");
    expect(await laterRefusalOf(readForeignArchive(Buffer.concat([gzipSync(tarOf(plain("a"))), Buffer.from("more")])))).toBe("E_GZIP_TRAILING");
    expect(await laterRefusalOf(readForeignArchive(Buffer.concat([gzipSync(tarOf(plain("a"))), gzipSync(tarOf(plain("b")))])))).toBe("E_GZIP_TRAILING");
    expect(await laterRefusalOf(readForeignArchive(gzipSync(gzipSync(tarOf(plain("a"))))))).toMatch(/^E_TAR_/);
    expect(await laterRefusalOf(readForeignArchive(gzipSync(tarOf(plain("a"))).subarray(0, 40)))).toBe("E_GZIP");
    expect(await laterRefusalOf(readForeignArchive(Buffer.from([0x1f, 0x8b, 8, 0x08, 0, 0, 0, 0, 0, 0, 65])))).toBe("E_GZIP");
    expect(await laterRefusalOf(readForeignArchive(Buffer.from([0x1f, 0x8b, 7, 0])))).toBe("E_GZIP");
  });

  test("a bomb, too many files, too many bytes", async () => {
    expect(await laterRefusalOf(readForeignArchive(gzipSync(Buffer.alloc(50 * 1024 * 1024))))).toBe("E_BOMB");
    expect(await laterRefusalOf(readForeignArchive(Buffer.alloc(limits.unpacked + 1)))).toBe("E_TOO_LARGE");
    expect(await laterRefusalOf(readForeignArchive(Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.alloc(limits.compressed)])))).toMatch(
      /^E_(?:GZIP|TOO_LARGE)$/,
    );
    const many = Array.from({ length: limits.files + 1 }, (_, index) => plain(`f${index}`, "x"));
    expect(await laterRefusalOf(readForeignArchive(tarOf(...many)))).toBe("E_TOO_MANY_FILES");
    const folders = Array.from({ length: 6 * limits.files + 1 }, (_, index) => typed("5", `f${index}/`));
    expect(await laterRefusalOf(readForeignArchive(tarOf(...folders)))).toBe("E_TOO_MANY_FILES");
  });

  test("a link that GNU tar packed", async () => {
    using folder = temporaryFolder({ "plugin/a.md": "a" });
    symlinkSync("/etc/passwd", join(folder.path, "plugin/b.md"));
    expect(await laterRefusalOf(readForeignArchive(gnu(folder.path, "plugin")))).toBe("E_TAR_SYMLINK");
  });

  test("and nothing else than with a ClawError, whatever the bytes are", async () => {
    const sound = tarOf(paxed("path=dir/b"), plain("a", "body"), typed("5", "dir/"), typed("L", "././@LongLink", "dir/c\0"), plain("c"));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(sound.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }), fc.boolean(), async (changes, zip) => {
        const bytes = Buffer.from(sound);
        for (const [at, byte] of changes) bytes[at] = byte;
        const answer = await readForeignArchive(zip ? gzipSync(bytes, { level: 0 }) : bytes).catch((error: unknown) => error);
        expect(Array.isArray(answer) || ClawError.is(answer)).toBe(true);
      }),
      { numRuns: 400 },
    );
  });
});
