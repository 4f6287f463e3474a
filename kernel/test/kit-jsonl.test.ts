import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Line, jsonl } from "../kit/jsonl.ts";
import { inPieces } from "./byte-pieces.ts";

const linesOf = (text: string | Uint8Array, cuts: readonly number[] = [], maxBytes?: number): Promise<Line[]> =>
  Array.fromAsync(jsonl(inPieces(typeof text === "string" ? Buffer.from(text) : text, cuts), maxBytes));

describe("lines of JSON", () => {
  test("are split on LF only", async () => {
    expect(await linesOf('{"a":"\u2028\u0085"}\r\n\n{}\n')).toEqual([
      { text: '{"a":"\u2028\u0085"}\r', torn: false },
      { text: "", torn: false },
      { text: "{}", torn: false },
    ]);
  });

  test("say when the last one is torn", async () => {
    expect(await linesOf('{}\n{"a')).toEqual([
      { text: "{}", torn: false },
      { text: '{"a', torn: true },
    ]);
  });

  test("may be torn inside a character", async () => {
    expect(await linesOf(Buffer.from("{}\n€").subarray(0, 4))).toEqual([
      { text: "{}", torn: false },
      { text: "\uFFFD", torn: true },
    ]);
  });

  test("are the same wherever the reads end", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.string({ unit: "binary" }).map((text) => text.toWellFormed().replaceAll("\n", "")),
          { maxLength: 8 },
        ),
        fc.array(fc.nat(), { maxLength: 30 }),
        async (texts, cuts) => {
          const body = texts.map((text) => `${text}\n`).join("");
          expect(await linesOf(body, cuts)).toEqual(texts.map((text) => ({ text, torn: false })));
        },
      ),
    );
  });

  test("are refused over the limit, before they are read whole", async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("{}\n");
      for (let count = 0; count < 10; count += 1) yield Buffer.from("xxxxx");
      throw new Error("read too far");
    }
    await expect(Array.fromAsync(jsonl(endless(), 20))).rejects.toThrow(new RangeError("line 2 is over 20 bytes"));
    expect(await linesOf("12345\n12345\n", [], 5)).toHaveLength(2);
  });

  test("do not keep a buffer that its reader uses again", async () => {
    const buffer = Buffer.from("ab");
    async function* reused(): AsyncGenerator<Uint8Array> {
      yield buffer;
      buffer.write("c\n");
      yield buffer;
    }
    expect(await Array.fromAsync(jsonl(reused()))).toEqual([{ text: "abc", torn: false }]);
  });
});
