import { ClawError, type CallScope, type FileVersion } from "@claw/kernel";
import { randomUUID } from "node:crypto";
import { constants, type Stats } from "node:fs";
import { access, link, lstat, open, rename, unlink, type FileHandle } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { Confinement } from "./confinement.ts";
import { diskError, errnoOf } from "./disk-error.ts";
import { digestOf, refuseNonFile } from "./file-read.ts";
import { openFolder } from "./open-folder.ts";
import { careful, changed } from "./opened.ts";

type Expected = FileVersion | "absent" | undefined;

/** Replaces a file whole or not at all: a new file beside it takes its name. So a hard link to it elsewhere keeps the old content. */
export async function writeFile(
  confinement: Confinement,
  path: string,
  bytes: Uint8Array,
  call: CallScope,
  options: { readonly expect?: FileVersion | "absent" } = {},
): Promise<FileVersion> {
  const place = await confinement.admit(path, call);
  if (place.kind !== "missing") refuseNonFile(place);
  const { real } = place;
  await using folder = await openFolder(dirname(real));
  const target = folder.at(basename(real));
  const temporary = folder.at(`.claw-${randomUUID()}.tmp`);
  try {
    const existing = await statsOf(target, real);
    await refuseUnexpected(target, real, existing, options.expect);
    const version = await writeTemporary(temporary, bytes, existing);
    call.signal.throwIfAborted();
    await (options.expect === "absent" ? takeFreeName(temporary, target, real) : rename(temporary, target));
    return version;
  } catch (error) {
    await Promise.allSettled([unlink(temporary)]);
    throw diskError(error, real, "write");
  }
}

async function statsOf(target: string, real: string): Promise<Stats | undefined> {
  try {
    const stats = await lstat(target);
    if (!stats.isFile()) throw changed(real);
    // A rename asks only the folder: a file made read-only must be refused by hand.
    await access(target, constants.W_OK);
    return stats;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

async function refuseUnexpected(target: string, real: string, existing: Stats | undefined, expected: Expected): Promise<void> {
  if (expected === undefined) return;
  if (expected === "absent") {
    if (existing !== undefined) throw appeared(real);
  } else if (existing === undefined) {
    throw new ClawError("PATH_CHANGED", `${real} no longer exists`, { path: real });
  } else if (existing.size !== expected.size || (await digestAt(target)) !== expected.digest) {
    throw new ClawError("PATH_CHANGED", `${real} has changed since it was read`, { path: real }, { fix: "read it again" });
  }
}

const appeared = (real: string): ClawError => new ClawError("PATH_CHANGED", `${real} exists already`, { path: real }, { fix: "read it first" });

async function digestAt(target: string): Promise<string> {
  await using handle = await open(target, constants.O_RDONLY | careful);
  return digestOf(await handle.readFile());
}

async function writeTemporary(temporary: string, bytes: Uint8Array, existing: Stats | undefined): Promise<FileVersion> {
  // What replaces a file is nobody else's to read until it has that file's permissions; a new file gets what the umask leaves.
  await using handle = await open(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | careful, existing === undefined ? 0o666 : 0o600);
  await handle.writeFile(bytes);
  await handle.sync();
  const { mtimeMs } = await handle.stat();
  if (existing !== undefined) await takeOwnerAndMode(handle, existing);
  return { size: bytes.length, mtimeMs, digest: digestOf(bytes) };
}

async function takeOwnerAndMode(handle: FileHandle, existing: Stats): Promise<void> {
  const { uid, gid } = await handle.stat();
  if (uid !== existing.uid || gid !== existing.gid) {
    // Only root may give a file away: anyone else's file becomes theirs, as with every editor.
    await handle.chown(existing.uid, existing.gid).catch((error: unknown) => (errnoOf(error) === "EPERM" ? undefined : Promise.reject(error as Error)));
  }
  await handle.chmod(existing.mode & 0o777);
}

/** As `rename`, but never over a file that was made meanwhile. */
async function takeFreeName(temporary: string, target: string, real: string): Promise<void> {
  try {
    await link(temporary, target);
  } catch (error) {
    const code = errnoOf(error);
    if (code === "EEXIST") throw appeared(real);
    // A file system without hard links.
    if (code === "EPERM" || code === "ENOTSUP" || code === "EOPNOTSUPP" || code === "ENOSYS") return await rename(temporary, target);
    throw error;
  }
  await unlink(temporary);
}
