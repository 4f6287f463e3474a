import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { SandboxDenial, SandboxPolicy } from "@claw/kernel";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ofHome, ofWorkspace } from "../src/obeyed-names.ts";
import { runContained, sandboxAt } from "./contained-run.ts";
import { openWorld, type World } from "./world.ts";

let world: World;
let root: string;
beforeEach(() => {
  world = openWorld({ uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 });
  root = world.make(join(world.home, "work/"));
});
afterEach(() => world[Symbol.dispose]());

const policyFor = (given: Partial<SandboxPolicy> = {}): SandboxPolicy => ({
  cwd: root,
  roots: [root],
  hidden: [],
  environment: { PATH: "/usr/bin:/bin", HOME: world.home },
  contained: { type: "contained", hosts: [], writable: [], readable: [], required: true },
  ...given,
});
const bash = (text: string): readonly string[] => ["/bin/bash", "--norc", "--noprofile", "-c", text];

/** What is told of a program once it has ended. */
async function run(text: string, given: Partial<SandboxPolicy> = {}): Promise<{ readonly output: string; readonly denials: readonly SandboxDenial[] }> {
  const sandbox = sandboxAt(world.home);
  let denials: readonly SandboxDenial[] = [];
  const watching: typeof sandbox = {
    ...sandbox,
    prepare: async (command, policy, signal) => {
      const launch = await sandbox.prepare(command, policy, signal);
      if (launch === undefined) throw new Error("there is no wall");
      const takeDown = (): Promise<void> => {
        denials = launch.denials();
        return Promise.resolve(launch[Symbol.asyncDispose]());
      };
      return { ...launch, [Symbol.asyncDispose]: takeDown };
    },
  };
  const { output } = await runContained(watching, bash(text), policyFor(given));
  return { output, denials };
}
const plantAll = (names: readonly string[]): string =>
  names
    .map(
      (name) =>
        `mkdir -p "$(dirname '${name}')" 2>/dev/null; echo planted > '${name}' 2>/dev/null || { mkdir -p '${name}' && echo planted > '${name}/x'; } 2>/dev/null`,
    )
    .join("\n");
const aside = (folder: string): readonly string[] => readdirSync(folder).filter((name) => name.startsWith("claw-moved-"));
const git = (...args: readonly string[]): string => execFileSync("git", args, { cwd: root, encoding: "utf8" });

describe("what others obey and was not there", () => {
  test("is not there after a program that made each of them, and leaves nothing in its place", async () => {
    const names = [...ofWorkspace.map(({ name }) => name), "some.code-workspace"];
    const { denials } = await run(plantAll(names));
    expect(names.filter((name) => existsSync(join(root, name)))).toEqual([]);
    const made = ofWorkspace.filter(({ absent }) => absent === "put aside").map(({ name }) => join(root, name));
    expect(denials.map(({ what }) => what).sort()).toEqual([...made, join(root, "some.code-workspace")].sort());
    const around = new Set(names.flatMap((name) => (name.includes("/") ? [name.split("/")[0]] : [])));
    expect(readdirSync(root).filter((name) => !around.has(name) && !name.startsWith("claw-moved-"))).toEqual([]);
  });

  test("is kept beside its place, and its new name is told", async () => {
    const { denials } = await run("echo 'script-shell=./x' > .npmrc");
    const [name = ""] = aside(root);
    expect(readFileSync(join(root, name), "utf8")).toBe("script-shell=./x\n");
    expect(denials).toEqual([{ type: "path", what: join(root, ".npmrc"), why: expect.stringContaining(name) as unknown }]);
  });

  test("stays where the person allowed that it is written, and where it was there before", async () => {
    writeFileSync(join(root, ".husky"), "");
    mkdirSync(join(root, "packages/web"), { recursive: true });
    writeFileSync(join(root, "packages/web/AGENTS.md"), "the person's");
    const asked = join(root, ".npmrc");
    const { denials } = await run("echo x > .npmrc; echo y > file", { contained: { ...policyFor().contained, writable: [asked] } });
    expect([readFileSync(asked, "utf8"), existsSync(join(root, ".husky")), existsSync(join(root, "packages/web/AGENTS.md")), denials]).toEqual([
      "x\n",
      true,
      true,
      [],
    ]);
  });

  test("is taken back although its folder was closed", async () => {
    await run("echo x > .npmrc; mkdir deep; echo x > deep/CLAUDE.md; chmod 500 deep .");
    chmodSync(root, 0o700);
    expect([existsSync(join(root, ".npmrc")), existsSync(join(root, "deep/CLAUDE.md"))]).toEqual([false, false]);
  });

  test("is not made behind a link that leads nowhere yet", async () => {
    symlinkSync("docs/agents.md", join(root, "AGENTS.md"));
    await run("mkdir docs; echo planted > docs/agents.md");
    expect([existsSync(join(root, "docs/agents.md")), aside(join(root, "docs")).length]).toEqual([false, 1]);
  });
});

