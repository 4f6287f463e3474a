import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { guardedPaths } from "../src/protected-paths.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "claw-protected-")));
afterAll(() => rmSync(folder, { recursive: true }));
let count = 0;
/** A tree: an ending slash makes a folder, `a -> b` a link. */
function tree(...paths: readonly string[]): string {
  const root = join(folder, String((count += 1)));
  mkdirSync(root);
  for (const path of paths) {
    const [name = "", target] = path.split(" -> ");
    mkdirSync(dirname(join(root, name)), { recursive: true });
    if (target !== undefined) symlinkSync(target, join(root, name));
    else if (name.endsWith("/")) mkdirSync(join(root, name), { recursive: true });
    else writeFileSync(join(root, name), name.endsWith(".git") ? "gitdir: main/.git/worktrees/x\n" : "text");
  }
  return root;
}
const shown = (root: string, home?: string): readonly string[] => guardedPaths(root, home).map(({ type, path }) => `${type} ${path.slice(root.length + 1)}`);

test("a folder with nothing in it is kept free of what claw and editors would obey", () => {
  expect(shown(tree())).toEqual(
    [".claw", ".claude", ".vscode", ".mcp.json", ".envrc", ".agentsignore", "AGENTS.md", "AGENTS.override.md", "CLAUDE.md", "CLAUDE.local.md"].map(
      (name) => `kept free ${name}`,
    ),
  );
});

test("what is there may not be written, a folder or a file", () => {
  const found = shown(tree(".claw/settings.json", ".npmrc", ".husky/", "AGENTS.md", ".gitmodules"));
  for (const name of [".claw", ".npmrc", ".husky", "AGENTS.md", ".gitmodules"]) expect(found).toContain(`read-only ${name}`);
  expect(found).not.toContain("kept free .claw");
});

test("a repository is held in its place, with its configuration, hooks and attributes", () => {
  const found = shown(tree(".git/config", ".git/hooks/", ".git/info/attributes", ".git/commondir", ".git/HEAD"));
  expect(found).toEqual(
    expect.arrayContaining([
      "pinned .git",
      "pinned .git/info",
      "read-only .git/config",
      "read-only .git/hooks",
      "read-only .git/info/attributes",
      "read-only .git/commondir",
    ]),
  );
  expect(found.filter((one) => one.includes("HEAD"))).toEqual([]);
});

test("hooks and attributes that are not there are kept from being made", () => {
  expect(shown(tree(".git/config", ".git/info/"))).toEqual(expect.arrayContaining(["kept free .git/hooks", "kept free .git/info/attributes"]));
  expect(shown(tree(".git/config"))).not.toContain("kept free .git/info/attributes");
});

test("submodules are repositories, those with a slash in their name too", () => {
  const found = shown(
    tree(".git/config", ".git/modules/part/config", ".git/modules/part/HEAD", ".git/modules/vendor/deep/config", ".git/modules/vendor/deep/HEAD"),
  );
  expect(found).toEqual(
    expect.arrayContaining([
      "read-only .git/modules/part/config",
      "kept free .git/modules/part/hooks",
      "pinned .git/modules/vendor",
      "read-only .git/modules/vendor/deep/config",
    ]),
  );
});

test("a worktree's folder keeps what leads it to its repository", () => {
  const found = shown(tree("main/.git/config", "main/.git/worktrees/x/commondir", "tree/.git -> ../main/.git/worktrees/x"));
  expect(found).toContain("read-only main/.git/worktrees/x/commondir");
  expect(found).not.toContain("kept free main/.git/worktrees/x/hooks");
});

test("a .git that is a file may not be written, and its folder not be moved; where it leads is guarded as far as it is inside", () => {
  const found = shown(tree("main/.git/config", "main/.git/worktrees/x/commondir", "tree/.git"));
  expect(found).toEqual(expect.arrayContaining(["read-only tree/.git", "pinned tree"]));
  expect(shown(tree(".git -> /etc"))).not.toContain(expect.stringContaining("etc"));
});

test("repositories below are found, but not in what a package manager brought", () => {
  const found = shown(tree("a/b/.git/config", "node_modules/c/.git/config"));
  expect(found).toEqual(expect.arrayContaining(["pinned a", "pinned a/b", "pinned a/b/.git", "read-only a/b/.git/config"]));
  expect(found.filter((one) => one.includes("node_modules"))).toEqual([]);
});

test("every folder above is held before what is in it, and all of that before what may not be written", () => {
  const guarded = guardedPaths(tree(".github/workflows/a.yml", "a/b/.git/config", ".git/config"), undefined);
  const last = guarded.findLastIndex(({ type }) => type === "pinned");
  expect(guarded.slice(0, last + 1).every(({ type }) => type === "pinned")).toBe(true);
  const pinned = guarded.slice(0, last + 1).map(({ path }) => path);
  expect(pinned).toEqual([...pinned].sort());
  expect(pinned.map((path) => path.split("/").at(-1))).toContain(".github");
});

test("of a link, what it leads to is guarded where that is inside, and nothing outside", () => {
  const found = shown(tree("docs/agents.md", "CLAUDE.md -> docs/agents.md", ".claw -> /etc", ".mcp.json -> nowhere"));
  expect(found).toEqual(expect.arrayContaining(["read-only docs/agents.md", "pinned docs"]));
  expect(found.filter((one) => /etc|nowhere|\.claw$|\.mcp/.test(one))).toEqual([]);
});

test("where the home folder is the workspace, or in it, the files of shells are guarded, too", () => {
  const root = tree(".bashrc", ".config/", "me/.zshrc");
  expect(shown(root, root)).toEqual(expect.arrayContaining(["read-only .bashrc", "read-only .config"]));
  expect(shown(root, join(root, "me"))).toContain("read-only me/.zshrc");
  expect(shown(root, undefined)).not.toContain("read-only .bashrc");
});

test("names with a space, a newline or no letters at all do not hide a repository", () => {
  expect(shown(tree("a b/.git/config", "c\nd/.git/config", "日本/.git/config")).filter((one) => one.startsWith("read-only"))).toEqual([
    "read-only a b/.git/config",
    "read-only c\nd/.git/config",
    "read-only 日本/.git/config",
  ]);
});

test("what agents obey in a folder below may not be written, and its folder not be moved away", () => {
  const found = shown(tree("packages/web/AGENTS.md", "packages/api/.claude/settings.json", "node_modules/x/AGENTS.md"));
  expect(found).toEqual(expect.arrayContaining(["read-only packages/web/AGENTS.md", "pinned packages/web", "read-only packages/api/.claude"]));
  expect(found.filter((one) => one.includes("node_modules"))).toEqual([]);
});

test("a repository without a folder of files is one, too", () => {
  const found = shown(tree("store/HEAD", "store/objects/", "store/refs/", "store/config"));
  expect(found).toEqual(expect.arrayContaining(["pinned store", "read-only store/config", "kept free store/hooks"]));
});

test("where the home folder is the workspace, what shells start with is kept from being made; what would hide another is not put there", () => {
  const root = tree();
  const found = shown(root, root);
  for (const name of [".bashrc", ".bash_aliases", ".zprofile", ".zlogin", ".inputrc", ".gitconfig", ".ssh", ".config"])
    expect(found).toContain(`kept free ${name}`);
  for (const name of [".bash_profile", ".bash_login", ".vimrc", ".xsession"]) expect(found).not.toContain(`kept free ${name}`);
});
