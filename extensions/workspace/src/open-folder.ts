import { ClawError } from "@claw/kernel";
import { constants } from "node:fs";
import { mkdir, realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { diskError, errnoOf } from "./disk-error.ts";
import { changed, openSame, reachOf } from "./opened.ts";

/** A folder held open: what is done below it happens there, whatever its path has become. */
export interface OpenFolder extends AsyncDisposable {
  /** Where to reach an entry of it. */
  at(name: string): string;
}

/** Opens a folder by its real path, making what is missing of it. Everything on the way is opened as `openSame` does. */
export async function openFolder(real: string): Promise<OpenFolder> {
  try {
    return await openExisting(real, real);
  } catch (error) {
    if (!ClawError.is(error, "PATH_NOT_FOUND") || dirname(real) === real) throw error;
  }
  await using parent = await openFolder(dirname(real));
  const at = parent.at(basename(real));
  try {
    await mkdir(at);
  } catch (error) {
    // Somebody else may have made it just now; what it is, is seen when it is opened.
    if (errnoOf(error) !== "EEXIST") throw diskError(error, real, "write");
  }
  return await openExisting(real, at).catch((error: unknown) =>
    Promise.reject(ClawError.is(error, "PATH_NOT_FOUND") ? changed(real, error) : (error as Error)),
  );
}

async function openExisting(real: string, at: string): Promise<OpenFolder> {
  // Windows opens no folders: there, the path is checked and used again.
  if (process.platform === "win32") {
    const now = await realpath(real).catch((error: unknown) => Promise.reject(diskError(error, real, "write")));
    if (now !== real) throw changed(real);
    return { at: (name) => join(real, name), [Symbol.asyncDispose]: async () => undefined };
  }
  const handle = await openSame(real, constants.O_RDONLY | constants.O_DIRECTORY, "write", at);
  const base = reachOf(handle.fd, real);
  return { at: (name) => join(base, name), [Symbol.asyncDispose]: () => handle.close() };
}
