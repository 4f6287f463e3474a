import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { commandWords } from "../src/command-words.ts";

describe("the words of a credential_process", () => {
  test.each<[string, readonly string[] | undefined]>([
    ["/opt/bin/awscreds dev-account", ["/opt/bin/awscreds", "dev-account"]],
    ['"/Users/Dave/my path/creds.sh" plain "with spaces"', ["/Users/Dave/my path/creds.sh", "plain", "with spaces"]],
    ["sh -c 'echo \"$HOME\" ; x'", ["sh", "-c", 'echo "$HOME" ; x']],
    ['a\\ b "c\\"d" "e\\f" \'g\\h\'', ["a b", 'c"d', "e\\f", "g\\h"]],
    ["a;b | c $(d) `e` ~ $F > g", ["a;b", "|", "c", "$(d)", "`e`", "~", "$F", ">", "g"]],
    ["  a\t'' \"\"  ", ["a", "", ""]],
    ["", []],
    ["a 'b", undefined],
    ['a "b', undefined],
  ])("of %j", (line, words) => {
    expect(commandWords(line, "linux")).toEqual(words);
  });

  test("keep the backslashes of Windows", () => {
    expect(commandWords(String.raw`"C:\Program Files\creds.exe" C:\dir\ 'a b' "say \"x\""`, "win32")).toEqual([
      "C:\\Program Files\\creds.exe",
      "C:\\dir\\",
      "'a",
      "b'",
      'say "x"',
    ]);
  });

  test("are those that a shell makes of a line without anything to expand", () => {
    const piece = fc.constantFrom("a", "B1", " ", "  ", "'x y'", '"p q"', '"\\""', "\\ ", "\\\\", "''", "'\\'", '"\\\\"');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
        const line = pieces.join("");
        const said = execFileSync("/bin/sh", ["-c", `for word in ${line}; do printf '%s\\0' "$word"; done`], { encoding: "utf8" });
        expect(commandWords(line, "linux")).toEqual(said.split("\0").slice(0, -1));
      }),
      { numRuns: 40 },
    );
  });
});
