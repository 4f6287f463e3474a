import { describe, expect, test } from "vitest";
import { onCommand, onFetch, onRead, onWrite, type Given } from "./scene.ts";

/**
 * What Claude Code 2.1.330 was observed to do (design: formats, "Oracle rows"), and what claw does. Where the two differ on
 * purpose the row says why.
 */
type Row = readonly [given: Given, command: string, decision: "allow" | "ask" | "deny", differs?: string];

const touch: readonly Given[] = [{ allow: ["Bash(touch:*)"] }, { allow: ["Bash(touch *)"] }];
const both = (command: string, decision: "allow" | "ask" | "deny", differs?: string): readonly Row[] =>
  touch.map((given) => (differs === undefined ? [given, command, decision] : [given, command, decision, differs]));
const untouched: Given = { allow: ["Bash"], deny: ["Bash(touch *)"] };

const commands: readonly Row[] = [
  ...both("touch a", "allow"),
  ...both("touch", "allow"),
  ...both('touch "a b"', "allow"),
  ...both("touch a; ls", "allow"),
  ...both("touch a | cat", "allow"),
  ...both("touch a 2>/dev/null", "allow"),
  ...both("timeout 5 touch a", "allow"),
  ...both("nice touch a", "allow"),
  ...both("echo a | xargs touch", "ask", "what xargs hands over is known only once it runs"),

  ...both("touchy a", "ask"),
  ...both("touch a && mkdir d", "ask"),
  ...both("touch a > out.txt", "ask"),
  ...both("touch $(echo a)", "ask"),
  ...both("FOO=1 touch a", "ask"),
  ...both("env FOO=1 touch a", "ask"),
  ...both("bash -c 'touch a'", "ask"),
  ...both("cd /tmp && touch x", "ask"),
  ...both("touch /tmp/outside", "ask"),

  [{ allow: ["Bash(touch*)"] }, "touchy a", "allow"],
  [{ allow: ["Bash(touch *)", "Bash(mkdir *)"] }, "touch a && mkdir d", "allow"],
  [{ allow: ["Bash(touch a)"] }, "touch a b", "ask"],
  [{ allow: ["Bash(* a)"] }, "touch a", "allow"],
  [{ allow: ["Bash"] }, "touch a", "allow"],
  [{ allow: ["Bash(*)"] }, "touch a", "allow"],

  [{}, "ls -la", "allow"],
  [{}, "cat f1", "allow"],
  [{}, "git status", "allow"],
  [{}, "git log", "allow"],
  [{}, "grep x f | head", "allow"],
  [{}, "find . -name x", "allow"],
  [{}, "cat /etc/passwd", "ask"],
  [{}, "find . -delete", "ask"],
  [{}, "curl", "ask"],
  [{}, "node -e", "ask"],

  [{ mode: "acceptEdits" }, "touch a", "ask", "commands run unasked in workspace-write once a sandbox contains them"],
  [{ mode: "acceptEdits" }, "rm f1", "ask", "as above"],
  [{ mode: "dontAsk" }, "touch a", "deny"],
  [{ mode: "plan" }, "touch a", "deny"],
  [{ mode: "bypassPermissions" }, "touch a", "allow"],

  [untouched, "FOO=1 touch a", "deny"],
  [untouched, "timeout 5 touch a", "deny"],
  [untouched, "/usr/bin/touch a", "deny"],
  [untouched, "command touch a", "deny"],
  [untouched, "env touch a", "deny"],
  [untouched, "true && touch a", "deny"],
  [untouched, 't""ouch a', "deny"],
  [untouched, "(touch a)", "deny"],
  [untouched, "echo $(touch a)", "deny"],
  [untouched, "bash -c 'touch a'", "deny", "Claude Code accepts it: a hole"],
  [{ allow: ["Bash"], deny: ["Read(./.env)"] }, "cat .env", "deny"],
];

describe("shell commands", () => {
  test.each(commands.map((row) => [`${JSON.stringify(row[0])} ${row[1]} → ${row[2]}`, row] as const))("%s", (_name, [given, command, decision]) => {
    expect(onCommand(command, given).decision).toBe(decision);
  });

  test("a `:*` in the middle is an error where Claude Code lets it match nothing", () => {
    expect(() => onCommand("touch b a", { allow: ["Bash(touch:* a)"] })).toThrow(/"Bash\(touch:\* a\)": `:\*` stands for/);
  });

  test("bypass accepts what acceptEdits asks about", () => {
    expect(onWrite("/w/.claude/settings.json", { mode: "bypassPermissions" }).decision).toBe("allow");
  });
});

