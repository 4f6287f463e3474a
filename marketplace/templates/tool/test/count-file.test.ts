import { load } from "@claw/testing";
import { expect, test } from "vitest";
import extension from "../src/index.js";

test("words are counted", async () => {
  await using claw = await load(extension, { config: { maxBytes: 1000 }, files: { "a.txt": "one two\nthree" } });
  expect(await claw.call("count_file", { path: "a.txt", unit: "words" })).toBe("3 words");
});

test("a file over the limit is refused by name", async () => {
  await using claw = await load(extension, { config: { maxBytes: 3 }, files: { "a.txt": "one two" } });
  await expect(claw.call("count_file", { path: "a.txt" })).rejects.toThrow("a.txt is over 3 bytes");
});
