import { ClawError, type ErrorCode, type ErrorData } from "@claw/kernel/host";
import { limits } from "./limits.ts";
import { blockSize } from "./ustar.ts";

/** An entry as its header has it, before any library reads it. */
export interface ForeignEntry {
  readonly isFolder: boolean;
  readonly size: number;
}

type TarCode = { readonly [C in ErrorCode]: ErrorData[C] extends { readonly path: string } ? never : C }[ErrorCode] & `E_TAR_${string}`;

const files: ReadonlySet<string> = new Set(["0", "\0"]);
const refusedTypes: Readonly<Record<string, readonly [code: TarCode, what: string]>> = {
  "1": ["E_TAR_HARDLINK", "a hard link"],
  "2": ["E_TAR_SYMLINK", "a symbolic link"],
  "3": ["E_TAR_DEVICE", "a device"],
  "4": ["E_TAR_DEVICE", "a device"],
  "6": ["E_TAR_FIFO", "a FIFO"],
  K: ["E_TAR_GNU", "a GNU long link"],
  S: ["E_TAR_GNU", "a GNU sparse file"],
  D: ["E_TAR_GNU", "a GNU folder"],
  M: ["E_TAR_GNU", "a GNU volume part"],
  N: ["E_TAR_GNU", "a GNU long name of the old form"],
  V: ["E_TAR_GNU", "a GNU volume name"],
  X: ["E_TAR_PAX", "a pax header of the old form"],
};

/** What a pax header may say: where the file is, and what no file of a package has, times and owners. */
const paxKeys: ReadonlySet<string> = new Set([
  "path",
  "mtime",
  "atime",
  "ctime",
  "comment",
  "uid",
  "gid",
  "uname",
  "gname",
  "SCHILY.dev",
  "SCHILY.ino",
  "SCHILY.nlink",
  "LIBARCHIVE.creationtime",
]);
const textKeys: ReadonlySet<string> = new Set(["path", "comment", "uname", "gname"]);
const maxMetaBytes = 4096;
/** As many folders as files, and two headers for each. */
const mostHeaders = 6 * limits.files;

/**
 * Walks the headers of a tar that any tool may have made, and refuses what readers understand differently: numbers that are not plain octal,
 * names that go on after a NUL, records that a library skips, sizes that a pax header changes, bytes that no entry owns. Answers the entries
 * that are no headers of others, in order.
 */
export function walkHeaders(tar: Buffer): readonly ForeignEntry[] {
  if (tar.length === 0 || tar.length % blockSize !== 0) throw refusal("E_TAR_SIZE", `a length that is no multiple of ${blockSize}`);
  const entries: ForeignEntry[] = [];
  let at = 0;
  let headers = 0;
  let pending: { readonly named: boolean } | undefined;
  while (at < tar.length && !isZero(tar.subarray(at, at + blockSize))) {
    headers += 1;
    if (headers > mostHeaders) throw new ClawError("E_TOO_MANY_FILES", `the archive has more than ${limits.files} files`, {});
    const block = tar.subarray(at, at + blockSize);
    const { type, size, name } = headerOf(block);
    const body = tar.subarray(at + blockSize, at + blockSize + size);
    if (body.length < size) throw refusal("E_TAR_SIZE", `an entry ${JSON.stringify(name)} that is longer than the archive`);
    at += blockSize + Math.ceil(size / blockSize) * blockSize;
    if (!isZero(tar.subarray(at - ((blockSize - (size % blockSize)) % blockSize), at))) throw refusal("E_TAR_PADDING", "something hidden in its padding");
    if (type === "x" || type === "g" || type === "L") {
      if (size > maxMetaBytes) throw refusal(type === "L" ? "E_TAR_GNU" : "E_TAR_PAX", "a header that is far too long");
      if (pending !== undefined) throw refusal(type === "L" ? "E_TAR_GNU" : "E_TAR_PAX", "two headers for one file");
      if (type === "L") checkLongName(body);
      const keys = type === "L" ? new Set(["path"]) : paxKeysOf(body, type === "g");
      pending = type === "g" ? undefined : { named: keys.has("path") };
      continue;
    }
    // Tools before POSIX wrote a folder as a file whose name ends with a slash. A name that was cut off may end with one too.
    const isFolder = type === "5" || (pending?.named !== true && name.endsWith("/"));
    if (isFolder && type === "0") throw refusal("E_TAR_NONCANON", "a file whose name ends with a slash");
    if (isFolder && size !== 0) throw refusal("E_TAR_DIR", "a folder with contents of its own");
    entries.push({ isFolder, size });
    pending = undefined;
  }
  if (pending !== undefined) throw refusal("E_TAR_EOF", "a header for a file that does not follow");
  if (tar.length - at < 2 * blockSize) throw refusal("E_TAR_EOF", "no two blocks of zeros at its end");
  if (!isZero(tar.subarray(at))) throw refusal("E_TAR_TRAILING", "something after its end");
  return entries;
}

