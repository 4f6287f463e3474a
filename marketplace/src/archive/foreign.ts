import { ClawError } from "@claw/kernel/host";
import type { ReadEntry } from "tar";
import { type ForeignEntry, walkHeaders } from "./foreign-headers.ts";
import { gunzip, header } from "./gzip.ts";
import { limits } from "./limits.ts";
import { byPath, checkCollisions, checkPath } from "./paths.ts";
import type { ArchiveFile } from "./tree-digest.ts";

/** They are stored, not packed again. */
export const foreignMaxPathBytes = 240;

interface Read {
  readonly path: string;
  readonly isFolder: boolean;
  readonly data: Buffer;
  readonly executable: boolean;
}

/**
 * The files of an archive that any tool has made, tar or tar in gzip, in the order of their paths and with only what a package has: the same
 * files give the same tree whatever packed them. Folders, times and owners are left out, one top folder and a leading `./` are taken off;
 * links, devices and everything that readers of tar understand differently are refused. Nothing is written to disk.
 */
export async function readForeignArchive(bytes: Uint8Array): Promise<readonly ArchiveFile[]> {
  const tar = inflated(bytes);
  const expected = walkHeaders(tar);
  const read = await parsed(tar);
  refuseDifference(expected, read);
  return filesOf(read);
}

/** Whether these are the bytes of a tar or of one in gzip, as far as their beginning says. */
export const isArchive = (bytes: Uint8Array): boolean =>
  (bytes[0] === 0x1f && bytes[1] === 0x8b) || Buffer.from(bytes.subarray(257, 262)).toString("latin1") === "ustar";

function inflated(bytes: Uint8Array): Buffer {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return gunzip(Buffer.concat([header, bytes.subarray(gzipHeaderLength(bytes))]));
  if (bytes.length > limits.unpacked) throw new ClawError("E_TOO_LARGE", `the archive is larger than ${limits.unpacked / 1024 / 1024} MiB unpacked`, {});
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Where the data begins in a gzip file, by RFC 1952: after a name, a comment and whatever else its flags announce. */
function gzipHeaderLength(bytes: Uint8Array): number {
  const flags = bytes[3] ?? 0xff;
  if (bytes[2] !== 8 || (flags & 0xe0) !== 0) throw new ClawError("E_GZIP", "the archive is packed with something other than gzip", {});
  let at = 10;
  if ((flags & 0x04) !== 0) at += 2 + (bytes[at] ?? 0) + 256 * (bytes[at + 1] ?? 0);
  for (const flag of [0x08, 0x10]) {
    if ((flags & flag) === 0) continue;
    const end = bytes.indexOf(0, at);
    if (end === -1) throw new ClawError("E_GZIP", "the archive is cut short", {});
    at = end + 1;
  }
  return (flags & 0x02) === 0 ? at : at + 2;
}

async function parsed(tar: Buffer): Promise<readonly Read[]> {
  const { Parser } = await import("tar");
  return new Promise((resolve, reject) => {
    const refuse = (cause: unknown): void => {
      reject(new ClawError("E_TAR_NONCANON", "the archive cannot be read as a tar", {}, { cause }));
    };
    const read: Read[] = [];
    const onReadEntry = (entry: ReadEntry): void => {
      const chunks: Buffer[] = [];
      entry.on("data", (chunk: Buffer) => chunks.push(chunk));
      entry.on("end", () =>
        read.push({ path: entry.path, isFolder: entry.type === "Directory", data: Buffer.concat(chunks), executable: ((entry.mode ?? 0) & 0o111) !== 0 }),
      );
      entry.resume();
    };
    // The tar is in memory and was measured: the library need not.
    const parser = new Parser({ strict: true, onReadEntry });
    parser.on("error", refuse);
    parser.on("ignoredEntry", () => refuse(new Error("an entry was skipped")));
    parser.on("end", () => resolve(read));
    parser.end(tar);
  });
}

/** What the library read has to be what the headers said: where two readers differ, somebody wants them to. */
function refuseDifference(expected: readonly ForeignEntry[], read: readonly Read[]): void {
  const same =
    expected.length === read.length &&
    read.every(({ isFolder, data }, index) => isFolder === folderAt(expected[index]) && data.length === expected[index]?.size);
  if (!same) throw new ClawError("E_TAR_NONCANON", "the archive means different files to different programs", {});
}

const folderAt = (entry: ForeignEntry | undefined): boolean => entry?.isFolder === true;

function filesOf(read: readonly Read[]): readonly ArchiveFile[] {
  const plain = read.map((entry) => ({ ...entry, path: plainPath(entry.path) }));
  for (const { path, isFolder } of plain) if (path !== "" || !isFolder) checkPath(path, foreignMaxPathBytes);
  const files = plain.filter(({ isFolder }) => !isFolder);
  if (files.length > limits.files) throw new ClawError("E_TOO_MANY_FILES", `the archive has more than ${limits.files} files`, {});
  checkCollisions(files.map(({ path }) => path));
  const folders = plain.filter(({ path, isFolder }) => isFolder && path !== "").map(({ path }) => path);
  const taken = new Set(files.map(({ path }) => path.toLowerCase()));
  const both = folders.find((path) => taken.has(path.toLowerCase()));
  if (both !== undefined) throw new ClawError("E_PATH_COLLISION", `the path ${JSON.stringify(both)} is a file and a folder of the archive`, { path: both });
  // An entry for the root itself says that what is in it is the package.
  const top = plain.some(({ path }) => path === "") ? "" : topFolderOf(files.map(({ path }) => path));
  return files.map(({ path, data, executable }) => ({ path: path.slice(top.length), data, executable })).sort(byPath);
}

/** Without `./` before it and `/` after it; `.` is the root, and empty. Everything else is left to be refused. */
function plainPath(path: string): string {
  if (path === "." || path === "./") return "";
  return path.replace(/^\.\//, "").replace(/(?<=[^/])\/$/, "");
}

/** The folder, with its slash, that all files are in. A dot at its beginning makes it part of the package. */
function topFolderOf(paths: readonly string[]): string {
  const top = /^[^/.][^/]*\//.exec(paths[0] ?? "")?.[0] ?? "";
  return paths.every((path) => path.startsWith(top)) ? top : "";
}
