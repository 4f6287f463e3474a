import fc from "fast-check";
import { expect, test } from "vitest";
import { linesOf } from "../src/input-lines.ts";

async function* streamed(text: string | Uint8Array, size: number): AsyncGenerator<Uint8Array, void> {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
const read = (text: string | Uint8Array, size = 3, longest = 100) => Array.fromAsync(linesOf(streamed(text, size), longest));

test.each([
  ["", []],
  ["a", ["a"]],
  ["a\n", ["a"]],
  ["a\n\nb", ["a", "", "b"]],
  ["\n\n", ["", ""]],
  ["a\r\nb\r\n", ["a\r", "b\r"]],
  ["\uFEFFa\nb", ["a", "b"]],
  ["\u0000\n", ["\u0000"]],
] as const)("%j is the lines %j", async (text, lines) => {
  expect(await read(text)).toEqual(lines);
});

test("a line that is too long is told as such, and the ones around it are read", async () => {
  expect(await read(`a\n${"x".repeat(101)}\nb\n${"y".repeat(100)}\n${"z".repeat(1_000)}`)).toEqual(["a", undefined, "b", "y".repeat(100), undefined]);
});

test("what is no UTF-8 is read all the same", async () => {
  expect(await read(new Uint8Array([0x61, 0xff, 0x0a, 0xc3]))).toEqual(["a\uFFFD", "\uFFFD"]);
});

test("however it arrives, a text is the same lines", async () => {
  const text = fc.array(fc.constantFrom("\n", "a", "é", "😀", "\r"), { maxLength: 40 }).map((parts) => parts.join(""));
  await fc.assert(
    fc.asyncProperty(text, fc.integer({ min: 1, max: 7 }), async (whole, size) => {
      expect(await read(whole, size)).toEqual(whole === "" ? [] : whole.replace(/\n$/, "").split("\n"));
    }),
  );
});
