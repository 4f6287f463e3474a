import { constants, type Stats } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { characterBefore } from "@claw/kernel/kit";

export type TextFile =
  | { readonly kind: "text"; readonly text: string; readonly totalBytes: number; readonly shownBytes: number }
  | { readonly kind: "missing" }
  | { readonly kind: "folder" }
  | { readonly kind: "unreadable"; readonly why: string };

/** The beginning of a regular file, in whole lines when there is more of it. `path` must be real: a link at its end is refused. */
export async function readTextFile(path: string, maxBytes: number): Promise<TextFile> {
  let file: FileHandle;
  try {
    // Without O_NONBLOCK, opening a named pipe would wait for somebody to write to it.
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ENOENT" || code === "ENOTDIR" ? { kind: "missing" } : { kind: "unreadable", why: `it cannot be opened (${code})` };
  }
  try {
    const about = await file.stat();
    if (about.isDirectory()) return { kind: "folder" };
    if (!about.isFile()) return { kind: "unreadable", why: "it is no regular file" };
    return textOf(await headOf(file, about, maxBytes), about.size, maxBytes);
  } catch (error) {
    return { kind: "unreadable", why: `it cannot be read (${(error as NodeJS.ErrnoException).code})` };
  } finally {
    await file.close();
  }
}

/** One byte more than asked for tells whether the cut falls into a character. */
async function headOf(file: FileHandle, about: Stats, maxBytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(Math.min(about.size, maxBytes + 1));
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

function textOf(bytes: Buffer, totalBytes: number, maxBytes: number): TextFile {
  if (bytes.includes(0)) return { kind: "unreadable", why: "it is no text" };
  const shown = wholeLines(bytes, maxBytes);
  return { kind: "text", text: shown.toString("utf8"), totalBytes, shownBytes: shown.length };
}

/** As many whole lines as fit; of one endless line, as many whole characters. */
export function wholeLines(bytes: Buffer, maxBytes: number): Buffer {
  if (bytes.length <= maxBytes) return bytes;
  const end = bytes.subarray(0, maxBytes).lastIndexOf(0x0a) + 1;
  return bytes.subarray(0, end > 0 ? end : characterBefore(bytes, maxBytes));
}