describe("in folders below", () => {
  test("instructions and settings of agents are taken back; those of a repository of its own are that one's", async () => {
    await run("mkdir -p packages/web sub; for f in packages/web packages sub; do echo x > $f/AGENTS.md; echo x > $f/.mcp.json; done; git init -q sub");
    expect(["packages/web/AGENTS.md", "packages/.mcp.json", "sub/AGENTS.md"].map((path) => existsSync(join(root, path)))).toEqual([false, false, true]);
  });

  test.each([
    ["a configuration that names a program", "git init -q sub; git -C sub config core.fsmonitor ./x", "sub/.git/config"],
    ["one that reads another", "git init -q sub; printf '[include]\\n\\tpath = ../../x\\n' >> sub/.git/config", "sub/.git/config"],
    ["one that is a link", "git init -q sub; mv sub/.git/config sub/c; ln -s ../c sub/.git/config", "sub/.git/config"],
    ["a hook", "git init -q sub; echo x > sub/.git/hooks/post-checkout", "sub/.git/hooks"],
    ["a configuration of its worktree", "git init -q sub; echo x > sub/.git/config.worktree", "sub/.git/config.worktree"],
    ["what leads it to another", "git init -q sub; echo ../../x > sub/.git/commondir", "sub/.git/commondir"],
    [
      "a .git that leads to a repository under another name",
      "mkdir sub; git init -q --bare x; git -C x config core.fsmonitor ./y; echo 'gitdir: ../x' > sub/.git",
      "x/config",
    ],
    ["a .git that leads outside", "mkdir sub; echo 'gitdir: /var/x' > sub/.git", "sub/.git"],
    ["a repository without a folder of files", "git init -q --bare store; git -C store config core.fsmonitor ./x", "store/config"],
    ["the top folder as one", "git init -q --bare .; git config core.fsmonitor ./x", "config"],
    ["a repository at the top", "git init -q .; git config core.sshCommand ./x", ".git/config"],
    ["one that was moved there", "git init -q a; git -C a config core.pager ./x; mkdir sub; mv a/.git sub/.git", "sub/.git/config"],
  ])("a new repository is disarmed: %s", async (_what, text, part) => {
    const { denials, output } = await run(text);
    expect(existsSync(join(root, part))).toBe(false);
    expect(
      denials.map(({ what }) => what),
      `it said ${JSON.stringify(output)}`,
    ).toContain(join(root, part));
  });

  test("a new repository that names no program is left as it is", async () => {
    const text =
      "git init -q sub && cd sub && git -c user.name=a -c user.email=a@b commit -q --allow-empty -m x && cd .. && git clone -q sub copy && git -C sub worktree add -q ../tree";
    const { denials, output } = await run(text);
    expect([output, denials, ["sub/.git/config", "copy/.git/hooks", "tree/.git"].map((path) => existsSync(join(root, path)))]).toEqual([
      "",
      [],
      [true, true, true],
    ]);
  });

  test("one that was there and was not looked at is not taken for new", async () => {
    for (let index = 0; index < 450; index += 1) mkdirSync(join(root, `a${index}`));
    const late = readdirSync(root)
      .filter((name) => name.startsWith("a"))
      .at(-1);
    const hook = join(root, late ?? "", ".git/hooks/post-checkout");
    mkdirSync(dirname(hook), { recursive: true });
    writeFileSync(hook, "the person's");
    await new Promise((resolve) => setTimeout(resolve, 80));
    await run("for n in a1*; do rmdir $n 2>/dev/null; done; true");
    expect(readFileSync(hook, "utf8")).toBe("the person's");
  });
});

test("git inside neither sees nor adds what stands in for names that are not there, and goes by what the person ignores", async () => {
  git("init", "-q");
  writeFileSync(join(root, "a.txt"), "a");
  writeFileSync(join(root, "b.own"), "b");
  world.make(join(world.home, ".config/git/ignore"), "*.own\n");
  const { output } = await run("git add -A && git -c user.name=a -c user.email=a@b commit -q -m x && git ls-files && git status --short");
  expect(output).toBe("a.txt\n");
});

test("where the home folder is the workspace, nothing that shells and programs start with is made, and nothing is left", async () => {
  const names = ofHome.map(({ name }) => name);
  const before = readdirSync(world.home).sort();
  await run(plantAll(names), { cwd: world.home, roots: [world.home] });
  expect(names.filter((name) => existsSync(join(world.home, name)))).toEqual([]);
  const left = readdirSync(world.home).filter((name) => !name.startsWith("claw-moved-") && ![".local", ".cargo", ".m2", ".gradle"].includes(name));
  expect(left.sort()).toEqual(before);
});

test("a plain person's own right to change a folder is taken back for as long as that needs", () => {
  const plain = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  using theirs = openWorld({ uid: plain.uid ?? process.getuid?.() ?? 0, gid: plain.gid ?? process.getgid?.() ?? 0 });
  const folder = theirs.make(join(theirs.home, "closed/"));
  theirs.make(join(folder, ".npmrc"), "planted");
  chmodSync(folder, 0o500);
  const script = `import { putAside } from ${JSON.stringify(new URL("../src/put-aside.ts", import.meta.url).href)}; putAside(${JSON.stringify(join(folder, ".npmrc"))}, "mark");`;
  execFileSync(process.execPath, ["--input-type=module", "-e", script], { ...plain, cwd: "/" });
  expect([readdirSync(folder), statSync(folder).mode & 0o777]).toEqual([["claw-moved-mark-npmrc"], 0o500]);
});
