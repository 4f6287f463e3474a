import { isSecretFile } from "@claw/kernel/kit";
import { expect, test } from "vitest";
import { gitTellsNames, meansSecrets, secretKinds, stashShown } from "../src/git-telling.ts";

const told = (text: string) => ({ program: "git", words: text.split(" "), wrapped: 0 });

test("what is known only once it runs is a name behind the end of the options alone", () => {
  const words = (...all: readonly (string | undefined)[]) => gitTellsNames({ program: "git", words: all, wrapped: 0 });
  expect(words("git", "log", "--oneline", "--", undefined)).toBe(true);
  expect(words("git", "log", undefined, "--", "a")).toBe(false);
  expect(words("git", "log", undefined)).toBe(false);
});

test("every kind of name that a pattern is held against is asked about", () => {
  expect(secretKinds.filter((name) => !isSecretFile(`/ws/${name}`))).toEqual([]);
});

test.each([".en*", "*.pem", "*env*", ".e?v", "[.]env", "**/.e*v", "id_*", "config/*.key", "cred*.json", "secret?.yml", "[[:punct:]]env", ".[!x]nv", ".git*"])(
  "%s is meant for what may hold secrets",
  (pattern) => {
    expect(meansSecrets(pattern)).toBe(true);
  },
);

test.each(["*", "src/*", "**", "*.*", "*.ts", "src/**/*.tsx", "*.json", "*.y*ml", "package*.json", "[A-Z]*", "*_test.go", ".env.example", "README.md"])(
  "%s takes in what every file of its kind is",
  (pattern) => {
    expect(meansSecrets(pattern)).toBe(false);
  },
);

test.each([
  "git check-ignore -v .env",
  "git ls-files --error-unmatch .env",
  "git status --short .env",
  "git log --oneline --all -- .env",
  "git --no-pager log -n 3 --format=%h -- .env",
  "git -C src log --stat -- .env",
  "git diff --name-only HEAD -- .env",
  "git ls-tree HEAD .env",
])("%s tells names", (text) => {
  expect(gitTellsNames(told(text))).toBe(true);
});

test.each([
  "git status -v .env",
  "git status -sv .env",
  "git log -p -- .env",
  "git log --oneline -U3 .env",
  "git log -L1,3:.env",
  "git diff .env",
  "git diff --name-only -p .env",
  "git show --stat HEAD:.env",
  "git grep x .env",
  "git cat-file -p HEAD:.env",
])("%s may show what is in a file", (text) => {
  expect(gitTellsNames(told(text))).toBe(false);
});

test.each([
  ["stash show -p", "kept"],
  ["stash show", "kept"],
  ["stash show --stat", undefined],
  ["stash show -p -u", "all"],
  ["stash show -p --include-untracked stash@{1}", "all"],
  ["stash list", undefined],
  ["stash list -p", "kept"],
  ["show stash@{0}", "kept"],
  ["show stash^3", "all"],
  ["show --stat stash@{0}", undefined],
  ["diff stash@{0} HEAD", "kept"],
  ["log -p", undefined],
])("git %s shows of a stash: %s", (text, shown) => {
  expect(stashShown(text.split(" "))).toBe(shown);
});
