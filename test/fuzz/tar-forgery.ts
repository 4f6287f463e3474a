import { crc32, deflateRawSync } from "node:zlib";
import type { ArchiveFile } from "../../marketplace/src/archive/tree-digest.ts";
import { blockSize, encodeHeader } from "../../marketplace/src/archive/ustar.ts";
import { hostile, mutateBytes } from "./mutation.ts";
import type { Random } from "./random.ts";

export const fileOf = (path: string, text: string, executable = false): ArchiveFile => ({ path, data: Buffer.from(text), executable });

const paths = [
  "a",
  "A",
  "a/b",
  "a.",
  "aux",
  "README.md",
  "dist/index.mjs",
  "package/../../x",
  "x/../y",
  "/etc/passwd",
  "a//b",
  "a/",
  "node_modules/x",
  "é",
  "a\\b",
  "C:x",
  "",
];
/** Where fields of a header are, and what an attacker writes there. */
const fields: readonly (readonly [at: number, texts: readonly string[]])[] = [
  [0, ["package/../x\0", "package/\0x", "/x", "..", "package"]],
  [100, ["0004755\0", "0000666\0", "0000755\0", "    644\0", "\x80\0\0\0\0\0\0\x01"]],
  [108, ["0001750\0", "-000001\0"]],
  [
    124,
    ["77777777777\0", "00000001000\0", "00000000000\0", "00000000001\0", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfc", "0000000000z\0", "00000000009\0"],
  ],
  [136, ["14721562412\0"]],
  [148, ["000000\0 ", "999999\0 "]],
  [156, ["1", "2", "3", "4", "5", "6", "7", "L", "K", "x", "g", "S", "\0", "D", "V", "Z"]],
  [157, ["/etc/passwd\0", "x"]],
  [257, ["ustar  \0", "ustar\x0000", "\0\0\0\0\0\0\0\0", "ustar\x0001"]],
  [265, ["root\0"]],
  [345, ["evil\0", "\0evil"]],
  [500, ["x"]],
];

/** A header that says what an attacker wants, its check sum mostly right. */
function header(random: Random, file: ArchiveFile): Buffer {
  const path = random.oneIn(8) ? (random.oneIn(2) ? random.pick(paths) : random.pick(hostile)) : file.path;
  const size = random.oneIn(16) ? random.pick([0, 1, 511, 512, 513, file.data.length + 1, 0o77777777777]) : file.data.length;
  const block = encodeHeader({ path, size, executable: file.executable });
  if (!random.oneIn(6)) return block;
  const [at, texts] = random.pick(fields);
  if (random.oneIn(3)) block[random.below(blockSize)] = random.below(256);
  else block.write(random.pick(texts), at, "latin1");
  if (random.oneIn(6)) return block;
  block.fill(" ", 148, 156);
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

/** An archive built entry by entry, with entries twice, out of order, cut, or with something in the padding. */
export function forgedTar(random: Random, files: readonly ArchiveFile[]): Buffer {
  const chosen = files.length > 0 && random.oneIn(4) ? Array.from({ length: random.few(6) }, () => random.pick(files)) : files;
  const parts = chosen.flatMap((file) => {
    const padding = Buffer.alloc((blockSize - (file.data.length % blockSize)) % blockSize);
    if (padding.length > 0 && random.oneIn(40)) padding[random.below(padding.length)] = 1;
    return [header(random, file), file.data, padding];
  });
  const end = Buffer.alloc(random.oneIn(12) ? random.pick([0, 512, 513, 1536]) : 2 * blockSize);
  return Buffer.concat([...parts, end, ...(random.oneIn(40) ? [random.pick([end, ...parts])] : [])]);
}

const gzipHeader = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 0xff]);

/** gzip around anything, without the work of packing: one stored block. */
export function stored(data: Buffer): Buffer {
  const block = Buffer.alloc(5);
  block[0] = 1;
  block.writeUInt16LE(data.length & 0xffff, 1);
  block.writeUInt16LE(~data.length & 0xffff, 3);
  return wrapped(Buffer.concat([block, data]), data);
}

/** What unpacks to far more than it is. */
export const bomb = (bytes: number): Buffer => {
  const data = Buffer.alloc(bytes);
  return wrapped(deflateRawSync(data, { level: 9 }), data);
};

function wrapped(deflated: Buffer, data: Buffer): Buffer {
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(data), 0);
  trailer.writeUInt32LE(data.length >>> 0, 4);
  return Buffer.concat([gzipHeader, deflated, trailer]);
}

/** Damage in what surrounds the data: its head, its trailer, what follows. */
export function forgedGzip(random: Random, archive: Buffer, others: readonly Buffer[]): Buffer {
  if (random.oneIn(4)) return mutateBytes(random, archive, others);
  const bytes = Buffer.from(archive);
  const at = random.oneIn(2) ? random.below(16) : bytes.length - 1 - random.below(8);
  bytes[at] = random.below(256);
  return random.oneIn(8) ? Buffer.concat([bytes, random.pick(others)]) : bytes;
}
