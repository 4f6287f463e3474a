import { plainLine, plainText } from "@claw/kernel/kit";
import fc from "fast-check";
import { expect, test } from "vitest";

test("a stranger's text keeps its words and lines, and nothing that cannot be seen", () => {
  expect(plainText("  \u001B[31mred\u001B[0m \u202Eevil\u202C\r\n\tnext\u0007 ", 100)).toBe("red evil\n\tnext");
  expect(plainLine("one\n\n two\tthree", 100)).toBe("one two three");
});

test("is cut, and says so, and is never longer than it may be", () => {
  expect(plainText("abcdef", 4)).toBe("abc…");
  expect(plainText("a".repeat(10_000_000), 5)).toBe("aaaa…");
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 1, max: 40 }), (text, most) => {
      const plain = plainText(text, most);
      expect(plain.length).toBeLessThanOrEqual(most);
      expect(plain).not.toMatch(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E]/);
    }),
  );
});
