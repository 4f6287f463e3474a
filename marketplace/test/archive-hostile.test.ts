import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { limits } from "../src/archive/limits.ts";
import { packFiles, tarOf } from "../src/archive/pack.ts";
import { readArchive } from "../src/archive/read.ts";
import { end, fileOf, forgedHeader, padded, zipped } from "./archive-forgery.ts";
import { refusalOf } from "./refusal.ts";

const one = (changes: Readonly<Record<number, string>>): Buffer => Buffer.concat([forgedHeader("a", 4, changes), padded("text"), end]);
const named = (name: string): Buffer => one({ 0: name.padEnd(100, "\0") });
const tar = (...paths: readonly string[]): Buffer => Buffer.concat([...paths.flatMap((path) => [forgedHeader(path, 4, {}), padded("text")]), end]);

const archives: readonly (readonly [what: string, code: string, tar: Buffer])[] = [
  ["a symbolic link", "E_TAR_SYMLINK", one({ 156: "2", 157: "/etc/passwd" })],
  ["a hard link", "E_TAR_HARDLINK", one({ 156: "1", 157: "/etc/passwd" })],
  ["a FIFO", "E_TAR_FIFO", one({ 156: "6" })],
  ["a character device", "E_TAR_DEVICE", one({ 156: "3" })],
  ["a block device", "E_TAR_DEVICE", one({ 156: "4" })],
  ["a folder", "E_TAR_DIR", one({ 156: "5" })],
  ["a pax header", "E_TAR_PAX", one({ 156: "x" })],
  ["a global pax header", "E_TAR_PAX", one({ 156: "g" })],
  ["a GNU long name", "E_TAR_GNU", one({ 156: "L" })],
  ["a GNU long link", "E_TAR_GNU", one({ 156: "K" })],
  ["a GNU sparse file", "E_TAR_GNU", one({ 156: "S" })],
  ["GNU's magic", "E_TAR_GNU", one({ 257: "ustar  \0" })],
  ["a contiguous file", "E_TAR_TYPE", one({ 156: "7" })],
  ["the type of the oldest format", "E_TAR_TYPE", one({ 156: "\0" })],
  ["no magic", "E_TAR_NONCANON", one({ 257: "\0\0\0\0\0\0\0\0" })],
  ["another version", "E_TAR_NONCANON", one({ 263: "01" })],
  ["a prefix", "E_TAR_PREFIX", one({ 345: "evil" })],
  ["something in the prefix behind a NUL", "E_TAR_PREFIX", one({ 346: "evil" })],
  ["a set-uid file", "E_TAR_MODE", one({ 100: "0004755\0" })],
  ["a file all may write", "E_TAR_MODE", one({ 100: "0000666\0" })],
  ["an owner", "E_TAR_NONCANON", one({ 108: "0001750\0" })],
  ["a group", "E_TAR_NONCANON", one({ 116: "0001750\0" })],
  ["a user's name", "E_TAR_NONCANON", one({ 265: "root" })],
  ["a group's name", "E_TAR_NONCANON", one({ 297: "root" })],
  ["a time", "E_TAR_NONCANON", one({ 136: "14721562412\0" })],
  ["a device number", "E_TAR_NONCANON", one({ 329: "0000001\0" })],
  ["a link's target on a file", "E_TAR_NONCANON", one({ 157: "x" })],
  ["something after the header", "E_TAR_NONCANON", one({ 508: "x" })],
  ["a mode with blanks for zeros", "E_TAR_NONCANON", one({ 100: "    644\0" })],
  ["a size with blanks for zeros", "E_TAR_NONCANON", one({ 124: "          4\0" })],
  ["a size in base 256", "E_TAR_BASE256", one({ 124: "\x80\0\0\0\0\0\0\0\0\0\0\x04" })],
  ["a negative size in base 256", "E_TAR_BASE256", one({ 124: "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfc" })],
  ["a size that is no number", "E_TAR_NUMBER", one({ 124: "0000000000z\0" })],
  ["a size in decimal", "E_TAR_NUMBER", one({ 124: "00000000009\0" })],
  ["a size beyond the archive", "E_TAR_SIZE", one({ 124: "77777777777\0" })],
  ["a wrong check sum", "E_TAR_CHECKSUM", ((bytes) => (bytes.write("000000\0 ", 148, "latin1"), bytes))(one({}))],
  ["a check sum that is no number", "E_TAR_NUMBER", ((bytes) => (bytes.write("abcdef\0 ", 148, "latin1"), bytes))(one({}))],
  ["a name with a NUL in it", "E_TAR_NAME_NUL", one({ 0: "package/a\0/../../evil" })],
  ["data in the padding", "E_TAR_PADDING", ((bytes) => (bytes.write("x", 512 + 4), bytes))(one({}))],
  ["no end", "E_TAR_EOF", one({}).subarray(0, 1024)],
  ["half an end", "E_TAR_EOF", one({}).subarray(0, 1536)],
  ["nothing at all", "E_TAR_EOF", Buffer.alloc(0)],
  ["a third zero block", "E_TAR_TRAILING", Buffer.concat([one({}), Buffer.alloc(512)])],
  ["another archive behind the end", "E_TAR_TRAILING", Buffer.concat([one({}), one({})])],
  ["a length that is no multiple of a block", "E_TAR_SIZE", Buffer.concat([one({}), Buffer.alloc(1)])],
  ["files out of order", "E_TAR_ORDER", tar("b", "a")],
  ["a file twice", "E_PATH_COLLISION", tar("a", "a")],
  ["files that differ in case alone", "E_PATH_COLLISION", tar("Readme", "readme")],
  ["folders that differ in case alone, and a file of the same name", "E_PATH_COLLISION", tar("A", "a/b")],
  ["a file that is a folder too", "E_PATH_COLLISION", tar("a", "a/b")],
  ["a path up and out", "E_PATH_TRAVERSAL", named("package/../../evil")],
  ["a path up and out from the start", "E_PATH_TRAVERSAL", named("../evil")],
  ["a path through here", "E_PATH_TRAVERSAL", named("package/./a")],
  ["an empty segment", "E_PATH_TRAVERSAL", named("package/a//b")],
  ["a path that ends in a slash", "E_PATH_TRAVERSAL", named("package/a/")],
  ["an absolute path", "E_PATH_ROOT", named("/etc/passwd")],
  ["an absolute path below the root", "E_PATH_ROOT", named("package//etc/passwd")],
  ["another root", "E_PATH_ROOT", named("claw/a")],
  ["the root alone", "E_PATH_ROOT", named("package")],
  ["no name", "E_PATH_ROOT", named("")],
  ["a backslash", "E_PATH_CHARSET", named("package/..\\evil")],
  ["a drive", "E_PATH_CHARSET", named("package/c:evil")],
  ["a second stream", "E_PATH_CHARSET", named("package/a:b")],
  ["a blank", "E_PATH_CHARSET", named("package/a b")],
  ["a tilde", "E_PATH_CHARSET", named("package/PROGRA~1")],
  ["a letter beyond ASCII", "E_PATH_CHARSET", named("package/\xe9")],
  ["an escape sequence", "E_PATH_CHARSET", named("package/\x1b[31m")],
  ["a line feed", "E_PATH_CHARSET", named("package/a\nb")],
  ["a device of Windows", "E_PATH_RESERVED", named("package/aux.txt")],
  ["a device of Windows in capitals", "E_PATH_RESERVED", named("package/lib/COM1")],
  ["a dot at the end", "E_PATH_RESERVED", named("package/a.")],
  ["node_modules", "E_PATH_FORBIDDEN", named("package/node_modules/x.js")],
  ["Node_Modules", "E_PATH_FORBIDDEN", named("package/lib/Node_Modules/x.js")],
  [".git", "E_PATH_FORBIDDEN", named("package/.git/config")],
  ["a native addon", "E_PATH_FORBIDDEN", named("package/x.node")],
  ["eleven segments", "E_PATH_FORBIDDEN", named("package/a/b/c/d/e/f/g/h/i/j/k")],
  ["2,001 files", "E_TOO_MANY_FILES", tarOf(Array.from({ length: limits.files + 1 }, (_, index) => fileOf(`f${String(index).padStart(5, "0")}`, "")))],
];

