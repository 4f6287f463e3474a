import { describe, expect, test } from "vitest";
import { mannerOfWords } from "../src/manner.ts";

describe("how a run says that it failed, while nothing is known but the words", () => {
  test("is text, the record of a command, or the result of a prompt", () => {
    expect(
      [
        ["-p", "x"],
        ["doctor", "--json"],
        ["-p", "x", "--output-format", "json"],
        ["-p", "x", "--output-format=stream-json"],
        ["-p", "x", "--output-format", "text"],
        ["--no-json"],
      ].map((argv) => mannerOfWords(argv).form),
    ).toEqual(["text", "record", "result", "result", "text", "text"]);
  });

  test("does not follow words that are a flag's value or come after --", () => {
    expect(
      [
        ["--profile", "--json"],
        ["-p", "--", "--json"],
        ["--resume", "--debug"],
      ].map((argv) => mannerOfWords(argv)),
    ).toEqual([1, 2, 3].map(() => ({ debug: false, form: "text" })));
  });

  test("is text where the words make no sense", () => {
    expect([mannerOfWords(["--profile"]), mannerOfWords(["--debug"])]).toEqual([
      { debug: false, form: "text" },
      { debug: true, form: "text" },
    ]);
  });
});
