import { constants } from "node:fs";
import { open, realpath } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { ClawError } from "@claw/kernel/host";
import { fileAddress, shown } from "./addresses.ts";
import { tooLarge } from "./answer.ts";
import type { Transport } from "./transport.ts";

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/** A marketplace in a folder. Only its own regular files are read: no link leads out of it, nor within it. */
export function openFileTransport(base: URL): Transport {
  return {
    base: base.href,
    async get(path, maxBytes, signal) {
      signal.throwIfAborted();
      const url = fileAddress(path, base, {});
      try {
        return await read(pathOf(base), pathOf(url), maxBytes, shown(url));
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === "ENOENT" || code === "ENOTDIR") return undefined;
        if (ClawError.is(error)) throw error;
        throw new ClawError("PATH_UNREADABLE", `${shown(url)} cannot be read (${String(code)})`, { path: shown(url) }, { cause: error });
      }
    },
  };
}

async function read(folder: string, path: string, maxBytes: number, what: string): Promise<Uint8Array> {
  const real = await realpath(path);
  if (real !== join(await realpath(folder), relative(folder, path)))
    throw new ClawError("PATH_OUTSIDE", `${what} leads somewhere else by a link`, { path: what }, { fix: "put the file itself there" });
  // Without O_NONBLOCK opening a pipe would wait for whoever writes to it.
  const file = await open(real, O_RDONLY | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0));
  try {
    const found = await file.stat();
    if (!found.isFile()) throw new ClawError("PATH_NOT_FILE", `${what} is no file`, { path: what });
    if (found.size > maxBytes) throw tooLarge(what, maxBytes);
    // One byte more than allowed: a file that grows meanwhile is noticed.
    const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(found.size, maxBytes) + 1), 0);
    if (bytesRead > found.size) throw new ClawError("PATH_CHANGED", `${what} changed while it was read`, { path: what }, { retryable: true });
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function pathOf(url: URL): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw new ClawError(
      "E_URL_HOST",
      `${shown(url)} is no folder of this machine`,
      { url: shown(url) },
      { cause, fix: "write it as file:///path/of/the/folder" },
    );
  }
}
