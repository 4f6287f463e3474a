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
    "git show $(git rev-parse HEAD):.env",
    'git show "$(git merge-base main HEAD):.env"',
    "r=HEAD; git show ${r}:sub/.env",
    "git cat-file -p $r:.env",
    "echo HEAD:.env | git cat-file --batch",
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

  test.each([
    "cat .env.example",
    "cat id_rsa.pub",
    "find . -name .env",
    "cat environment.ts",
    "cat src/key.ts",
    "grep .env README.md",
    // That it is there is no secret.
    "ls -la .env",
    "test -f .env",
    "stat .env",
    "git check-ignore -v .env",
    "git ls-files .env",
    "git status .env",
    "git log --oneline -- .env",
    "git diff -- . ':!.env'",
    "git diff HEAD -- ':(exclude).env' ':^*.pem'",
    "git log -p -- '*.ts'",
  ])("%s is none", (command) => {
    expect(onCommand(command).decision).toBe("allow");
  });

  test.each([
    "git log -p -- '.en*'",
    "git log -p -- .en*",
    "git show HEAD -- '*.pem'",
    "git diff HEAD~1 -- ':(icase)*.ENV'",
    "git show :id_rsa",
    "git show ':(icase)id_rsa'",
    "git show :0:id_rsa",
    "git log -p -- ':(glob)**/.e*v'",
    "git status -v .env",
    "git log -p --oneline -- .env",
    "wc --files0-from .env",
    "ls .env && cat .env",
    "ls /home/dev/.ssh/id_rsa",
  ])("%s shows one", (command) => {
    expect(onCommand(command).decision).toBe("ask");
  });
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
