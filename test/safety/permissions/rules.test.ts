import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ClawError } from "@claw/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { modeOf, modes } from "../../../extensions/permissions/src/modes.ts";
import { patternOfPath } from "../../../extensions/permissions/src/path-pattern.ts";
import { from, rulesOf, type RuleSet } from "../../../extensions/permissions/src/rules.ts";
import { escaped, isMatch, wildcardOf } from "../../../extensions/permissions/src/wildcard.ts";
import { callOf, names, onCommand, onFetch, onRead, onWrite, ruleSet, verdictOn, type Given } from "./scene.ts";

const problemOf = (given: Given): string => {
  try {
    ruleSet(given);
    return "none";
  } catch (error) {
    if (!ClawError.is(error, "PERMISSION_RULE_INVALID")) throw error;
    return error.message;
  }
};

describe("names of tools in rules", () => {
  test.each([
    "Bash",
    "bash",
    "BASH",
    "Read",
    "read_file",
    "Read-File",
    "ReadFile",
    "edit_file",
    "MultiEdit",
    "WebFetch",
    "web_fetch",
    "Task",
    "AskUserQuestion",
    "TodoWrite",
    "acme_count",
    "CountIt",
    "mcp__github",
    "mcp__github__create_issue",
    "MCP__GitHub__*",
  ])("%s is one", (name) => {
    expect(problemOf({ deny: [name] })).toBe("none");
  });

  test("every spelling is the same rule", () => {
    const denied = ["Bash(rm:*)", "bash(rm:*)", "BASH(rm *)"].map((rule) => onCommand("rm x", { deny: [rule] }));
    expect(denied.map(({ decision }) => decision)).toEqual(["deny", "deny", "deny"]);
  });
});

describe("an invalid rule is an error with all that is wrong", () => {
  test.each([
    ["Bash(", "its brackets do not fit"],
    ["Bash(ls", "its brackets do not fit"],
    ["Bash)ls(", "its brackets do not fit"],
    ["Bash(ls) x", "its brackets do not fit"],
    ["", "it names no tool"],
    ["  ", "it names no tool"],
    ["*", "it names no tool"],
    ["(ls)", "its brackets do not fit"],
    ["Baash(ls)", "there is no tool Baash"],
    ["constructor", "there is no tool constructor"],
    ["__proto__", "there is no tool __proto__"],
    ["PowerShell(x)", "there is no tool PowerShell"],
    ["web*", "a star in a tool's name is only for mcp__server__*"],
    ["Bash(a:* b)", '`:*` stands for "and anything after" and may only end a rule; inside one write ` *`'],
    ["Bash(a\u0007b)", "it holds a control character"],
    ["Read(!x)", "a path cannot be excepted with `!`; write an allow rule and a deny rule"],
    ["Read(#x)", "`#` begins a comment; write `\\#`"],
    ["Read(~root/x)", "only `~/` is known, not another person's home"],
    ["Read(../x)", "`..` never matches; write the path from `//`"],
    ["Read(x\\)", "it ends in a lone backslash"],
    ["Read(a[b)", "its `[` is not closed; write `\\[` for the sign itself"],
    ["Edit(a\u0000b)", "it holds a control character"],
    ["WebFetch(example.com)", "write WebFetch(domain:example.com) or WebFetch(domain:*.example.com)"],
    ["WebFetch(domain:)", "write WebFetch(domain:example.com) or WebFetch(domain:*.example.com)"],
    ["WebFetch(domain:a.*.com)", "write WebFetch(domain:example.com) or WebFetch(domain:*.example.com)"],
    ["WebFetch(domain:user@x.com)", "write WebFetch(domain:example.com) or WebFetch(domain:*.example.com)"],
    ["WebSearch(x)", "web_search takes no further words"],
    ["mcp__", "it names no server"],
    ["mcp__github__issue(x)", "a server's tool takes no further words"],
  ])("%j", (rule, why) => {
    expect([problemOf({ allow: [rule] }), problemOf({ ask: [rule] }), problemOf({ deny: [rule] })]).toEqual(
      Array(3).fill(`a permission rule is invalid in settings or flags: "${rule}": ${why}`),
    );
  });

  test("all at once, with the tools there are", () => {
    expect(() => rulesOf({ allow: from("settings or flags", ["Bahs"]), ask: [], deny: from("settings or flags", ["Bash(", "Read(x)"]) }, names)).toThrow(
      expect.objectContaining({
        code: "PERMISSION_RULE_INVALID",
        message: '2 permission rules are invalid in settings or flags: "Bash(": its brackets do not fit; "Bahs": there is no tool Bahs',
        data: { rule: "Bash(, Bahs" },
        fix: expect.stringContaining("acme_count") as unknown,
      }),
    );
  });

  test("whatever text a rule is, it is read or refused with a sentence", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((inner) => `Bash(${inner})`),
          fc.string({ unit: "grapheme" }).map((inner) => `Read(${inner})`),
        ),
        (rule) => {
          const problem = problemOf({ deny: [rule] });
          expect(problem === "none" || problem.startsWith("a permission rule is invalid")).toBe(true);
        },
      ),
    );
  });
});

