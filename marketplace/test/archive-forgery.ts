import { crc32, deflateRawSync } from "node:zlib";
import type { ArchiveFile } from "../src/archive/tree-digest.ts";
import { blockSize, encodeHeader } from "../src/archive/ustar.ts";

export const fileOf = (path: string, text = "text", executable = false): ArchiveFile => ({ path, data: Buffer.from(text), executable });

/** A header in canonical form but for the bytes given, its check sum made right again. */
export function forgedHeader(path: string, size: number, changes: Readonly<Record<number, string>>): Buffer {
  const header = encodeHeader({ path, size, executable: false });
  for (const [at, text] of Object.entries(changes)) header.write(text, Number(at), "latin1");
  header.fill(" ", 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return header;
}

/** Data padded to whole blocks. */
export const padded = (text: string): Buffer => {
  const data = Buffer.from(text);
  return Buffer.concat([data, Buffer.alloc((blockSize - (data.length % blockSize)) % blockSize)]);
};

export const end: Buffer = Buffer.alloc(2 * blockSize);

/** gzip in canonical form around anything; `changes` overwrites bytes of its ten-byte header. */
export function zipped(data: Uint8Array, changes: Readonly<Record<number, number>> = {}): Buffer {
  const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 0xff]);
  for (const [at, byte] of Object.entries(changes)) header[Number(at)] = byte;
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(data), 0);
  trailer.writeUInt32LE(data.length, 4);
  return Buffer.concat([header, deflateRawSync(data, { level: 9 }), trailer]);
}
