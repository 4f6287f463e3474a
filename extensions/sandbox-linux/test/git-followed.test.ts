import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { followedByGit } from "../src/git-followed.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "claw-followed-")));
afterAll(() => rmSync(folder, { recursive: true }));
let count = 0;

/** What a repository with this configuration leads to; these files are there. */
function followed(config: string, files: Readonly<Record<string, string>> = {}): readonly string[] {
  const root = join(folder, String((count += 1)));
  for (const [name, text] of Object.entries({ ".git/config": config, ...files })) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return followedByGit(join(root, ".git"), root).map((path) => path.slice(root.length + 1));
}

test.each([
  ["[core]\n\thooksPath = .githooks\n", [".githooks"]],
  ["[CORE] HOOKSPATH = checks/hooks # ours\n", ["checks/hooks"]],
  ['[core]\n\thooksPath = "ho\\\noks"\n', ["hooks"]],
  ["[include]\n\tpath = ../shared.gitconfig\n", ["shared.gitconfig"]],
  ['[includeIf "onbranch:main"]\n\tpath = ../absent\n', ["absent"]],
  ["[core]\n\tattributesFile = attributes\n", ["attributes"]],
])("%j leads git to %j, there or not", (config, paths) => {
  expect(followed(config)).toEqual(paths);
});

test.each([
  "[core]\n\tfsmonitor = ./run",
  '[filter "a"]\n\tclean = sh -c "run %f"',
  "[alias]\n\tdo = !run",
  '[diff "a"]\n\ttextconv = env A=1 run',
  '[core]\n\tpager = "true;run"',
])("%j starts a program of the workspace's", (config) => {
  expect(followed(config, { run: "" })).toEqual(["run"]);
});

test("files that are no programs of git's stay what they are", () => {
  const config =
    "[alias]\n\tst = status\n[blame]\n\tignoreRevsFile = status\n[branch]\n\tsort = status\n[core]\n\thooksPath = .\n[alias]\n\tin = !cd src && make";
  expect(followed(config, { status: "", "src/a": "" })).toEqual([]);
});

test("an include of an include is followed, and one that includes itself ends", () => {
  expect(followed("[include]\n\tpath = ../one", { one: "[include]\n\tpath = one\n[include]\n\tpath = two", two: "[core]\n\thooksPath = hooks" })).toEqual([
    "one",
    "two",
    "hooks",
  ]);
});

test("what lies outside, or in a repository itself, is none of the workspace's", () => {
  expect(followed("[include]\n\tpath = ../../elsewhere\n[core]\n\thooksPath = .git/own\n[include]\n\tpath = more")).toEqual([]);
  const root = join(folder, "linked");
  mkdirSync(join(root, ".git"), { recursive: true });
  symlinkSync("/usr", join(root, "hooks"));
  writeFileSync(join(root, ".git/config"), "[core]\n\thooksPath = hooks");
  expect(followedByGit(join(root, ".git"), root)).toEqual([]);
});
