import fc from "fast-check";
import { expect, test } from "vitest";
import { windowOf } from "../src/line-window.ts";

const wide = { lines: 100, bytes: 10_000, lineLength: 100 };
const view = (text: string, offset = 1, limits: Partial<typeof wide> = {}) => windowOf(Buffer.from(text), offset, { ...wide, ...limits });

test("lines are numbered from 1, whatever ends them and whether the last one ends", () => {
  const expected = { text: "     1→a\n     2→\n     3→b", from: 1, through: 3, total: 3, cut: 0 };
  for (const text of ["a\n\nb\n", "a\n\nb", "a\r\n\r\nb\r\n", "a\n\r\nb"]) expect(view(text)).toEqual(expected);
});

test("an empty text has no lines", () => {
  expect([view(""), view("", 5)]).toEqual([
    { text: "", from: 1, through: 0, total: 0, cut: 0 },
    { text: "", from: 5, through: 4, total: 0, cut: 0 },
  ]);
});

test("a window of lines is shown with its numbers and the count of all", () => {
  expect(view("a\nb\nc\nd\n", 2, { lines: 2 })).toEqual({ text: "     2→b\n     3→c", from: 2, through: 3, total: 4, cut: 0 });
  expect(view("a\nb\nc\nd\n", 0, { lines: 1 })).toEqual({ text: "     1→a", from: 1, through: 1, total: 4, cut: 0 });
  expect(view("a\nb\n", 3)).toEqual({ text: "", from: 3, through: 2, total: 2, cut: 0 });
});

test("a long line is cut between characters, and says how long it is", () => {
  expect(view("ab🦀🦀🦀\nx", 1, { lineLength: 5 }).text).toBe("     1→ab🦀… [line cut, it has 14 bytes]\n     2→x");
  expect(view(`${"é".repeat(5)}\n`, 1, { lineLength: 5 })).toEqual({ text: `     1→${"é".repeat(5)}`, from: 1, through: 1, total: 1, cut: 0 });
});

test("a window ends before it is over its size, but always has a line", () => {
  const line = "x".repeat(90);
  expect(view(`${line}\n`.repeat(10), 1, { bytes: 250 })).toEqual({ text: `     1→${line}\n     2→${line}`, from: 1, through: 2, total: 10, cut: 0 });
  expect(view(`${line}\n`.repeat(10), 4, { bytes: 5 })).toEqual({ text: `     4→${line}`, from: 4, through: 4, total: 10, cut: 0 });
});

test("windows one after the other show every line once", () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom("a", "é", "🦀", "\r", " ", "→") }), { maxLength: 40 }),
      fc.integer({ min: 1, max: 7 }),
      fc.integer({ min: 10, max: 200 }),
      fc.boolean(),
      (lines, count, bytes, isEnded) => {
        const text = lines.join("\n") + (isEnded ? "\n" : "");
        const rows: string[] = [];
        for (let offset = 1; ;) {
          const window = windowOf(Buffer.from(text), offset, { lines: count, bytes, lineLength: 1000 });
          if (window.text !== "" || window.total >= offset) rows.push(...window.text.split("\n"));
          expect(window.through - offset + 1).toBe(window.total < offset ? 0 : window.text.split("\n").length);
          offset = window.through + 1;
          if (window.through >= window.total) break;
        }
        const expected = text === "" ? [] : text.replace(/\n$/u, "").split("\n");
        expect(rows).toEqual(
          expected.map(
            (line, index) => `${String(index + 1).padStart(6)}→${index === expected.length - 1 && !text.endsWith("\n") ? line : line.replace(/\r$/u, "")}`,
          ),
        );
      },
    ),
  );
});

test("a window of a long file costs no more than a look at its line ends", () => {
  const text = Buffer.from("a line of some text\n".repeat(500_000));
  const began = performance.now();
  const window = windowOf(text, 400_000, { lines: 10, bytes: 10_000, lineLength: 100 });
  expect([window.from, window.through, window.total]).toEqual([400_000, 400_009, 500_000]);
  expect(performance.now() - began).toBeLessThan(1000);
});