describe("rules without effect", () => {
  const idle = (rule: string): RuleSet["idle"] => ruleSet({ allow: [rule] }).idle;

  test.each([
    ["Write(./n.txt)", "Edit(./n.txt)"],
    ["NotebookEdit(*.ipynb)", "Edit(*.ipynb)"],
    ["Glob(src/**)", "Read(src/**)"],
    ["Grep(src/**)", "Read(src/**)"],
    ["mcp__*", "mcp__server__* with the server's name"],
    ["mcp__git*", "mcp__server__* with the server's name"],
  ])("allow %s is reported, with %s to write instead", (text, instead) => {
    expect([idle(text), ruleSet({ allow: [text] }).allow, ruleSet({ deny: [text] }).idle]).toEqual([[{ text, instead, source: "settings or flags" }], [], []]);
  });

  test("as deny and ask they hold", () => {
    const issue = callOf("mcp__github__create_issue", "execute", {}, []);
    expect([
      onWrite("/w/n.txt", { mode: "allow", deny: ["Write(*.txt)"] }).decision,
      onWrite("/w/n.txt", { mode: "allow", deny: ["Write(*.txt)"] }, "file_edit").decision,
      verdictOn(issue, { mode: "allow", deny: ["mcp__*"] }).decision,
      verdictOn(issue, { mode: "allow", ask: ["mcp__git*"] }).decision,
    ]).toEqual(["deny", "allow", "deny", "ask"]);
  });
});

describe("servers, agents and skills", () => {
  const issue = callOf("mcp__github__create_issue", "execute", {}, []);

  test.each([
    ["mcp__github", "allow"],
    ["mcp__github__*", "allow"],
    ["mcp__github__create_issue", "allow"],
    ["mcp__github__create_*", "allow"],
    ["mcp__GitHub", "allow"],
    ["mcp__git", "ask"],
    ["mcp__github__create", "ask"],
    ["mcp__gitlab__*", "ask"],
  ] as const)("%s", (rule, decision) => {
    expect(verdictOn(issue, { allow: [rule] }).decision).toBe(decision);
  });

  test("a server whose name holds an underscore is told from its tools", () => {
    const call = callOf("mcp__my_server__get", "read", {}, []);
    expect([verdictOn(call, { deny: ["mcp__my_server"] }).decision, verdictOn(call, { deny: ["mcp__my"] }).decision]).toEqual(["deny", "allow"]);
  });

  test("an agent and a skill by name", () => {
    const agent = callOf("agent", "execute", { subagent_type: "explore" }, []);
    const skill = callOf("skill", "execute", { skill: "review staged" }, []);
    expect([
      verdictOn(agent, { allow: ["Agent(explore)"] }).decision,
      verdictOn(agent, { allow: ["Task(plan)"] }).decision,
      verdictOn(skill, { allow: ["Skill(review *)"] }).decision,
      verdictOn(skill, { allow: ["Skill(review)"] }).decision,
    ]).toEqual(["allow", "ask", "allow", "ask"]);
  });
});

