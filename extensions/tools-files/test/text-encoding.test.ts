import fc from "fast-check";
import { expect, test } from "vitest";
import { decode, encode, formOf, utf8Of } from "../src/text-encoding.ts";

test("the form of a text is told by its mark, else by whether it is UTF-8", () => {
  const forms = [[0xff, 0xfe, 0x61, 0], [0xfe, 0xff, 0, 0x61], [0xef, 0xbb, 0xbf, 0x61], [0x61], [], [0xe9, 0x74, 0xe9], [0xc3, 0xa9], [0xef, 0xbb]].map(
    (bytes) => formOf(Buffer.from(bytes)),
  );
  expect(forms).toEqual([
    { encoding: "utf-16le", mark: true },
    { encoding: "utf-16be", mark: true },
    { encoding: "utf-8", mark: true },
    { encoding: "utf-8", mark: false },
    { encoding: "utf-8", mark: false },
    { encoding: "latin1", mark: false },
    { encoding: "utf-8", mark: false },
    { encoding: "latin1", mark: false },
  ]);
});

test("texts of every form are decoded without their mark", () => {
  expect(
    [[0xff, 0xfe, 0xe9, 0, 0x3d, 0xd8, 0x00, 0xdd], [0xfe, 0xff, 0, 0xe9, 0xd8, 0x3d, 0xdd, 0x00], [0xef, 0xbb, 0xbf, 0xc3, 0xa9], [0xe9]].map((bytes) =>
      decode(Buffer.from(bytes)),
    ),
  ).toEqual(["é🔀".replace("🔀", "\ud83d\udd00"), "é\ud83d\udd00", "é", "é"]);
});

test("any bytes that are not UTF-16 come back as they were, and any text in every Unicode form", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const form = formOf(bytes);
      fc.pre(!form.encoding.startsWith("utf-16"));
      expect(encode(decode(bytes, form), form)).toEqual(Buffer.from(bytes));
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.constantFrom("utf-8", "utf-16le", "utf-16be"), (text, encoding) => {
      const bytes = encode(text, { encoding, mark: true });
      expect(bytes === undefined ? undefined : decode(bytes)).toBe(text);
      expect(bytes === undefined ? undefined : Buffer.from(utf8Of(bytes, formOf(bytes))).toString()).toBe(text);
    }),
  );
});

test("a character that Latin-1 has not is not written as another", () => {
  expect([encode("é", { encoding: "latin1", mark: false }), encode("€", { encoding: "latin1", mark: false })]).toEqual([Buffer.from([0xe9]), undefined]);
});
