import fc from "fast-check";
import { expect, test } from "vitest";
import { kindOf } from "../src/file-kind.ts";
import { imageSizeOf } from "../src/image-size.ts";

const png = Buffer.from("89504e470d0a1a0a0000000d49484452000001000000002008060000", "hex");
const gif = Buffer.from("474946383961100020008000", "hex");
const jpeg = Buffer.from("ffd8ffe000104a46494600010100000100010000ffc000110800400080030122", "hex");
const webpLossy = Buffer.from("524946462400000057454250565038201800000030010 09d012a0a001400".replaceAll(" ", ""), "hex");
const webpLossless = Buffer.from("524946461a000000574542505650384c0d0000002f09c004000000", "hex");
const webpExtended = Buffer.from("524946461a00000057454250565038580a00000000000000090000130000", "hex");

test("images are known by their bytes, and their size is in their header", () => {
  const images = [png, gif, jpeg, webpLossy, webpLossless, webpExtended].map((bytes) => {
    const kind = kindOf(bytes);
    return kind.type === "image" ? [kind.mediaType, imageSizeOf(bytes, kind.mediaType)] : kind;
  });
  expect(images).toEqual([
    ["image/png", { width: 256, height: 32 }],
    ["image/gif", { width: 16, height: 32 }],
    ["image/jpeg", { width: 128, height: 64 }],
    ["image/webp", { width: 10, height: 20 }],
    ["image/webp", { width: 10, height: 20 }],
    ["image/webp", { width: 10, height: 20 }],
  ]);
});

test("an image cut off or made of nonsense has no size, and never an endless one", () => {
  for (const [bytes, mediaType] of [
    [png, "image/png"],
    [gif, "image/gif"],
    [jpeg, "image/jpeg"],
    [webpLossy, "image/webp"],
  ] as const) {
    expect(imageSizeOf(bytes.subarray(0, 9), mediaType)).toBeUndefined();
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => void imageSizeOf(Buffer.concat([bytes.subarray(0, 4), noise]), mediaType)));
  }
});

test("what is no text is named", () => {
  const named = ["%PDF-1.7", "PK\x03\x04", "\x1f\x8b\x08", "\x7fELF", "SQLite format 3\0", "a\0b", "\x01\x02\x03\x04\xff\xfe"].map((bytes) =>
    kindOf(Buffer.from(bytes, "latin1")),
  );
  expect(named.map((kind) => (kind.type === "binary" ? kind.name : kind.type))).toEqual([
    "a PDF document",
    "a ZIP archive",
    "a gzip archive",
    "an ELF program",
    "an SQLite database",
    "binary data",
    "binary data",
  ]);
});

test("text of any alphabet, with colours, with a mark or with nothing in it is text", () => {
  const texts = [
    Buffer.from(""),
    Buffer.from("\x1b[31mred\x1b[0m\n\f\tx"),
    Buffer.from("文件\n"),
    Buffer.from([0xff, 0xfe, 0x61, 0]),
    Buffer.from([0xe9, 0x74, 0xe9]),
    Buffer.from("PK is no archive"),
    Buffer.from("<svg/>"),
  ];
  expect(texts.map((bytes) => kindOf(bytes).type)).toEqual(texts.map(() => "text"));
});
