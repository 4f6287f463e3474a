import { expect, test } from "vitest";
import { lintRules } from "../src/perm-lint.ts";
import { from, rulesOf } from "../src/rules.ts";
import { toolNames } from "../src/tool-names.ts";

const names = toolNames({ names: [], about: () => undefined });
const lint = (lists: { readonly allow?: readonly string[]; readonly ask?: readonly string[]; readonly deny?: readonly string[] }): readonly string[] =>
  lintRules(rulesOf({ allow: from("mine", lists.allow ?? []), ask: from("mine", lists.ask ?? []), deny: from("theirs", lists.deny ?? []) }, names)).map(
    ({ code, decision, rule, source }) => `${code} ${decision} ${rule} ${source}`,
  );

test.each([
  [{ allow: ["Bash(npm test)", "Read(src/**)"], deny: ["Bash(rm:*)"] }, []],
  [{ allow: ["Write(x)"] }, ["dead allow Write(x) mine"]],
  [{ allow: ["Bash(npm test)", "Bash(npm test)"] }, ["duplicate allow Bash(npm test) mine"]],
  [{ allow: ["Bash(rm x)"], deny: ["Bash(rm:*)"] }, ["shadowed allow Bash(rm x) mine"]],
  [{ allow: ["Read(src/**)"], ask: ["Read(src/**)"] }, ["shadowed allow Read(src/**) mine"]],
  [{ ask: ["Bash(rm x)"], deny: ["Bash"] }, ["shadowed ask Bash(rm x) mine"]],
  [{ allow: ["Bash(npm run build)", "Bash(npm run *)"] }, ["covered allow Bash(npm run build) mine"]],
  [{ allow: ["Bash(npm run *)"], deny: ["Bash(npm run deploy)"] }, []],
  [{ allow: ["Bash(rmdir x)"], deny: ["Bash(rm:*)"] }, []],
  [{ allow: ["Edit(x)"], deny: ["Read(x)"] }, []],
  [{ allow: ["Bash"] }, ["wide allow Bash mine"]],
  [{ allow: ["Bash(*)"] }, ["wide allow Bash(*) mine"]],
  [
    { allow: ["Bash(python3:*)", "Bash(sudo *)", "Bash(bash:*)"] },
    ["wide allow Bash(python3:*) mine", "wide allow Bash(sudo *) mine", "wide allow Bash(bash:*) mine"],
  ],
  [{ allow: ["Bash(python3 x.py)", "Bash(git log:*)", "Bash(node --test *)"] }, []],
  [{ deny: ["Bash", "Bash(python3:*)"] }, []],
  [{ allow: ["Bash(git log:*)", "Bash(git *)"] }, ["covered allow Bash(git log:*) mine", "wide allow Bash(git *) mine"]],
  [{ allow: ["Bash(npm run*)", "Bash(npm run *)"] }, ["covered allow Bash(npm run *) mine"]],
  [{ allow: ["Bash(npm run build:*)"], deny: ["Bash(npm run:*)"] }, ["shadowed allow Bash(npm run build:*) mine"]],
  [{ allow: ["Bash(git add * && git commit *)"] }, ["never allow Bash(git add * && git commit *) mine"]],
  [{ allow: ["Bash(CI=1 npm *)"], deny: ["Bash(curl * | sh)"] }, ["never deny Bash(curl * | sh) theirs", "never allow Bash(CI=1 npm *) mine"]],
  [{ deny: ["Bash(* > /etc/*)"], ask: ["Bash(a; b)"] }, ["never deny Bash(* > /etc/*) theirs", "never ask Bash(a; b) mine"]],
  [{ allow: ["Bash(a && b)", "Bash(grep 'a|b' *)", "Bash(npm run a&b *)"] }, []],
] as const)("%j", (lists, findings) => {
  expect(lint(lists)).toEqual(findings);
});
