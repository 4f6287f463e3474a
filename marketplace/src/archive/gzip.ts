import { crc32, deflateRawSync, inflateRawSync } from "node:zlib";
import { ClawError } from "@claw/kernel/host";
import { limits } from "./limits.ts";

/** No flags, no time, best compression, no operating system. */
export const header: Buffer = Buffer.from([0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0x02, 0xff]);
const trailerLength = 8;

/** gzip in its one canonical form; only the deflate bytes depend on the library. */
export function gzip(data: Uint8Array): Buffer {
  const trailer = Buffer.alloc(trailerLength);
  trailer.writeUInt32LE(crc32(data), 0);
  trailer.writeUInt32LE(data.length, 4);
  return Buffer.concat([header, deflateRawSync(data, { level: 9 }), trailer]);
}

/** Undoes `gzip`, and refuses everything it would not have written. The limits hold while inflating, so a bomb is never unpacked. */
export function gunzip(archive: Uint8Array): Buffer {
  if (archive.length > limits.compressed) throw tooLarge("packed", limits.compressed);
  if (archive.length < header.length + trailerLength) throw new ClawError("E_GZIP", "the archive is cut short", {});
  if (!header.equals(archive.subarray(0, header.length)))
    throw new ClawError("E_GZIP", "the archive does not begin as a canonical gzip does", {}, { fix: "claw ext pack" });
  const body = archive.subarray(header.length);
  const { buffer, consumed } = inflate(body, archive.length);
  const rest = body.subarray(consumed);
  if (rest.length < trailerLength) throw new ClawError("E_GZIP", "the archive is cut short", {});
  if (rest.length > trailerLength) throw new ClawError("E_GZIP_TRAILING", "something follows the archive in its file", {});
  const trailer = Buffer.from(rest);
  if (trailer.readUInt32LE(0) !== crc32(buffer) || trailer.readUInt32LE(4) !== buffer.length)
    throw new ClawError("E_GZIP", "the archive is damaged: its check sum differs", {});
  return buffer;
}

function inflate(body: Uint8Array, compressed: number): { readonly buffer: Buffer; readonly consumed: number } {
  const byRatio = limits.ratio * compressed + limits.slack;
  try {
    // The type of the option `info` is missing from @types/node.
    const options = { maxOutputLength: Math.min(byRatio, limits.unpacked), info: true };
    const { buffer, engine } = inflateRawSync(body, options) as unknown as { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } };
    return { buffer, consumed: engine.bytesWritten };
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ERR_BUFFER_TOO_LARGE")
      throw new ClawError("E_GZIP", "the archive is damaged: it cannot be inflated", {}, { cause });
    if (byRatio < limits.unpacked) throw new ClawError("E_BOMB", `the archive unpacks to more than ${limits.ratio} times its size`, {});
    throw tooLarge("unpacked", limits.unpacked);
  }
}

const tooLarge = (what: string, bytes: number): ClawError => new ClawError("E_TOO_LARGE", `the archive is larger than ${bytes / 1024 / 1024} MiB ${what}`, {});