describe("paths in rules", () => {
  const links = { "/w/link": "/etc", "/w/alias": "/w/src" };

  test.each([
    ["an allow follows a link to where it leads", onRead("/w/link/hosts", { links, allow: ["Read(link/**)", "Read(/link/**)"] }).decision, "ask"],
    ["and allows what it leads to", onRead("/w/link/hosts", { links, allow: ["Read(//etc/**)"] }).decision, "allow"],
    ["a deny holds under the name asked for", onRead("/w/link/hosts", { links, mode: "allow", deny: ["Read(link/**)"] }).decision, "deny"],
    ["and under the real one", onRead("/w/link/hosts", { links, mode: "allow", deny: ["Read(//etc/hosts)"] }).decision, "deny"],
    ["an allow takes a name in its own case", onWrite("/w/SRC/a", { allow: ["Edit(src/**)"] }).decision, "ask"],
    ["a deny in any", onWrite("/w/SRC/a", { mode: "allow", deny: ["Edit(src/**)"] }).decision, "deny"],
    ["a sibling folder is another", onRead("/w-evil/x", { allow: ["Read(/**)"] }).decision, "ask"],
    ["home", onRead("/home/u/notes/x", { allow: ["Read(~/notes/**)"] }).decision, "allow"],
    ["all of home", onRead("/home/u/notes/x", { allow: ["Read(~)"] }).decision, "allow"],
    ["a pattern with a slash begins at the folder", onRead("/w/a/src/x", { mode: "allow", deny: ["Read(src/x)"] }).decision, "allow"],
    [
      "a deny of a relative name holds in every folder of the session",
      onRead("/other/.keys", { mode: "allow", roots: ["/w", "/other"], deny: ["Read(.keys)"] }).decision,
      "deny",
    ],
    ["a folder below the session's own", onRead("/w/.keys", { mode: "allow", cwd: "/w/sub", deny: ["Read(.keys)"] }).decision, "deny"],
    ["everything", onRead("/w", { mode: "allow", deny: ["Read(**)"] }).decision, "deny"],
    ["an escaped sign", onRead("/x/[a].ts", { allow: ["Read(//x/\\[a\\].ts)"] }).decision, "allow"],
  ])("%s", (_name, decision, wanted) => {
    expect(decision).toBe(wanted);
  });

  test("a rule for one path matches it and no other", () => {
    const name = fc.string({ unit: fc.constantFrom(..."ab*?[]!#\\ ().{}$é"), minLength: 1, maxLength: 8 }).filter((text) => !/^\.+$/.test(text));
    fc.assert(
      fc.property(name, name, (one, other) => {
        const [path, another] = [`/x/${one}`, `/x/${other}`];
        const given = { allow: [`read_file(${patternOfPath(path)})`] };
        expect([onRead(path, given).decision, one === other ? "ask" : onRead(another, given).decision]).toEqual(["allow", "ask"]);
      }),
    );
  });
});

describe("text patterns", () => {
  const matches = (pattern: string, text: string): boolean => isMatch(wildcardOf(pattern), text);

  test.each([
    ["npm run *", "npm run build", true],
    ["npm run *", "npm run", true],
    ["npm run *", "npm running", false],
    ["npm run:*", "npm run x y", true],
    ["npm run:*", "npm run", true],
    ["npm run:*", "npm running", false],
    ["npm*", "npmx", true],
    ["* --help", "git --help", true],
    ["* --help", "--help", false],
    ["git * main", "git push main", true],
    ["git * main", "git main", false],
    ["a**b", "ab", true],
    ["a\\*b", "a*b", true],
    ["a\\*b", "axb", false],
    ["a\\\\b", "a\\b", true],
    ["*", "", true],
    ["a*a", "a", false],
    ["ab*ba", "aba", false],
  ])("%s on %j", (pattern, text, wanted) => {
    expect(matches(pattern, text)).toBe(wanted);
  });

  test("many stars on a long text take no time", () => {
    const began = performance.now();
    expect(matches(`${"*a".repeat(500)}*b`, "a".repeat(100_000))).toBe(false);
    expect(performance.now() - began).toBeLessThan(500);
  });

  test("an escaped text matches itself alone", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."ab*\\: ") }), fc.string({ unit: fc.constantFrom(..."ab*\\: ") }), (one, other) => {
        expect([matches(escaped(one), one), matches(escaped(one), other)]).toEqual([true, one === other]);
      }),
    );
  });
});

describe("modes", () => {
  test.each([
    ["prompt", "prompt"],
    ["Default", "prompt"],
    ["manual", "prompt"],
    ["plan", "read-only"],
    ["readonly", "read-only"],
    ["READ_ONLY", "read-only"],
    ["acceptEdits", "workspace-write"],
    ["accept-edits", "workspace-write"],
    ["workspacewrite", "workspace-write"],
    ["dontAsk", "dont-ask"],
    ["strict-allow-list", "dont-ask"],
    ["bypassPermissions", "danger-full-access"],
    ["bypass", "danger-full-access"],
    ["dangerFullAccess", "danger-full-access"],
    ["allow", "allow"],
    ["auto", "auto"],
    [" auto ", "auto"],
  ])("%s is %s", (name, mode) => {
    expect(modeOf(name)).toBe(mode);
  });

  test.each(["", "reed-only", "full", "yolo", "constructor", "__proto__"])("%j is an error that lists the modes", (name) => {
    expect(() => modeOf(name)).toThrow(
      expect.objectContaining({
        code: "PERMISSION_MODE_UNKNOWN",
        data: { mode: name, modes },
        message: `unknown permission mode "${name}"; the modes are ${modes.join(", ")}`,
      }),
    );
  });
});

