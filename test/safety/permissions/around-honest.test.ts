import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { benign, isRun } from "./benign.ts";
import { onCommand } from "./scene.ts";

describe("what nobody allowed stays asked about, whatever is put around it", () => {
  const honest = [
    "ls -la",
    "cat src/a.ts",
    "git status",
    "git log --oneline -5",
    "grep -n x src/a.ts",
    "find . -name x",
    "wc -l f",
    "head -20 f",
    "echo hi",
    "pwd",
    "npm test",
    "npm run build",
    "touch a",
    "test -f x",
    "sort f | uniq -c",
    "diff a b",
    "rg -n x src",
  ];

  test("the honest commands run", () => {
    expect(honest.filter((command) => !isRun(command))).toEqual([]);
  });

  test.each([
    "; touch PWN",
    " && touch PWN",
    " || touch PWN",
    " | touch PWN",
    "\ntouch PWN",
    " & touch PWN",
    " > ~/.bashrc",
    " >> f",
    " > PWN",
    " 2> PWN",
    " &> PWN",
    " >| PWN",
    " < /etc/passwd",
    " $(touch PWN)",
    " `touch PWN`",
    " <(touch PWN)",
    " ${x@P}",
    "; cat .env",
    " | tee PWN",
    " | bash",
    " | xargs touch",
  ])("an honest command with %j after it", (suffix) => {
    expect(honest.filter((command) => isRun(command + suffix))).toEqual([]);
  });

  test.each([
    "X=$(touch PWN) ",
    "X=1 ",
    "touch PWN; ",
    "touch PWN && ",
    "bash -c 'touch PWN'; ",
    "cd /tmp && ",
    "sudo ",
    "exec ",
    "export A=b; ",
    "set -- x; ",
    "trap 'touch PWN' EXIT; ",
    "f() { touch PWN; }; f; ",
    "(touch PWN); ",
    "2>PWN ",
  ])("an honest command with %j before it", (prefix) => {
    expect(honest.filter((command) => isRun(prefix + command))).toEqual([]);
  });

  test("a program run in another folder is asked about, even if its rule fits", () => {
    expect([
      onCommand("npm test", { allow: benign }, "/tmp").decision,
      onCommand("npm test", { allow: benign }, "/w/sub").decision,
      onCommand("ls", {}, "/tmp").decision,
      onCommand("git status", {}, "/w/sub").decision,
    ]).toEqual(["ask", "allow", "ask", "allow"]);
  });

  test("whatever is allowed unasked changes nothing when bash really runs it", { timeout: 60_000 }, () => {
    const folder = mkdtempSync(join(tmpdir(), "claw-judged-"));
    try {
      for (const file of ["a", "b", "-n", "f"]) writeFileSync(join(folder, file), "x\n");
      const before = readdirSync(folder).sort();
      const words = [
        "ls",
        "cat",
        "echo",
        "sort",
        "uniq",
        "find",
        "grep",
        "test",
        "wc",
        "touch",
        "a",
        "b",
        "f",
        "PWN",
        "-n",
        "-o",
        "-exec",
        "-la",
        "x",
        ".",
        "{}",
        "+",
        "*",
        "'a'",
        '"b"',
        "\\;",
        "$x",
        "$(touch PWN)",
        "`touch PWN`",
        "A=b",
        "''",
        "-oPWN",
        "tee",
        "xargs",
        "true",
        "printf",
        "-v",
      ];
      const joins = [" ", " ", " ", " ", "; ", " && ", " || ", " | ", "\n", " > ", " >> ", " & ", " 2>/dev/null ", "(", ")", "{ ", "; }", "#", "!"];
      const hostile = fc
        .array(fc.tuple(fc.constantFrom(...words), fc.constantFrom(...joins)), { minLength: 1, maxLength: 7 })
        .map((parts) => parts.map((pair) => pair.join("")).join(""));
      let ran = 0;
      fc.assert(
        fc.property(hostile, (command) => {
          if (ran >= 150 || onCommand(command).decision !== "allow") return;
          ran += 1;
          try {
            execFileSync("bash", ["--norc", "--noprofile", "-c", command], {
              cwd: folder,
              stdio: ["ignore", "ignore", "ignore"],
              timeout: 5_000,
              env: { PATH: process.env["PATH"] ?? "" },
            });
          } catch {
            // That it fails is its own business: what counts is what it left behind.
          }
          expect(readdirSync(folder).sort()).toEqual(before);
        }),
        { numRuns: 20_000, seed: 7 },
      );
      expect(ran).toBe(150);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
