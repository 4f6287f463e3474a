import fc from "fast-check";
import { expect, test } from "vitest";
import { CodeSpans } from "../src/code-spans.ts";

/** Whether a text's end is code, read in pieces of a size. */
function endsInCode(text: string, size: number = text.length): boolean {
  const spans = new CodeSpans();
  for (let at = 0; at < text.length; at += size) spans.push(text.slice(at, at + size));
  return spans.isOpen;
}

test.each([
  ["plain words", "Here it is:\n", false],
  ["a fence", "Here:\n```\n", true],
  ["after a fence", "```\ncode\n```\n", false],
  ["a fence of four that holds one of three", "````markdown\n# x\n```\n", true],
  ["a fence that a line with a word does not end", "```\nfoo\n```js\n", true],
  ["a fence of tildes", "~~~\n", true],
  ["after a fence of tildes", "~~~\ncode\n~~~~\n", false],
  ["a fence of tildes that backticks do not end", "~~~\n```\n", true],
  ["a fence in a quote", "> ```\n> ", true],
  ["a quote", "It says:\n> ", true],
  ["after a quote", "> said\n\nSo ", false],
  ["a fence behind a list's mark", "- ```\n  ", true],
  ["a fence under a list's item", "1. it has\n\n   ```\n   ", true],
  ["an indented block", "Here:\n\n    ", true],
  ["an indented line of a paragraph", "Here\n    ", false],
  ["inline code", "It says `foo ", true],
  ["after inline code", "It says `foo` ", false],
  ["inline code that goes on in the next line", "It says `foo\n", true],
  ["after the paragraph of a stray backtick", "It`s so\n\n", false],
  ["inline code of two that holds one", "It says `` a ` ", true],
  ["after inline code of two", "It says `` a ` b`` ", false],
  ["a line of three that is inline code", "```code``` and ", false],
  ["tildes in words", "about ~~~5 ", false],
])("%s", (_name, text, isCode) => {
  for (const size of [1, 2, 3, text.length]) expect([size, endsInCode(text, size)]).toEqual([size, isCode]);
});

test("it does not matter in which pieces a text comes", () => {
  const piece = fc.constantFrom("`", "``", "```", "````", "~~~", "\n", "\n\n", "> ", "- ", "1. ", "    ", "word ", "\t");
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), fc.integer({ min: 1, max: 5 }), (pieces, size) => {
      const text = pieces.join("");
      expect(endsInCode(text, size)).toBe(endsInCode(text));
    }),
    { numRuns: 5000 },
  );
});

test("a megabyte of marks is read in no time", () => {
  const began = performance.now();
  for (const text of ["`".repeat(1e6), "`\n".repeat(5e5), "> ".repeat(5e5), "- ".repeat(5e5), " ".repeat(1e6)]) endsInCode(text, 7);
  expect(performance.now() - began).toBeLessThan(10_000);
});
