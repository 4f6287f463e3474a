import { describe, expect, test } from "vitest";
import { onCommand } from "./scene.ts";

describe("ordinary reading runs without a question", () => {
  test.each([
    "ls",
    "ls -la src",
    "ls -1R --color=never src",
    "pwd",
    "cat package.json",
    "cat -n src/a.ts | head -20",
    "head -n 5 f",
    "head -5 f",
    "tail -c +100 f",
    "wc -l src/a.ts src/b.ts",
    "echo hi",
    "echo \"a b\" 'c' d\\ e",
    "echo *.ts",
    "printf '%s\\n' x",
    "grep -n foo src/a.ts",
    "grep -rl foo src",
    "grep -c '/etc/passwd' f",
    "grep -e a -e b f",
    "grep -A 3 -B3 --context=2 x f",
    "rg foo",
    "rg -n --type=ts 'a|b' src",
    "rg -l x src | sort | uniq -c | sort -rn | head",
    "rg --files src",
    "git status",
    "git status --short --branch",
    "git --no-pager log --oneline -20",
    "git log -p --stat -- src/a.ts",
    "git log --format=%H --since=yesterday main..dev",
    "git diff",
    "git diff --cached --name-only",
    "git diff HEAD~1 -- src/a.ts",
    "git diff origin/main...HEAD",
    "git show HEAD:src/a.ts",
    "git show --stat abc123",
    "git branch",
    "git branch -vva",
    "git branch --show-current",
    "git rev-parse --abbrev-ref HEAD",
    "git ls-files src",
    "find . -name '*.ts'",
    "find src tests -type f -not -path '*/node_modules/*' | wc -l",
    "find . \\( -name a -o -name b \\) -print0",
    "which node",
    "command -v node",
    "file f",
    "stat -c %s f",
    "du -sh src",
    "df -h",
    "date",
    "date -u +%FT%TZ",
    "uname -a",
    "whoami",
    "true",
    "test -f x",
    "[ -d src ] && ls src",
    "[ \"a\" = 'b' ] || echo no",
    "test 1 -lt 2",
    "basename a/b.ts .ts",
    "dirname a/b",
    "realpath src",
    "sort -u -k2,2 f",
    "sort -t, -k1 f",
    "uniq -c f",
    "cut -d: -f1 f",
    "tr a-z A-Z",
    "cat f | tr -d '\\n'",
    "diff -u a b",
    "cmp a b",
    "nl -ba f",
    "tree -L 2 src",
    "cd src && ls",
    "cd src && cat a.ts && pwd",
    "cd /w/src && ls",
    "ls 2>/dev/null",
    "ls > /dev/null 2>&1",
    "ls &>/dev/null",
    "echo x >&2",
    "ls < /dev/null",
    "timeout 5 ls",
    "nice -n 5 wc -l f",
    "time ls",
    "! test -f x",
    "ls; pwd\nls",
    "ls # a comment",
    "ls \\\n -a",
  ])("%j", (command) => {
    expect(onCommand(command).decision).toBe("allow");
  });
});

describe("what reads whatever is in a folder is asked about if a file there may hold secrets", () => {
  test.each([
    ["grep -rl foo .", "ask"],
    ["grep -rl foo src", "allow"],
    ["cat *", "allow"],
    ["cat .e*", "ask"],
    ["cat src/*.ts", "allow"],
    ["rg foo", "ask"],
    ["rg -l foo", "allow"],
    ["rg --hidden foo", "ask"],
    ["rg -uu foo", "ask"],
    ["rg -. foo src", "allow"],
    ["shopt -s dotglob; cat *", "ask"],
    ["shopt -s nocaseglob; cat .EN*", "ask"],
    ["yq 'load(\".env\")'", "ask"],
    ["rg foo src", "allow"],
    ["ls -la", "allow"],
    ["find . -name '*.ts'", "allow"],
    ["grep -rl foo deploy", "ask"],
    ["cat deploy/*", "ask"],
    ["cat deploy/*.txt", "allow"],
  ] as const)("%s: %s", (command, decision) => {
    expect(onCommand(command, { files: ["/w/.env", "/w/src/a.ts", "/w/deploy/a.txt", "/w/deploy/server.pem"] }).decision).toBe(decision);
  });
});

describe("in dont-ask even reading needs a rule, part by part", () => {
  test.each([
    [["Bash(ls:*)"], "ls -la", "allow"],
    [["Bash(ls:*)"], "ls -la; pwd", "deny"],
    [["Bash(ls:*)", "Bash(pwd)"], "ls -la; pwd", "allow"],
  ] as const)("%j on %s", (allow, command, decision) => {
    expect(onCommand(command, { mode: "dont-ask", allow }).decision).toBe(decision);
  });
});

describe("a rule to read goes for commands that only read, too", () => {
  test("outside of the workspace", () => {
    const given = { allow: ["Read(//etc/**)"] };
    expect(
      ["cat /etc/hosts", "cat /etc/hosts /var/x", "head -1 /etc/hosts && ls", "tool /etc/hosts", "cat /etc/../var/x"].map(
        (command) => onCommand(command, given).decision,
      ),
    ).toEqual(["allow", "ask", "allow", "ask", "ask"]);
  });
});

describe("a folder as an operand", () => {
  test("is no file whose name was seen: diff would read all that is in it", () => {
    const given = { folders: ["/w/a", "/w/b"] };
    expect([onCommand("diff a b", given).decision, onCommand("ls a b", given).decision]).toEqual(["ask", "allow"]);
  });
});

test("git asks where the repository's configuration may start a program and the folder is not trusted; a rule of the person's still holds", () => {
  const repository = "why not";
  expect(onCommand("git status", { repository }).decision).toBe("allow");
  expect(onCommand("git status", { repository, trusted: false })).toMatchObject({ decision: "ask", reason: expect.stringContaining("why not") as unknown });
  expect(onCommand("git status", { trusted: false }).decision).toBe("allow");
  expect(onCommand("cd sub && git status", { repository }).decision).toBe("ask");
  expect(onCommand("ls -la", { repository, trusted: false }).decision).toBe("allow");
  expect(onCommand("git status", { repository, trusted: false, allow: ["Bash(git status:*)"] }).decision).toBe("allow");
});