describe("an archive is refused that has", () => {
  test.for(archives)("%s", ([, code, bytes]) => {
    expect(refusalOf(() => readArchive(zipped(bytes)))).toBe(code);
  });
});

describe("a file is refused that is", () => {
  const good = packFiles([fileOf("a")]).archive;
  test.for<readonly [string, string, () => Uint8Array]>([
    ["empty", "E_GZIP", () => Buffer.alloc(0)],
    ["text", "E_GZIP", () => Buffer.from("this is not an archive at all")],
    ["a bare tar", "E_GZIP", () => tar("a")],
    ["a gzip with a name", "E_GZIP", () => zipped(tar("a"), { 3: 0x08 })],
    ["a gzip with a time", "E_GZIP", () => zipped(tar("a"), { 4: 1 })],
    ["a gzip from some system", "E_GZIP", () => zipped(tar("a"), { 9: 3 })],
    ["what the gzip of the system writes", "E_GZIP", () => gzipSync(tar("a"))],
    ["cut short in its trailer", "E_GZIP", () => good.subarray(0, good.length - 1)],
    ["cut short in its data", "E_GZIP", () => good.subarray(0, 30)],
    ["damaged in its check sum", "E_GZIP", () => Buffer.concat([good.subarray(0, good.length - 8), Buffer.alloc(8, 7)])],
    ["followed by a byte", "E_GZIP_TRAILING", () => Buffer.concat([good, Buffer.alloc(1)])],
    ["followed by another archive", "E_GZIP_TRAILING", () => Buffer.concat([good, good])],
    ["a bomb", "E_BOMB", () => zipped(Buffer.alloc(20 * 1024 * 1024))],
    ["too large packed", "E_TOO_LARGE", () => Buffer.alloc(limits.compressed + 1)],
  ])("%s", ([, code, bytes]) => {
    expect(refusalOf(() => readArchive(bytes()))).toBe(code);
  });

  test("too large unpacked, found out while it is inflated", () => {
    // Some noise between long runs of zeros: packed well, and yet below the ratio.
    const data = Buffer.concat(Array.from({ length: 230 }, () => Buffer.concat([randomBytes(2048), Buffer.alloc(300_000)])));
    const archive = zipped(data);
    expect(archive.length * limits.ratio).toBeGreaterThan(limits.unpacked);
    expect(refusalOf(() => readArchive(archive))).toBe("E_TOO_LARGE");
  });
});

test("what could not be installed is not packed either", () => {
  expect(refusalOf(() => packFiles([fileOf("../a")]))).toBe("E_PATH_TRAVERSAL");
  expect(refusalOf(() => packFiles([fileOf("a"), fileOf("A")]))).toBe("E_PATH_COLLISION");
  expect(refusalOf(() => packFiles([{ path: "zeros", data: Buffer.alloc(20 * 1024 * 1024), executable: false }]))).toBe("E_BOMB");
  expect(refusalOf(() => packFiles(Array.from({ length: 2001 }, (_, index) => fileOf(`f${index}`))))).toBe("E_TOO_MANY_FILES");
  expect(refusalOf(() => packFiles([fileOf(`${"a".repeat(93)}`)]))).toBe("E_PATH_FORBIDDEN");
});
