import { expect, test } from "vitest";
import { isYes, openAsking } from "../src/ext/ask.ts";

async function* typed(...chunks: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield new TextEncoder().encode(chunk);
}
const signal = new AbortController().signal;

test("each question gets a line of its own, however the lines arrive", async () => {
  const said: string[] = [];
  const asking = openAsking({ say: (text) => void said.push(text), input: typed(" y", "es \nacme/", "x\n", "la", "st") }, signal);
  const answers = [await asking.line("One? "), await asking.line("Two? "), await asking.line("Three? "), await asking.line("Four? ")];
  expect([answers, said]).toEqual([
    ["yes", "acme/x", "last", undefined],
    ["One? ", "Two? ", "Three? ", "Four? "],
  ]);
});

test("a letter in two pieces is one letter", async () => {
  const bytes = new TextEncoder().encode("jä\n");
  async function* input(): AsyncGenerator<Uint8Array> {
    for (const byte of bytes) yield Uint8Array.of(byte);
  }
  expect(await openAsking({ say: () => undefined, input: input() }, signal).line("?")).toBe("jä");
});

test("Ctrl-C ends the waiting with its reason", async () => {
  const controller = new AbortController();
  const endless: AsyncIterable<Uint8Array> = { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }) };
  const answer = openAsking({ say: () => undefined, input: endless }, controller.signal).line("?");
  controller.abort(new Error("interrupted"));
  await expect(answer).rejects.toThrow("interrupted");
  await expect(openAsking({ say: () => undefined, input: endless }, controller.signal).line("?")).rejects.toThrow("interrupted");
});

test("only a yes is a yes", () => {
  expect(["y", "Y", "yes", "YES", "", "n", "yes please", "ja", undefined].filter(isYes)).toEqual(["y", "Y", "yes", "YES"]);
});
