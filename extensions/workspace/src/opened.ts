import { ClawError } from "@claw/kernel";
import { constants, existsSync, readlinkSync } from "node:fs";
import { lstat, open, realpath, type FileHandle } from "node:fs/promises";
import { diskError, errnoOf } from "./disk-error.ts";

/** A last part that is a link is refused, a FIFO does not wait for its other end, a terminal does not become ours. Windows has none of the three. */
export const careful = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);

export const changed = (path: string, cause?: unknown): ClawError =>
  new ClawError("PATH_CHANGED", `${path} became something else while it was opened`, { path }, { cause, retryable: true, fix: "try again" });

/** What is replaced again and again while it is looked at is given up after so many tries. */
const tries = 4;

/** Does again what failed because something changed meanwhile: another program that saves a file is no reason to fail. */
export async function retried<T>(attempt: () => Promise<T> | T): Promise<T> {
  for (let round = 1; ; round += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (round === tries || !ClawError.is(error, "PATH_CHANGED")) throw error;
    }
  }
}

/**
 * Opens a real path and makes sure that what was opened is what that path was when it was checked: between the two, any of
 * its parts may have become a link. `at` is where to open it when that is known better than by its path.
 */
export async function openSame(real: string, flags: number, doing: "read" | "write", at: string = real): Promise<FileHandle> {
  let handle: FileHandle;
  try {
    handle = await open(at, flags | careful);
  } catch (error) {
    const code = errnoOf(error);
    throw code === "ELOOP" || code === "EMLINK" ? changed(real, error) : diskError(error, real, doing);
  }
  try {
    if (!(await isSame(handle, real))) throw changed(real);
    return handle;
  } catch (error) {
    await handle.close();
    throw errnoOf(error) === undefined ? error : changed(real, error);
  }
}

async function isSame(handle: FileHandle, real: string): Promise<boolean> {
  const reach = reachOf(handle.fd, real);
  // Synchronous: no disk is asked, and every read and write waits for it.
  const opened = reach === real ? undefined : readlinkSync(reach);
  if (opened === real) return true;
  // A file system that ignores case, or composes characters, may know it by another spelling than it was asked by.
  if (opened !== undefined && fold(opened) !== fold(real)) return false;
  const [ours, theirs, now] = await Promise.all([handle.stat(), lstat(real), realpath(real)]);
  return now === real && ours.ino === theirs.ino && ours.dev === theirs.dev;
}

/**
 * Where to reach what a descriptor holds. On Linux that is the thing itself, wherever its path leads by now, and Node's only
 * way to the system's `*at` calls; elsewhere it is the path again.
 */
export function reachOf(descriptor: number, real: string): string {
  const link = `/proc/self/fd/${descriptor}`;
  return process.platform === "linux" && existsSync(link) ? link : real;
}

/** A path, spelling apart. */
export const fold = (path: string): string => path.normalize("NFC").toLowerCase();
