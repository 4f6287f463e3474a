import { constants } from "node:fs";
import { open, rename } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { ClawError } from "../errors.ts";

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the disk is full",
  EFBIG: "a file would be too large",
  EROFS: "the disk is read-only",
  EACCES: "that is not permitted",
  EPERM: "that is not permitted",
};

/** Runs what writes below a folder, and says in a sentence why it could not. */
export async function writing<T>(folder: string, work: () => Promise<T>): Promise<T> {
  // The engine never ends trying to make a folder there.
  if (process.platform === "linux" && /^\/(?:proc|sys)(?:\/|$)/.test(resolve(folder)))
    throw new ClawError("PATH_UNWRITABLE", `${folder} is in a file system that keeps no files`, { path: folder }, { fix: "name another folder" });
  try {
    return await work();
  } catch (cause) {
    const { code, syscall } = cause as NodeJS.ErrnoException;
    if (ClawError.is(cause) || code === undefined || syscall === undefined) throw cause;
    throw new ClawError("PATH_UNWRITABLE", `${folder} cannot be written to: ${reasons[code] ?? code}`, { path: folder }, { cause });
  }
}

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;

/** Writes a new file to the disk. Nothing that is there already is written to or followed. */
export async function writeNewFile(path: string, data: Uint8Array | string, mode: number): Promise<void> {
  const file = await open(path, O_WRONLY | O_CREAT | O_EXCL | (O_NOFOLLOW ?? 0), mode);
  try {
    await file.writeFile(data);
    // The process's umask may have taken bits of the mode.
    await file.chmod(mode);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes what was created in or renamed into a folder last. Windows cannot open folders and does not need to. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Replaces a file whole: whoever reads sees the old text or the new. `staging` is an empty folder on the same disk. */
export async function replaceFile(path: string, text: string, staging: string, mode = 0o600): Promise<void> {
  const fresh = join(staging, "file");
  await writeNewFile(fresh, text, mode);
  await rename(fresh, path);
  await syncFolder(dirname(path));
}
