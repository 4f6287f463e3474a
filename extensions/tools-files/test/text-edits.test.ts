import { ClawError } from "@claw/kernel";
import fc from "fast-check";
import { expect, test } from "vitest";
import { edited } from "../src/text-edits.ts";

const edit = (text: string, old_string: string, new_string: string, replace_all = false): string =>
  edited(text, { old_string, new_string, replace_all }, "f.ts");

function sentenceOf(text: string, old: string, replacement = "new"): string {
  try {
    return edit(text, old, replacement);
  } catch (error) {
    if (ClawError.is(error, "TOOL_FAILED")) return error.message;
    throw error;
  }
}

test("one occurrence is replaced, all of them on request, and the rest stays", () => {
  expect([edit("a b c", "b", "x"), edit("b b", "b", "", true), edit("a", "a", "$& $1 $$"), edit("", "", "new")]).toEqual(["a x c", " ", "$& $1 $$", "new"]);
});

test("a text with line ends of Windows is edited with plain ones, and gets its own", () => {
  expect(edit("a\r\nb\r\nc\r\n", "a\nb", "x\ny\nz")).toBe("x\r\ny\r\nz\r\nc\r\n");
  expect(edit("a\r\nb\r\nc\r\n", "a\r\nb", "x\ny")).toBe("x\r\ny\r\nc\r\n");
  expect(edit("a\r\nb\r\n", "b", "x\ny")).toBe("a\r\nx\r\ny\r\n");
  expect(edit("a\r\nb", "b", "x\ny")).toBe("a\r\nx\r\ny");
  expect(edit("a\nb\n", "a\r\nb", "x\r\ny")).toBe("x\ny\n");
});

test("a text with both line ends keeps each where it is", () => {
  expect(edit("a\r\nb\nc\r\nd\n", "b\nc", "x\ny")).toBe("a\r\nx\ny\r\nd\n".replace("y\r\n", "y\r\n"));
  expect(edit("a\nb\r\nc\n", "a\nb", "x\ny")).toBe("x\ny\r\nc\n");
  expect(edit("one\r\ntwo\n", "two", "x\ny")).toBe("one\r\nx\ny\n");
});

test("a change of line ends that is asked for exactly is made", () => {
  expect(edit("a\r\nb\r\n", "a\r\n", "a\n")).toBe("a\nb\r\n");
});

test("a text that does not occur, or too often, is refused with what would help", () => {
  expect(sentenceOf("a\nb\na\n", "a")).toBe("old_string occurs 2 times in f.ts, in lines 1, 3");
  expect(sentenceOf("a\n".repeat(30), "a")).toBe(
    `old_string occurs 30 times in f.ts, in lines ${Array.from({ length: 20 }, (_, index) => index + 1).join(", ")} and 10 more`,
  );
  expect(sentenceOf("abc", "abc", "abc")).toBe("old_string and new_string are the same, so nothing would change in f.ts");
  expect(sentenceOf("abc", "")).toBe("old_string is empty, and f.ts is not");
  expect(sentenceOf("abc\n", "zzz")).toBe("old_string does not occur in f.ts");
});

test.each([
  [
    "indentation",
    "if (a) {\n\treturn b;\n}\n",
    "if (a) {\n  return b;\n}",
    'indentation does: line 1 to 3; the file has "\\treturn b;" where old_string has "  return b;"',
  ],
  [
    "white space at line ends",
    "a = 1;  \nb\n",
    "a = 1;\nb",
    'white space at the end of lines does: line 1 to 2; the file has "a = 1;  " where old_string has "a = 1;"',
  ],
  ["white space inside", "f( a,b )\n", "f(a, b)", 'white space does: line 1; the file has "f( a,b )" where old_string has "f(a, b)"'],
  ["quotes", "say “hi”\n", 'say "hi"', 'quotes, dashes or special spaces does: line 1; the file has "say “hi”" where old_string has "say \\"hi\\""'],
  ["backslashes", 'x = "a\\\\nb"\n', 'x = "a\\nb"', 'backslashes does: line 1; the file has "x = \\"a\\\\\\\\nb\\"" where old_string has "x = \\"a\\\\nb\\""'],
  ["case", "const Foo = 1\n", "const foo = 1", 'upper and lower case does: line 1; the file has "const Foo = 1" where old_string has "const foo = 1"'],
  ["several places", "\ta\n\ta\n", "  a\n", 'indentation does: line 1, 2; the file has "\\ta" where old_string has "  a"'],
])("a near miss in %s says what differs, and where", (_, text, old, expected) => {
  expect(sentenceOf(text, old)).toBe(`old_string does not occur in f.ts, but what differs only in ${expected}`);
});

test("line numbers, line ends and a neighbour are pointed out", () => {
  expect(sentenceOf("a\nb\n", "     1→a\n     2→b")).toBe("old_string does not occur in f.ts: it has line numbers in it, which are not part of the file");
  expect(sentenceOf("a\nlast", "last\n\n")).toBe("old_string does not occur in f.ts, but without the line ends around it it does: line 2");
  expect(sentenceOf("one\nfunction run(a) {\n  old();\n", "function run(a) {\n  other();\n")).toBe(
    'old_string does not occur in f.ts; the nearest is line 2: "function run(a) {"',
  );
});

test("an edit of any text replaces what occurs in it and nothing else", () => {
  const piece = fc.string({ unit: fc.constantFrom("a", "b", "\n", "\r\n", "$", "(", "é"), maxLength: 6 });
  fc.assert(
    fc.property(piece, piece, piece, piece, (before, old, after, replacement) => {
      const text = before + old + after;
      fc.pre(old !== "" && old !== replacement && !text.includes("\r") && !replacement.includes("\r"));
      expect(edit(text, old, replacement, true)).toBe(text.replaceAll(old, () => replacement));
    }),
  );
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1 }),
      fc.constantFrom("a", "b", "a\nb", "c\na\n"),
      fc.constantFrom("x", "x\ny", "\n", ""),
      (lines, old, replacement) => {
        const [plain, windows] = [lines.join("\n"), lines.join("\r\n")];
        fc.pre(plain.includes(old) && (windows.includes("\r\n") || !replacement.includes("\n")));
        expect(edit(windows, old, replacement, true)).toBe(edit(plain, old, replacement, true).replaceAll("\n", "\r\n"));
      },
    ),
  );
});

test("a near miss in a long file is looked for without delay", () => {
  const text = Array.from({ length: 60_000 }, (_, index) => `\tconst value${index} = ${index};`).join("\n");
  const began = performance.now();
  expect(sentenceOf(text, "  const value59999 = 59999;")).toContain("line 60000");
  expect(performance.now() - began).toBeLessThan(3000);
});
