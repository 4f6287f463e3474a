import { ClawError, type CallScope, type Located, type OpenFile } from "@claw/kernel";
import { hash } from "node:crypto";
import { constants, fstatSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import type { Confinement } from "./confinement.ts";
import { diskError } from "./disk-error.ts";
import { openSame, retried } from "./opened.ts";

const defaultMaxBytes = 64 * 1024 * 1024;

export const digestOf = (bytes: Uint8Array): string => `sha256-${hash("sha256", bytes, "base64")}`;

export const readFile = async (confinement: Confinement, path: string, call: CallScope, options: { readonly maxBytes?: number } = {}): Promise<OpenFile> =>
  await retried(async () => {
    const place = await confinement.admit(path, call);
    refuseNonFile(place);
    return await readReal(place.real, options.maxBytes ?? defaultMaxBytes, call.signal);
  });

export const readText = async (confinement: Confinement, path: string, call: CallScope): Promise<string> =>
  new TextDecoder().decode((await readFile(confinement, path, call)).bytes);

export function refuseNonFile({ path, kind }: Located): void {
  if (kind === "missing") throw new ClawError("PATH_NOT_FOUND", `${path} does not exist`, { path });
  if (kind !== "file") throw notFile(path, kind === "folder");
}

const notFile = (path: string, isFolder: boolean): ClawError =>
  new ClawError("PATH_NOT_FILE", isFolder ? `${path} is a folder` : `${path} is no regular file but a device, a pipe or a socket`, { path });

async function readReal(real: string, maxBytes: number, signal: AbortSignal): Promise<OpenFile> {
  await using handle = await openSame(real, constants.O_RDONLY, "read");
  const stats = fstatSync(handle.fd);
  if (!stats.isFile()) throw notFile(real, stats.isDirectory());
  if (stats.size > maxBytes) throw tooLarge(real, stats.size, maxBytes);
  const bytes = await readAll(handle, real, stats.size, maxBytes, signal);
  return { path: real, bytes, version: { size: bytes.length, mtimeMs: stats.mtimeMs, digest: digestOf(bytes) }, mode: stats.mode & 0o777 };
}

/** Reads what the file had when it was opened, or less if it has shrunk. The system's own files say that they are empty: they are read to their end. */
async function readAll(handle: FileHandle, real: string, expected: number, maxBytes: number, signal: AbortSignal): Promise<Uint8Array> {
  let buffer = Buffer.allocUnsafe(expected === 0 ? 4096 : expected);
  for (let length = 0; ;) {
    signal.throwIfAborted();
    const { bytesRead } = await handle
      .read(buffer, length, buffer.length - length, null)
      .catch((error: unknown) => Promise.reject(diskError(error, real, "read")));
    length += bytesRead;
    if (bytesRead === 0 || length === expected) return buffer.subarray(0, length);
    if (length > maxBytes) throw tooLarge(real, length, maxBytes);
    if (length === buffer.length) buffer = Buffer.concat([buffer], Math.min(length * 2 + 4096, maxBytes + 1));
  }
}

const tooLarge = (path: string, bytes: number, maxBytes: number): ClawError =>
  new ClawError("PATH_TOO_LARGE", `${path} has ${bytes} bytes, and at most ${maxBytes} are read`, { path, bytes, maxBytes });