describe("what is offered to be remembered", () => {
  test.each([
    ["the command", onCommand("npm test"), "bash(npm test)"],
    ["the one command of several that needs it", onCommand("npm test && ls"), "bash(npm test)"],
    ["the whole of several", onCommand("npm test && npm run build"), "bash(npm test && npm run build)"],
    ["the whole of one that is not plain", onCommand("npm test > out.txt"), "bash(npm test > out.txt)"],
    ["the whole of one that changes folder", onCommand("cd sub && npm test"), "bash(cd sub && npm test)"],
    ["stars as themselves", onCommand("npm test -- 'a*b'"), "bash(npm test -- 'a\\*b')"],
    ["the file", onRead("/etc/hosts"), "read_file(//etc/hosts)"],
    ["where a link leads", onRead("/w/docs/hosts", { links: { "/w/docs": "/etc" } }), "read_file(//etc/hosts)"],
    ["the file written", onWrite("/w/src/a.ts"), "file_edit(//w/src/a.ts)"],
    ["the host", onFetch("https://docs.x.com/a?b"), "web_fetch(domain:docs.x.com)"],
    ["a server's tool", verdictOn(callOf("mcp__github__create_issue", "execute", {}, [])), "mcp__github__create_issue"],
    ["nothing where no rule helps: secrets", onRead("/w/.env"), undefined],
    ["nothing where a rule asks", onCommand("npm test", { ask: ["Bash(npm test)"] }), undefined],
    ["nothing where a rule cannot say it: another folder to start in", onCommand("npm test", {}, "/tmp"), undefined],
    ["nothing if one part would be asked about all the same", onCommand("npm test && cat .env"), undefined],
  ])("%s", (_name, verdict, remember) => {
    expect([verdict.decision, verdict.remember]).toEqual(["ask", remember]);
  });

  test("is a rule that can be read, and with it the same call runs", () => {
    const word = fc.constantFrom(
      "npm",
      "test",
      "ls",
      "a b",
      "x*y",
      "-la",
      "$x",
      "|",
      "&&",
      ";",
      ">",
      "out",
      "'q'",
      "\\*",
      "(",
      ")",
      "cd",
      "sub",
      "/tmp/x",
      "../y",
      "é",
      "make",
      "\n",
      "#c",
      "`id`",
      "A=b",
    );
    const command = fc.array(word, { minLength: 1, maxLength: 8 }).map((words) => words.join(" "));
    fc.assert(
      fc.property(command, (text) => {
        const { remember } = onCommand(text);
        if (remember !== undefined) expect(onCommand(text, { allow: [remember] }).decision).toBe("allow");
      }),
      { numRuns: 2_000 },
    );
  });

  test("and no other command of the same program", () => {
    const given = { allow: ["bash(npm test)"] };
    expect(
      ["npm test -- x", "npm install", "npm test; rm x", "npm test > f", "/usr/bin/npm test", "./npm test"].map(
        (command) => onCommand(command, given).decision,
      ),
    ).toEqual(Array(6).fill("ask"));
  });
});

describe("the README", () => {
  const readme = readFileSync(join(import.meta.dirname, "../../../extensions/permissions/README.md"), "utf8");

  test("shows only rules that are read", () => {
    const shown = readme
      .split("\n")
      .filter((line) => line.startsWith("| `"))
      .flatMap((line) => (line.split(" | ")[0] ?? "").match(/(?<=`)[A-Z][^`]*(?=`)|(?<=`)mcp__[^`]*(?=`)/g) ?? []);
    expect([shown.length > 15, shown.filter((rule) => problemOf({ deny: [rule] }) !== "none")]).toEqual([true, []]);
  });

  test("shows settings that are read", () => {
    const json = /```json\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
    const { permissions } = JSON.parse(json) as { readonly permissions: Required<Pick<Given, "allow" | "ask" | "deny">> & { readonly defaultMode: string } };
    expect([modeOf(permissions.defaultMode), ruleSet(permissions).idle]).toEqual(["workspace-write", []]);
  });
});