describe("files", () => {
  test.each([
    ["a read inside", onRead("/w/f1"), "allow"],
    ["a read of secrets, where Claude Code reads them by default", onRead("/w/.env"), "ask"],
    ["a read of a file that is not there", onRead("/w/missing"), "allow"],
    ["a read outside", onRead("/etc/hostname"), "ask"],
    ["a write inside", onWrite("/w/n.txt"), "ask"],
    ["//abs allows the absolute path", onRead("/etc/hostname", { allow: ["Read(//etc/**)"] }), "allow"],
    ["bare Read allows every read_file", onRead("/etc/hostname", { allow: ["Read"] }), "allow"],
    ["one slash is the workspace", onRead("/etc/hostname", { allow: ["Read(/etc/**)"] }), "ask"],

    ["Read(.env)", onRead("/w/.env", { deny: ["Read(.env)"] }), "deny"],
    ["Read(./.env)", onRead("/w/.env", { deny: ["Read(./.env)"] }), "deny"],
    ["Read(*.pem) at any depth", onRead("/w/src/k.pem", { deny: ["Read(*.pem)"] }), "deny"],
    ["Read(**/*.pem)", onRead("/w/src/k.pem", { deny: ["Read(**/*.pem)"] }), "deny"],
    ["Read(./*.pem) at any depth too", onRead("/w/src/k.pem", { deny: ["Read(./*.pem)"] }), "deny"],

    ["allow Write", onWrite("/w/n.txt", { allow: ["Write"] }), "allow"],
    ["bare Edit is file_edit alone", onWrite("/w/n.txt", { allow: ["Edit"] }), "ask"],
    ["Edit(*.txt) is every writer", onWrite("/w/n.txt", { allow: ["Edit(*.txt)"] }), "allow"],
    ["Edit(./n.txt)", onWrite("/w/n.txt", { allow: ["Edit(./n.txt)"] }), "allow"],
    ["Write(./n.txt) is a dead rule", onWrite("/w/n.txt", { allow: ["Write(./n.txt)"] }), "ask"],
    ["Edit(src/**)", onWrite("/w/src/sub/n.txt", { allow: ["Edit(src/**)"] }), "allow"],
    ["Edit(/src/**)", onWrite("/w/src/n.txt", { allow: ["Edit(/src/**)"] }), "allow"],
    ["Edit(src/*) covers the subtree", onWrite("/w/src/sub/n.txt", { allow: ["Edit(src/*)"] }), "allow"],
    ["deny wins over allow", onWrite("/w/n.txt", { allow: ["Edit", "Write"], deny: ["Edit(*.txt)"] }), "deny"],

    ["acceptEdits writes inside", onWrite("/w/n.txt", { mode: "acceptEdits" }), "allow"],
    ["acceptEdits asks outside", onWrite("/x/n.txt", { mode: "acceptEdits" }), "ask"],
    ["acceptEdits asks for a shell's start file", onWrite("/w/.bashrc", { mode: "acceptEdits" }), "ask"],
    ["acceptEdits asks for a git hook", onWrite("/w/.git/hooks/pre-commit", { mode: "acceptEdits" }), "ask"],
    ["acceptEdits asks for .mcp.json", onWrite("/w/.mcp.json", { mode: "acceptEdits" }), "ask"],
    ["and for .claude/settings.json even with a rule", onWrite("/w/.claude/settings.json", { mode: "acceptEdits", allow: ["Write", "Edit(**)"] }), "ask"],
  ] as const)("%s", (_name, verdict, decision) => {
    expect(verdict.decision).toBe(decision);
  });
});

describe("hosts", () => {
  test.each([
    ["nothing asks", onFetch("https://example.com/"), "ask"],
    ["no host is approved beforehand, where Claude Code has a list", onFetch("https://docs.python.org/3/"), "ask"],
    ["a host is not its subdomains", onFetch("https://sub.example.com/", { deny: ["WebFetch(domain:example.com)"] }), "ask"],
    ["*. is every subdomain", onFetch("https://sub.example.com/", { deny: ["WebFetch(domain:*.example.com)"] }), "deny"],
    [
      "a host that only begins so is another",
      onFetch("https://docs.x.com.evil.com/", { allow: ["WebFetch(domain:docs.x.com)", "WebFetch(domain:*.x.com)"] }),
      "ask",
    ],
    ["a user before the @ is no host", onFetch("https://docs.x.com@evil.com/", { allow: ["WebFetch(domain:docs.x.com)"] }), "ask"],
    ["case and a final dot do not matter", onFetch("https://DOCS.x.com./", { deny: ["WebFetch(domain:docs.X.com)"] }), "deny"],
    ["a suffix without the dot is another host", onFetch("https://evilx.com/", { allow: ["WebFetch(domain:*.x.com)"] }), "ask"],
    ["what is no web address is never allowed by host", onFetch("file://docs.x.com/etc/passwd", { allow: ["WebFetch(domain:docs.x.com)"] }), "ask"],
    ["the allowed host runs", onFetch("https://docs.x.com/a?b", { allow: ["WebFetch(domain:docs.x.com)"] }), "allow"],
  ] as const)("%s", (_name, verdict, decision) => {
    expect(verdict.decision).toBe(decision);
  });
});
