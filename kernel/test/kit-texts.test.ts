import fc from "fast-check";
import { expect, test } from "vitest";
import { withoutEscapes } from "../kit/escape-sequences.ts";
import { controlCharacters, hiddenCharacters, joiningCharacters } from "../kit/hidden-characters.ts";

test.each([
  ["\u001b[1;31mred\u001b[0m", "red"],
  ["\u009b2Jcleared", "cleared"],
  ["\u001b]0;title\u0007text", "text"],
  ["\u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\", "link"],
  ["\u001bPpayload\u001b\\after", "after"],
  ["\u001bcreset", "reset"],
  ["\u001b(Bplain", "plain"],
  ["\u001b]0;never ended\nnext line", "\nnext line"],
  ["a\tb\r\nc", "a\tb\r\nc"],
])("%j shows as %j", (text, shown) => {
  expect(withoutEscapes(text)).toBe(shown);
});

test("no text keeps an escape, and text without one stays the same", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("\u001b", "[", "]", "P", "0", ";", "m", "a", "\u0007", "\u009c", "\u009b", "\n", "\\") }),
      (text) => !withoutEscapes(text).includes("\u001b"),
    ),
  );
  fc.assert(fc.property(fc.string(), (text) => withoutEscapes(text) === text));
});

test("a hidden character shows nothing, and nothing that shows is one", () => {
  const hidden = new RegExp(`^[${controlCharacters}${hiddenCharacters}${joiningCharacters}]$`, "u");
  for (const character of "\u0000\u001b\r\u007f\u0085\u00ad\u034f\u061c\u115f\u180e\u200b\u200d\u200e\u2028\u202e\u2060\u2066\u3164\ufe0f\ufeff\uffa0\ufffb\u{1d173}\u{e0041}\u{e0101}")
    expect(hidden.test(character), character.codePointAt(0)?.toString(16)).toBe(true);
  for (const character of "\t\n aZ0~é你שلก👩❤…→\u00a0\u3000") expect(hidden.test(character), character).toBe(false);
});
