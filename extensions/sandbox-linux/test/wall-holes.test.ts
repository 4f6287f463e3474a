import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { SandboxPolicy } from "@claw/kernel";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type ContainedRun, runContained, sandboxAt } from "./contained-run.ts";
import { openWorld, type World } from "./world.ts";

let world: World;
let root: string;

beforeEach(() => {
  world = openWorld({ uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 });
  root = world.make(join(world.home, "work/"));
});
afterEach(() => world[Symbol.dispose]());

const policyFor = (given: Partial<SandboxPolicy>): SandboxPolicy => ({
  cwd: root,
  roots: [root],
  hidden: [],
  environment: { PATH: "/usr/bin:/bin", HOME: world.home },
  contained: { type: "contained", hosts: [], writable: [], readable: [], required: true },
  ...given,
});
const run = (text: string, given: Partial<SandboxPolicy> = {}): Promise<ContainedRun> =>
  runContained(sandboxAt(world.home), ["/bin/bash", "--norc", "--noprofile", "-c", text], policyFor(given));
const repository = (folder: string): void => {
  for (const name of ["config", "HEAD"]) world.make(join(folder, ".git", name), "text");
  world.make(join(folder, ".git/hooks/"));
};

test("a hidden file stays hidden below a folder that is held in its place", async () => {
  repository(join(root, "vendor/part"));
  const secret = world.make(join(root, "vendor/secret.env"), "secret of a file");
  expect((await run("cat vendor/secret.env; echo over", { hidden: [secret] })).output).not.toContain("secret of a file");
});

test("where the home folder is the workspace, keys and claw's own folders below a guarded one are out of sight", async () => {
  world.make(join(world.home, ".config/claw/credentials.json"), "secret of claw");
  world.make(join(world.home, ".config/gh/hosts.yml"), "secret of a forge");
  world.make(join(world.home, ".config/other"), "to be read");
  const { output } = await run("cat .config/claw/credentials.json .config/gh/hosts.yml .config/other", { cwd: world.home, roots: [world.home] });
  expect(output).toContain("to be read");
  expect(output).not.toContain("secret of");
});

test("a session's folder inside a guarded folder of another one is written, and guarded itself", async () => {
  const inner = world.make(join(root, ".claude/worktrees/a/"));
  repository(inner);
  const { code, output } = await run(`echo in > in; echo x > ../beside; echo x > .git/hooks/pre-commit; echo x > .mcp.json; ls`, {
    cwd: inner,
    roots: [root, inner],
  });
  expect({ code, last: output.trim().split("\n").at(-1) }).toEqual({ code: 0, last: "in" });
  expect(readFileSync(join(inner, "in"), "utf8")).toBe("in\n");
  expect([join(inner, "../beside"), join(inner, ".git/hooks/pre-commit"), join(inner, ".mcp.json")].filter((path) => existsSync(path))).toEqual([]);
});

test("a link that claw obeys leads where it led, and what took its place is kept beside it", async () => {
  world.make(join(root, "docs/agents.md"), "the person's");
  symlinkSync("docs/agents.md", join(root, "AGENTS.md"));
  symlinkSync("../elsewhere", join(root, ".claw"));
  await run("rm AGENTS.md .claw; echo planted > AGENTS.md; mkdir .claw; echo planted > .claw/settings.json");
  expect([readlinkSync(join(root, "AGENTS.md")), readlinkSync(join(root, ".claw"))]).toEqual(["docs/agents.md", "../elsewhere"]);
  expect(readFileSync(join(root, "AGENTS.md"), "utf8")).toBe("the person's");
  expect(readdirSync(root).filter((name) => name.startsWith("claw-moved-")).length).toBe(2);
});

test("a link that was left alone is left alone", async () => {
  world.make(join(root, "docs/agents.md"), "the person's");
  symlinkSync("docs/agents.md", join(root, "AGENTS.md"));
  const before = lstatSync(join(root, "AGENTS.md")).ino;
  await run("cat AGENTS.md");
  expect(lstatSync(join(root, "AGENTS.md")).ino).toBe(before);
  expect(readdirSync(root).sort()).toEqual(["AGENTS.md", "docs"]);
});

test("a repository is found behind a folder of many folders, and a submodule however deep it lies", async () => {
  for (let index = 0; index < 450; index += 1) mkdirSync(join(root, `a/${index}`), { recursive: true });
  const deep = "a/1/2/3/4/5/part";
  for (const folder of ["z", deep]) repository(join(root, folder));
  writeFileSync(join(root, ".gitmodules"), `[submodule "part"]\n\tpath = ${deep}\n\turl = ../part\n`);
  for (const folder of ["z", deep]) await run(`echo planted > ${folder}/.git/hooks/pre-commit; echo planted > ${folder}/.git/config`);
  expect(["z", deep].filter((folder) => existsSync(join(root, folder, ".git/hooks/pre-commit")))).toEqual([]);
  expect(readFileSync(join(root, deep, ".git/config"), "utf8")).toBe("text");
});

test("a list of submodules leads nowhere outside", async () => {
  const outside = join(world.outside, "other");
  repository(outside);
  writeFileSync(join(root, ".gitmodules"), `[submodule "a"]\n\tpath = ${"../".repeat(20)}${dirname(outside)}/other\n[submodule "b"]\n\tpath = /etc\n`);
  expect((await run("echo fine")).output).toBe("fine\n");
});

test.each(["/usr", "/etc", "/var", "/proc", "/proc/self", "/sys", "/dev", "/run", "/home"])("%s cannot be a session's folder", async (folder) => {
  // Only prepared: nothing may be started there.
  const prepared = sandboxAt(world.home).prepare(["/bin/true"], policyFor({ cwd: world.outside, roots: [folder] }), new AbortController().signal);
  await expect(prepared).rejects.toMatchObject({ code: "SANDBOX_FAILED", fix: expect.stringContaining("project") });
});

test("more hidden files than a wall can take are refused, not passed over", async () => {
  const hidden = Array.from({ length: 3200 }, (_, index) => world.make(join(root, `many/${index}`), "secret"));
  await expect(run("cat many/0", { hidden })).rejects.toMatchObject({ code: "SANDBOX_FAILED", message: expect.stringContaining("too many") });
});
