import fc from "fast-check";
import { ClawError } from "@claw/kernel/host";
import { describe, expect, test } from "vitest";
import { refuseHiddenTexts, refuseHiddenUnicode } from "../src/archive/hidden-unicode.ts";
import { refusalOf } from "./refusal.ts";
import { fileOf } from "./archive-forgery.ts";

const refusal = (text: string, path = "a.mjs"): string => refusalOf(() => refuseHiddenUnicode([fileOf(path, text)]));

describe("text is refused that hides", () => {
  test.for<readonly [string, number]>([
    ["a right-to-left override", 0x202e],
    ["an isolate", 0x2066],
    ["a left-to-right mark", 0x200e],
    ["an Arabic letter mark", 0x61c],
    ["a zero-width space", 0x200b],
    ["a zero-width joiner between letters", 0x200d],
    ["a zero-width non-joiner", 0x200c],
    ["a word joiner", 0x2060],
    ["an invisible times", 0x2062],
    ["a variation selector", 0xfe00],
    ["a presentation selector after a letter", 0xfe0f],
    ["a supplementary variation selector", 0xe0100],
    ["a tag", 0xe0041],
    ["a Hangul filler", 0x3164],
    ["a Hangul jamo filler", 0x1160],
    ["a half-width Hangul filler", 0xffa0],
    ["a byte order mark in the middle", 0xfeff],
    ["a musical control", 0x1d173],
  ])("%s", ([, code]) => {
    expect(refusal(`const a = "x${String.fromCodePoint(code)}";`)).toBe("E_HIDDEN_UNICODE");
  });

  test("anything, and says where in bytes and what it is", () => {
    const error: unknown = (() => {
      try {
        return refuseHiddenUnicode([fileOf("ok.txt", "é"), fileOf("lib/a.mjs", "é\u202e")]);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(ClawError.is(error, "E_HIDDEN_UNICODE") && [error.message, error.data]).toEqual([
      "lib/a.mjs:2 holds U+202E, which nobody can see",
      { file: "lib/a.mjs", offset: 2 },
    ]);
  });

  test("something in a file that is not quite UTF-8", () => {
    expect(
      refusalOf(() => refuseHiddenUnicode([{ path: "a.mjs", data: Buffer.concat([Buffer.from([0xff, 0x00]), Buffer.from("\u202e")]), executable: false }])),
    ).toBe("E_HIDDEN_UNICODE");
  });
});

describe("text is accepted", () => {
  test.for<readonly [string, string]>([
    ["in any script", "Grüße, 你好, שלום, नमस्ते, สวัสดี, 한국어"],
    ["with emoji and their joiners", "👩‍🚀 ❤️ 1️⃣ 👍🏽 🏳️‍🌈 ☎︎"],
    ["with escapes for hidden characters", 'const zero = "\\u200b";'],
    ["with a byte order mark at its start", "\uFEFFhello"],
  ])("%s", ([, text]) => {
    expect(refusal(text)).toBe("accepted");
  });

  test("when it is ASCII, whatever it says", () => {
    fc.assert(fc.property(fc.string({ unit: "binary-ascii" }), (text) => refusal(text) === "accepted"));
  });

  test("and a picture is not read as text", () => {
    expect(refusal("\u200b", "icon.png")).toBe("accepted");
  });
});

test("in a document that is read, an escape is as good as what it stands for", () => {
  const read = (text: string): unknown => {
    try {
      return refuseHiddenTexts("extension.json", Buffer.from(text), JSON.parse(text));
    } catch (thrown) {
      return thrown;
    }
  };
  expect(read('{"é":"x\\u202E"}')).toMatchObject({ code: "E_HIDDEN_UNICODE", data: { file: "extension.json", offset: 8 } });
  expect(read('{"a":"\\udb40\\udc41"}')).toMatchObject({ message: "extension.json:6 holds U+E0041, which nobody can see where it is read" });
  expect(read('{"a":"\\u2764\\ufe0f \\\\u202e"}')).toBeUndefined();
});
