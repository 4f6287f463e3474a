import { ClawError, type ErrorCode, type ErrorData } from "@claw/kernel/host";

/** What a header of the canonical form can say; everything else in it has one value. */
export interface Header {
  readonly path: string;
  readonly size: number;
  readonly executable: boolean;
}

export const blockSize = 512;
/** Every path of an archive begins with it. */
export const root = "package/";

/** Where a field of a ustar header begins and ends. */
const field = {
  name: [0, 100],
  mode: [100, 108],
  uid: [108, 116],
  gid: [116, 124],
  size: [124, 136],
  mtime: [136, 148],
  checksum: [148, 156],
  type: [156, 157],
  magic: [257, 265],
  prefix: [345, 500],
} as const;

const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, "0")}\0`;
const checksumOf = (block: Uint8Array): number => block.reduce((sum, byte, at) => sum + (at >= field.checksum[0] && at < field.checksum[1] ? 0x20 : byte), 0);

export function encodeHeader({ path, size, executable }: Header): Buffer {
  const block = Buffer.alloc(blockSize);
  block.write(root + path, field.name[0], "latin1");
  block.write(octal(executable ? 0o755 : 0o644, 8), field.mode[0], "latin1");
  block.write(octal(0, 8), field.uid[0], "latin1");
  block.write(octal(0, 8), field.gid[0], "latin1");
  block.write(octal(size, 12), field.size[0], "latin1");
  block.write(octal(0, 12), field.mtime[0], "latin1");
  block.write("0", field.type[0], "latin1");
  block.write("ustar\x0000", field.magic[0], "latin1");
  block.write(`${checksumOf(block).toString(8).padStart(6, "0")}\0 `, field.checksum[0], "latin1");
  return block;
}

/** The codes of archives that carry nothing but a sentence. */
type TarCode = { readonly [C in ErrorCode]: ErrorData[C] extends { readonly path: string } ? never : C }[ErrorCode] & `E_TAR_${string}`;

const types: Readonly<Record<string, readonly [code: TarCode, what: string]>> = {
  "1": ["E_TAR_HARDLINK", "a hard link"],
  "2": ["E_TAR_SYMLINK", "a symbolic link"],
  "3": ["E_TAR_DEVICE", "a device"],
  "4": ["E_TAR_DEVICE", "a device"],
  "5": ["E_TAR_DIR", "a folder"],
  "6": ["E_TAR_FIFO", "a FIFO"],
  x: ["E_TAR_PAX", "a pax header"],
  g: ["E_TAR_PAX", "a pax header"],
  L: ["E_TAR_GNU", "a GNU long name"],
  K: ["E_TAR_GNU", "a GNU long link"],
  S: ["E_TAR_GNU", "a GNU sparse file"],
  D: ["E_TAR_GNU", "a GNU folder"],
  M: ["E_TAR_GNU", "a GNU volume part"],
  N: ["E_TAR_GNU", "a GNU long name"],
  V: ["E_TAR_GNU", "a GNU volume name"],
};

/**
 * Reads a header and refuses every byte that `encodeHeader` would not have written. The last comparison alone would do; the ones before it
 * say what is wrong.
 */
export function decodeHeader(block: Buffer): Header {
  const text = ([from, to]: readonly [number, number]): string => block.toString("latin1", from, to);
  const refuse = (code: TarCode, why: string): never => {
    throw new ClawError(code, `the archive has ${why}`, {});
  };
  if (text(field.magic) === "ustar  \0") refuse("E_TAR_GNU", "a header in GNU's format");
  for (const number of [field.mode, field.uid, field.gid, field.size, field.mtime, field.checksum]) {
    if ((block[number[0]] ?? 0) >= 0x80) refuse("E_TAR_BASE256", "a number in base 256");
    if (!/^[0-7 ]*[\0 ]*$/.test(text(number))) refuse("E_TAR_NUMBER", "a number that is not octal");
  }
  if (Number.parseInt(text(field.checksum), 8) !== checksumOf(block)) refuse("E_TAR_CHECKSUM", "a header whose check sum differs");
  const [code, what] = types[text(field.type)] ?? ["E_TAR_TYPE", "an entry of unknown type"];
  if (text(field.type) !== "0") refuse(code, what);
  if (!/^\0*$/.test(text(field.prefix))) refuse("E_TAR_PREFIX", "a path with a prefix field");
  const [name = "", ...afterName] = text(field.name).split("\0");
  if (afterName.some((rest) => rest !== "")) refuse("E_TAR_NAME_NUL", "a name with a NUL in it");
  const mode = Number.parseInt(text(field.mode), 8);
  if (mode !== 0o644 && mode !== 0o755) refuse("E_TAR_MODE", "a file whose mode is neither 0644 nor 0755");
  if (!name.startsWith(root)) {
    if (name.split("/").includes("..")) throw new ClawError("E_PATH_TRAVERSAL", `the path ${JSON.stringify(name)} steps out of its folder`, { path: name });
    throw new ClawError("E_PATH_ROOT", `the path ${JSON.stringify(name)} does not begin with ${root}`, { path: name });
  }
  const header = { path: name.slice(root.length), size: Number.parseInt(text(field.size), 8), executable: mode === 0o755 };
  if (!encodeHeader(header).equals(block)) refuse("E_TAR_NONCANON", `a header for ${JSON.stringify(name)} that is not in canonical form`);
  return header;
}
