import { describe, expect, test } from "vitest";
import { isRun } from "./benign.ts";
import { attacks } from "./published-attacks.ts";
import { onCommand, type Given } from "./scene.ts";

describe("published attacks never run unasked", () => {
  test.each(attacks)("case %i: %j", (_number, command) => {
    expect(isRun(command)).toBe(false);
  });
});

describe("secrets are not read without a question", () => {
  test.each([
    "cat .env",
    "cat ./.env",
    "cat sub/../.env",
    "cat .ENV",
    "cat .env.production",
    "head -c 100 .env",
    "grep x .env",
    "rg x .env",
    "cat server.pem",
    "cat id_rsa",
    "cat ~/.aws/credentials",
    "cat ~/.netrc",
    "git show HEAD:.env",
    "git diff -- .env",
    "git log -p -- .env",
    "diff .env f",
    "sort .env",
    "cut -d= -f2 .env",
    "nl .env",
    "cat -- .env",
    "cat f .env",
    "rg -e x -- .env",
    "rg --files .ssh",
    "cat .npmrc",
    "cat .git-credentials",
    "cat /proc/self/environ",
    "tail -n 5 .env",
    "wc -c .env",
    "cmp .env f",
    "cat '.env'",
    'cat .e"n"v',
    "cat $'.\\x65nv'",
  ])("%s", (command) => {
    expect([
      onCommand(command).decision,
      onCommand(command, { mode: "allow", allow: ["Bash"] }).decision,
      onCommand(command, { mode: "danger-full-access" }).decision,
    ]).toEqual(["ask", "ask", "allow"]);
  });

  test.each(["cat .env.example", "cat id_rsa.pub", "ls .env", "find . -name .env", "cat environment.ts", "cat src/key.ts", "grep .env README.md"])(
    "%s is none",
    (command) => {
      // `ls` reads no content, but its operand is a file like any other: it asks.
      expect(onCommand(command).decision).toBe(command === "ls .env" ? "ask" : "allow");
    },
  );
});

describe("links", () => {
  test("a link that leads outside is outside", () => {
    const links = { "/w/docs": "/etc" };
    expect([
      onCommand("cat docs/passwd", { links }).decision,
      onCommand("ls docs", { links }).decision,
      onCommand("cat docs/passwd", { links, allow: ["Bash(cat:*)"] }).decision,
    ]).toEqual(["ask", "ask", "ask"]);
  });

  test("`..` after a link is not taken out of the path", () => {
    expect(onCommand("cat docs/../f", { links: { "/w/docs": "/etc" } }).decision).toBe("ask");
    expect(onCommand("cd docs && cat ../f", { links: { "/w/docs": "/etc/x" } }).decision).toBe("ask");
  });

  test("a link made by the same command is not read through", () => {
    const given: Given = { allow: ["Bash(make links)"] };
    expect([
      onCommand("make links && cat x", given).decision,
      onCommand("make links && ls", given).decision,
      onCommand("cat x && make links", given).decision,
    ]).toEqual(["ask", "allow", "allow"]);
  });

  test("a link to a protected file is named with where it leads", () => {
    expect(onCommand("cp x innocent.txt", { allow: ["Bash(cp:*)"], links: { "/w/innocent.txt": "/w/.claw/settings.json" } })).toEqual({
      decision: "ask",
      reason: "innocent.txt leads to .claw/settings.json, which is protected",
    });
  });
});
