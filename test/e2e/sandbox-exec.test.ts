import { chmodSync } from "node:fs";
import { expect, test } from "vitest";
import { place } from "./claw.ts";
import { expectSentence } from "./failure.ts";

const exec = (...command: readonly string[]): readonly string[] => ["sandbox", "exec", "--", ...command];

test("claw sandbox exec ends as its program does, and its output is the program's alone", async () => {
  await using here = await place({ files: { "a.txt": "one\n" } });
  expect(await here.run(exec("sh", "-c", "cat a.txt; echo two > b.txt; exit 7"))).toMatchObject({ code: 7, stdout: "one\n", stderr: "" });
  expect(here.read("b.txt")).toBe("two\n");
  expect(await here.run(exec("sh", "-c", "kill -TERM $$"))).toMatchObject({ code: 143 });
  expect(await here.run(exec("cat"), { input: "given" })).toMatchObject({ code: 0, stdout: "given" });
});

test("or as a shell does where there is no such program, or it is none", async () => {
  await using here = await place({ files: { script: "#!/bin/sh\n" } });
  chmodSync(`${here.project}/script`, 0o644);
  expectSentence(await here.run(exec("no-such-program")), { exit: 127, code: "PROGRAM_NOT_FOUND", says: "no-such-program" });
  expectSentence(await here.run(exec("./none")), { exit: 127, code: "PROGRAM_NOT_FOUND", says: "./none" });
  expectSentence(await here.run(exec("./script")), { exit: 126, code: "PROGRAM_NOT_STARTED", says: "./script" });
});
