import { constants } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { ClawError } from "@claw/kernel/host";
import { foreignMaxPathBytes } from "../archive/foreign.ts";
import { limits } from "../archive/limits.ts";
import { byPath, checkCollisions, checkPath } from "../archive/paths.ts";
import type { ArchiveFile } from "../archive/tree-digest.ts";

/** The files of a folder on this machine as a package would hold them, `.git` left out. A link or a device is refused, not skipped. */
export async function readFolder(folder: string, signal: AbortSignal): Promise<readonly ArchiveFile[]> {
  const paths = await walk(folder, "", { files: 0 }, signal);
  checkCollisions(paths);
  const files: ArchiveFile[] = [];
  let bytes = 0;
  for (const path of paths) {
    signal.throwIfAborted();
    const file = await readPlainFile(join(folder, path), limits.unpacked - bytes);
    bytes += file.data.length;
    files.push({ path, ...file });
  }
  return files.sort(byPath);
}

async function walk(root: string, folder: string, count: { files: number }, signal: AbortSignal): Promise<readonly string[]> {
  signal.throwIfAborted();
  const found: string[] = [];
  for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
    if (entry.name === ".git") continue;
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    checkPath(path, foreignMaxPathBytes);
    if (entry.isDirectory()) {
      found.push(...(await walk(root, path, count, signal)));
      continue;
    }
    if (!entry.isFile()) throw notPlain(path, entry.isSymbolicLink(), entry.isFIFO());
    count.files += 1;
    if (count.files > limits.files) throw new ClawError("E_TOO_MANY_FILES", `${root} has more than ${limits.files} files`, {});
    found.push(path);
  }
  return found;
}

const notPlain = (path: string, isLink: boolean, isFifo: boolean): ClawError =>
  isLink
    ? new ClawError("E_TAR_SYMLINK", `${path} is a symbolic link, which a package cannot hold`, {}, { fix: "put the file itself there" })
    : new ClawError(
        isFifo ? "E_TAR_FIFO" : "E_TAR_DEVICE",
        `${path} is no plain file, and a package holds nothing else`,
        {},
        { fix: "take it out of the folder" },
      );

/** Reads a file that may have become something else since it was listed. */
export async function readPlainFile(path: string, maxBytes: number): Promise<{ readonly data: Buffer; readonly executable: boolean }> {
  const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;
  const file = await open(path, O_RDONLY | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0)).catch((cause: unknown) => {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT") throw new ClawError("PATH_NOT_FOUND", `${path} is not there`, { path }, { cause });
    throw code === "ELOOP" ? notPlain(path, true, false) : new ClawError("PATH_UNREADABLE", `${path} cannot be read`, { path }, { cause });
  });
  try {
    const found = await file.stat();
    if (!found.isFile()) throw notPlain(path, false, found.isFIFO());
    if (found.size > maxBytes) throw new ClawError("E_TOO_LARGE", `with ${path} the package is larger than ${limits.unpacked / 1024 / 1024} MiB`, {});
    const { buffer, bytesRead } = await file.read(Buffer.alloc(found.size + 1), 0);
    if (bytesRead !== found.size) throw new ClawError("PATH_CHANGED", `${path} changed while it was read`, { path }, { retryable: true });
    return { data: buffer.subarray(0, bytesRead), executable: process.platform !== "win32" && (found.mode & 0o111) !== 0 };
  } finally {
    await file.close();
  }
}
