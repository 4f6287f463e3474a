import fc from "fast-check";
import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { createIgnoreRules } from "../src/ignore-rules.ts";
import { createWorkspace } from "../src/workspace.ts";
import { folderOf } from "./setting.ts";

test("rules of a deeper folder win, hold only there, and may bring back what is ignored above", async () => {
  const rules = (await createIgnoreRules()).with("", "*.log\n/top\nout/\n").with("a b[1]", "# a comment\n!keep.log\n/own\nsub/deep\n\\#odd\n!out/\n");
  const paths = [
    "x.log",
    "a b[1]/x.log",
    "a b[1]/keep.log",
    "keep.log",
    "top",
    "a b[1]/top",
    "a b[1]/own",
    "own",
    "a b[1]/c/own",
    "a b[1]/sub/deep",
    "a b[1]/c/sub/deep",
    "a b[1]/#odd",
    "out/",
    "a b[1]/out/",
    "a b1/own",
  ];
  expect(paths.filter((path) => rules.ignores(path))).toEqual([
    "x.log",
    "a b[1]/x.log",
    "keep.log",
    "top",
    "a b[1]/own",
    "a b[1]/sub/deep",
    "a b[1]/#odd",
    "out/",
  ]);
});

test("names are compared with their case on a disk that knows it", async () => {
  expect((await createIgnoreRules()).with("", "Build/\n").ignores("build/")).toBe(process.platform === "darwin" || process.platform === "win32");
});

test("for any rules in any folders, the list is that of git", async () => {
  const names = ["a", "b", "c.log", "d.txt"];
  const pattern = fc
    .record({
      sign: fc.constantFrom("", "", "!"),
      start: fc.constantFrom("", "", "/", "**/"),
      parts: fc.array(fc.constantFrom("a", "b", "*", "c.log", "*.log", "d.*", "[ab]", "?"), { minLength: 1, maxLength: 2 }),
      end: fc.constantFrom("", "", "/"),
    })
    .map(({ sign, start, parts, end }) => `${sign}${start}${parts.join("/")}${end}`);
  const rules = fc.array(pattern, { maxLength: 4 }).map((lines) => lines.join("\n"));
  const folders = ["", "a", "b", "a/a", "a/b", "b/a"];
  await using at = await folderOf();
  const workspace = createWorkspace(undefined);
  let round = 0;
  let ignored = 0;

  await fc.assert(
    fc.asyncProperty(fc.tuple(...folders.map(() => rules)), rules, async (texts, exclude) => {
      round += 1;
      const root = join(at.root, `r${round}`);
      await mkdir(root);
      git(root, "init", "--quiet");
      await writeFile(join(root, ".git/info/exclude"), exclude);
      for (const [index, folder] of folders.entries()) {
        await mkdir(join(root, folder), { recursive: true });
        await writeFile(join(root, folder, ".gitignore"), texts[index] ?? "");
        for (const name of names.slice(2)) await writeFile(join(root, folder, name), "");
      }
      const found: string[] = [];
      for await (const { path } of workspace.list(".", { ...at.call, cwd: root, roots: [root] })) found.push(path.slice(root.length + 1));
      expect(found.toSorted()).toEqual(gitFiles(root));
      ignored += folders.length * 3 - found.length;
    }),
    { numRuns: 60 },
  );
  expect(ignored).toBeGreaterThan(50);
});

/** Git without a configuration of its own. */
const git = (cwd: string, ...args: readonly string[]): string =>
  execFileSync("git", args, { cwd, encoding: "utf8", env: { PATH: process.env["PATH"], HOME: cwd, GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null" } });

const gitFiles = (root: string): readonly string[] =>
  git(root, "ls-files", "--others", "--exclude-standard", "-z")
    .split("\0")
    .filter((path) => path !== "")
    .toSorted();

test("a file of rules that is a link, huge or no text is no file of rules", async () => {
  await using at = await folderOf({ "a.txt": "", rules: "*\n", "big/b.txt": "", "big/.gitignore": `*\n#${"x".repeat(1024 * 1024)}`, "odd/c.txt": "" });
  await writeFile(join(at.root, "odd/.gitignore"), Buffer.from([0, 255, 254, 10, 42, 0]));
  await mkdir(dirname(join(at.root, "linked/x")), { recursive: true });
  const found: string[] = [];
  for await (const { path } of createWorkspace(undefined).list(".", at.call)) found.push(path.slice(at.root.length + 1));
  expect(found).toEqual(["a.txt", "rules", "big/.gitignore", "big/b.txt", "odd/.gitignore", "odd/c.txt"]);
});
