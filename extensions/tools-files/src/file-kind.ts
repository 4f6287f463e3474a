export type ImageType = "image/png" | "image/jpeg" | "image/gif" | "image/webp";

export type FileKind =
  | { readonly type: "text" }
  | { readonly type: "image"; readonly mediaType: ImageType }
  | { readonly type: "binary"; readonly name: string };

/** As much of a file as is looked at to tell what it is; git looks at 8000 bytes too. */
const sampleBytes = 8192;

/** More control characters than this in a hundred bytes that are no UTF-8 are no text in any encoding. */
const controlsPerHundred = 3;

/** What a file is, by its first bytes; never by its name. */
export function kindOf(bytes: Uint8Array): FileKind {
  const mediaType = imageTypeOf(bytes);
  if (mediaType !== undefined) return { type: "image", mediaType };
  const known = magics.find(({ at = 0, magic }) => startsWith(bytes, magic, at));
  if (known !== undefined) return { type: "binary", name: known.name };
  return isText(bytes.subarray(0, sampleBytes)) ? { type: "text" } : { type: "binary", name: "binary data" };
}

function imageTypeOf(bytes: Uint8Array): ImageType | undefined {
  if (startsWith(bytes, "\x89PNG\r\n\x1a\n")) return "image/png";
  if (startsWith(bytes, "\xff\xd8\xff")) return "image/jpeg";
  if (startsWith(bytes, "GIF87a") || startsWith(bytes, "GIF89a")) return "image/gif";
  return startsWith(bytes, "RIFF") && startsWith(bytes, "WEBP", 8) ? "image/webp" : undefined;
}

const magics: readonly { readonly name: string; readonly magic: string; readonly at?: number }[] = [
  { name: "a PDF document", magic: "%PDF-" },
  { name: "a ZIP archive", magic: "PK\x03\x04" },
  { name: "a gzip archive", magic: "\x1f\x8b\x08" },
  { name: "an xz archive", magic: "\xfd7zXZ\0" },
  { name: "a zstd archive", magic: "\x28\xb5\x2f\xfd" },
  { name: "a 7z archive", magic: "7z\xbc\xaf\x27\x1c" },
  { name: "a tar archive", magic: "ustar", at: 257 },
  { name: "an ELF program", magic: "\x7fELF" },
  { name: "a Mach-O program", magic: "\xcf\xfa\xed\xfe" },
  { name: "a Windows program", magic: "MZ\x90\0" },
  { name: "WebAssembly", magic: "\0asm" },
  { name: "a Java class or Mach-O program", magic: "\xca\xfe\xba\xbe" },
  { name: "an SQLite database", magic: "SQLite format 3\0" },
  { name: "a TIFF image", magic: "II*\0" },
  { name: "a TIFF image", magic: "MM\0*" },
  { name: "an icon", magic: "\0\0\x01\0" },
  { name: "a font", magic: "wOFF" },
  { name: "a font", magic: "wOF2" },
  { name: "an MP4 video", magic: "ftyp", at: 4 },
  { name: "an Ogg file", magic: "OggS" },
];

const startsWith = (bytes: Uint8Array, magic: string, at: number = 0): boolean =>
  Buffer.from(bytes.subarray(at, at + magic.length)).toString("latin1") === magic;

/** UTF-16 is known by its mark alone: without one, every second byte of it is a NUL, as in any binary file. */
const isText = (sample: Uint8Array): boolean =>
  startsWith(sample, "\xff\xfe") || startsWith(sample, "\xfe\xff") || (!sample.includes(0) && controlsIn(sample) * 100 <= sample.length * controlsPerHundred);

function controlsIn(sample: Uint8Array): number {
  let count = 0;
  // Tab to carriage return, backspace and escape are in many a log.
  for (const byte of sample) if (byte < 8 || (byte > 13 && byte < 32 && byte !== 27)) count += 1;
  return count;
}
