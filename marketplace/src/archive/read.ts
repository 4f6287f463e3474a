import { ClawError } from "@claw/kernel/host";
import { gunzip } from "./gzip.ts";
import { limits } from "./limits.ts";
import { checkCollisions, checkPath } from "./paths.ts";
import type { ArchiveFile } from "./tree-digest.ts";
import { blockSize, decodeHeader } from "./ustar.ts";

/** The files of a package, in the order of their paths. Anything that `packFiles` would not have written is refused, nothing is repaired. */
export const readArchive = (archive: Uint8Array): readonly ArchiveFile[] => readTar(gunzip(archive));

/** The same for the tar inside. */
export function readTar(tar: Buffer): readonly ArchiveFile[] {
  if (tar.length % blockSize !== 0) throw new ClawError("E_TAR_SIZE", `the archive's length is no multiple of ${blockSize}`, {});
  const files: ArchiveFile[] = [];
  let at = 0;
  while (at < tar.length && !isZero(tar, at, at + blockSize)) {
    if (files.length === limits.files) throw new ClawError("E_TOO_MANY_FILES", `the archive has more than ${limits.files} files`, {});
    const { path, size, executable } = decodeHeader(tar.subarray(at, at + blockSize));
    checkPath(path);
    const last = files.at(-1)?.path ?? "";
    if (path === last) throw new ClawError("E_PATH_COLLISION", `the archive has ${path} twice`, { path });
    if (path < last) throw new ClawError("E_TAR_ORDER", `the archive has ${path} after ${last}`, {});
    const start = at + blockSize;
    const end = start + size;
    at = start + Math.ceil(size / blockSize) * blockSize;
    if (at > tar.length) throw new ClawError("E_TAR_SIZE", `${path} is said to be longer than the archive`, {});
    if (!isZero(tar, end, at)) throw new ClawError("E_TAR_PADDING", `something is hidden in the padding after ${path}`, {});
    files.push({ path, data: tar.subarray(start, end), executable });
  }
  if (tar.length - at < 2 * blockSize || !isZero(tar, at, at + 2 * blockSize))
    throw new ClawError("E_TAR_EOF", "the archive does not end with two blocks of zeros", {});
  if (tar.length - at > 2 * blockSize) throw new ClawError("E_TAR_TRAILING", "something follows the end of the archive", {});
  checkCollisions(files.map(({ path }) => path));
  return files;
}

function isZero(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) if (bytes[at] !== 0) return false;
  return true;
}
