import type { ModelEvent } from "@claw/kernel";
import { ClawError } from "@claw/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { textThoughts } from "../src/think-text.ts";

type Said = readonly (readonly [type: string, text: string])[];

async function read(pieces: readonly string[], before: readonly ModelEvent[] = []): Promise<Said> {
  async function* events(): AsyncGenerator<ModelEvent, void> {
    yield* before;
    for (const text of pieces) yield { type: "text-delta", text };
    yield { type: "end", reason: "stop" };
  }
  const said: [string, string][] = [];
  for await (const event of textThoughts(events())) {
    if (event.type !== "text-delta" && event.type !== "reasoning-delta") continue;
    const last = said.at(-1);
    if (last?.[0] === event.type) last[1] += event.text;
    else said.push([event.type, event.text]);
  }
  return said;
}

const samples: readonly (readonly [text: string, expected: Said])[] = [
  [
    "<think>\nhm\n</think>\n\nhi",
    [
      ["reasoning-delta", "hm\n"],
      ["text-delta", "hi"],
    ],
  ],
  [
    " \n<thinking>a </think> b</thinking>c",
    [
      ["reasoning-delta", "a </think> b"],
      ["text-delta", "c"],
    ],
  ],
  ["<think></think>hi </think>", [["text-delta", "hi </think>"]]],
  ["<think>cut o", [["reasoning-delta", "cut o"]]],
  ["<think>cut </thi", [["reasoning-delta", "cut </thi"]]],
  ["<thi", [["text-delta", "<thi"]]],
  ["<thin>", [["text-delta", "<thin>"]]],
  ["a <think>b</think>", [["text-delta", "a <think>b</think>"]]],
  ["  ", [["text-delta", "  "]]],
  ["", []],
];

describe("what a model thinks and prints", () => {
  test.each(samples)("is told from what it says: %j", async (text, expected) => {
    expect(await read([text])).toEqual(expected);
    expect(await read([...text])).toEqual(expected);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: text.length }), { maxLength: 5 }), async (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), text.length];
        expect(await read(places.slice(1).map((place, index) => text.slice(places[index], place)))).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });

  test("is text where the server tells it by itself", async () => {
    expect(await read(["<think>a</think>"], [{ type: "reasoning-delta", text: "hm" }])).toEqual([
      ["reasoning-delta", "hm"],
      ["text-delta", "<think>a</think>"],
    ]);
  });

  test("is not lost in a failure", async () => {
    const failure = new ClawError("MODEL_STREAM_CUT", "cut", {});
    async function* events(): AsyncGenerator<ModelEvent, void> {
      yield { type: "text-delta", text: "<thi" };
      throw failure;
    }
    const said: ModelEvent[] = [];
    await expect(
      (async () => {
        for await (const event of textThoughts(events())) said.push(event);
      })(),
    ).rejects.toBe(failure);
    expect(said).toEqual([{ type: "text-delta", text: "<thi" }]);
  });

  test("costs its length and no more", async () => {
    const began = performance.now();
    const text = `<think>${"</".repeat(500_000)}`;
    expect(
      (await read(Array.from({ length: 40_000 }, (_, index) => text.slice(index * 26, (index + 1) * 26)))).map(([type, said]) => [type, said.length]),
    ).toEqual([["reasoning-delta", 1_000_000]]);
    expect(performance.now() - began).toBeLessThan(5000);
  });
});