function headerOf(block: Buffer): { readonly type: string; readonly size: number; readonly name: string } {
  const text = (from: number, to: number): string => block.toString("latin1", from, to);
  const type = text(156, 157);
  const magic = text(257, 265);
  if (magic !== "ustar\x0000" && magic !== "ustar  \0" && magic !== "\0".repeat(8)) throw refusal("E_TAR_NONCANON", "a header in no known format");
  for (const [from, to] of [
    [100, 108],
    [108, 116],
    [116, 124],
    [124, 136],
    [136, 148],
    [148, 156],
    [329, 337],
    [337, 345],
  ] as const) {
    if ((block[from] ?? 0) >= 0x80) throw refusal("E_TAR_BASE256", "a number in base 256");
    if (!/^ *[0-7]*[\0 ]*$/.test(text(from, to)) || (from >= 124 && from <= 148 && !/[0-7]/.test(text(from, to))))
      throw refusal("E_TAR_NUMBER", "a number that is not octal");
  }
  const sum = block.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 0x20 : byte), 0);
  if (Number.parseInt(text(148, 156), 8) !== sum) throw refusal("E_TAR_CHECKSUM", "a header whose check sum differs");
  const name = plainText(text(0, 100));
  if (name === "") throw refusal("E_TAR_NAME_NUL", "an entry without a name");
  const hasPrefix = magic === "ustar\x0000";
  if (hasPrefix ? plainText(text(345, 500)).endsWith("/") : !isZero(block.subarray(345, 500)))
    throw refusal("E_TAR_PREFIX", "a path with a prefix that not every program reads");
  if (!isZero(block.subarray(500))) throw refusal("E_TAR_PADDING", "something hidden in its padding");
  if (type !== "5" && type !== "x" && type !== "g" && type !== "L" && !files.has(type)) {
    const [code, what] = refusedTypes[type] ?? (["E_TAR_TYPE", "an entry of unknown type"] as const);
    throw refusal(code, what);
  }
  if (text(157, 257) !== "\0".repeat(100)) throw refusal("E_TAR_NONCANON", "a file with the target of a link");
  return { type, size: Number.parseInt(text(124, 136), 8), name };
}

/** The text before the NULs that fill its field. Characters that no path may have are refused here already: a library may take them for something else. */
function plainText(field: string): string {
  const [text = "", ...rest] = field.split("\0");
  if (rest.some((part) => part !== "")) throw refusal("E_TAR_NAME_NUL", "a name with a NUL in it");
  if (!/^[\x20-\x7e]*$/.test(text) || text.includes("\\"))
    throw new ClawError("E_PATH_CHARSET", `the path ${JSON.stringify(text)} has characters other than letters, digits and ._@+-/`, { path: text });
  return text;
}

function checkLongName(body: Buffer): void {
  if (body.at(-1) !== 0 || plainText(body.toString("latin1")) === "") throw refusal("E_TAR_GNU", "a long name without an end");
}

function paxKeysOf(body: Buffer, isGlobal: boolean): ReadonlySet<string> {
  const seen = new Set<string>();
  for (let at = 0; at < body.length;) {
    const [, digits = "", key = ""] = /^([1-9]\d{0,3}) ([^=\n]+)=/.exec(body.toString("latin1", at, at + 256)) ?? [];
    const record = body.toString("latin1", at, at + Number(digits));
    if (digits === "" || record.length !== Number(digits) || !record.endsWith("\n")) throw refusal("E_TAR_PAX", "a pax header that cannot be read");
    const value = record.slice(digits.length + key.length + 2, -1);
    if (!paxKeys.has(key) || (isGlobal && key === "path")) throw refusal("E_TAR_PAX", `a pax header that sets ${JSON.stringify(key)}`);
    if (seen.has(key)) throw refusal("E_TAR_PAX", `a pax header that sets ${key} twice`);
    if (/[\0\n]/.test(value)) throw refusal("E_TAR_PAX", `a pax header whose ${key} has more than one line`);
    if (!textKeys.has(key) && !/^-?\d{1,20}(?:\.\d{1,20})?$/.test(value)) throw refusal("E_TAR_PAX", `a pax header whose ${key} is no number`);
    if (key === "path" && plainText(value) === "") throw refusal("E_TAR_PAX", "a pax header with an empty path");
    seen.add(key);
    at += record.length;
  }
  return seen;
}

const isZero = (bytes: Buffer): boolean => bytes.equals(Buffer.alloc(bytes.length));
const refusal = (code: TarCode, what: string): ClawError => new ClawError(code, `the archive has ${what}`, {}, { fix: "pack it again with tar czf" });
