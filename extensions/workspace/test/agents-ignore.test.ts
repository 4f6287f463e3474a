import { ClawError, type CallScope } from "@claw/kernel";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, rename, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { createWorkspace } from "../src/workspace.ts";
import { folderOf, listed, outcomeOf } from "./setting.ts";

const files = {
  ".agentsignore": "*.key\n!public.key\n/secrets/\ndocs/*.draft\n",
  "a.key": "1",
  "public.key": "2",
  "deep/er/b.key": "3",
  "secrets/c.txt": "4",
  "secrets/public.key": "5",
  "docs/d.draft": "6",
  "docs/d.md": "7",
  "deep/secrets/e.txt": "8",
};
const kept = ["a.key", "deep/er/b.key", "secrets/c.txt", "secrets/public.key", "docs/d.draft"];
const free = ["public.key", "docs/d.md", "deep/secrets/e.txt", ".agentsignore"];

describe("what .agentsignore names", () => {
  test("is neither read nor written, and a listing leaves it out, asked for ignored files or not", async () => {
    await using at = await folderOf(files);
    const workspace = createWorkspace(undefined);
    for (const path of kept) {
      expect(await outcomeOf(workspace.read(path, at.call)), path).toMatch(/^PATH_OUTSIDE: .* is kept from agents: an \.agentsignore/);
      expect(await outcomeOf(workspace.write(path, Buffer.from("x"), at.call)), path).toMatch(/^PATH_OUTSIDE: .*agentsignore/);
      expect(await workspace.locate(path, at.call)).toMatchObject({ inside: true, ignored: true });
    }
    for (const path of free) {
      expect(await outcomeOf(workspace.read(path, at.call))).toBe("done");
      expect((await workspace.locate(path, at.call)).ignored).toBeUndefined();
    }
    for (const ignored of [true, false]) expect(await listed(workspace, ".", at.call, { ignored })).toEqual(free.toSorted());
    expect(await outcomeOf(listed(workspace, "secrets", at.call))).toMatch(/^PATH_OUTSIDE/);
    expect(await outcomeOf(workspace.write("new.key", Buffer.from("x"), at.call))).toMatch(/^PATH_OUTSIDE/);
    expect(await outcomeOf(workspace.write("secrets/new/x.txt", Buffer.from("x"), at.call))).toMatch(/^PATH_OUTSIDE/);
  });

  test("is opened where the judgement of the call allowed that very path", async () => {
    await using at = await folderOf(files);
    const workspace = createWorkspace(undefined);
    const call = { ...at.call, allowed: [join(at.root, "a.key"), join(at.root, "secrets")] };
    expect(await workspace.locate("a.key", call)).toMatchObject({ ignored: true, allowed: true });
    expect(await workspace.readText("a.key", call)).toBe("1");
    await workspace.write("a.key", Buffer.from("new"), call);
    expect(await workspace.readText("a.key", call)).toBe("new");
    expect(await listed(workspace, "secrets", call)).toEqual(["secrets/c.txt", "secrets/public.key"]);
    for (const path of ["deep/er/b.key", "secrets/c.txt"]) expect(await outcomeOf(workspace.read(path, call))).toMatch(/^PATH_OUTSIDE/);
  });

  test("is not reached through a link that was allowed by its own name", async () => {
    await using at = await folderOf(files);
    const workspace = createWorkspace(undefined);
    await symlink("a.key", join(at.root, "harmless.txt"));
    await symlink("secrets", join(at.root, "folder"));
    const call = { ...at.call, allowed: [join(at.root, "harmless.txt"), join(at.root, "folder/c.txt"), join(at.root, "folder")] };
    for (const path of ["harmless.txt", "folder/c.txt"])
      expect(await outcomeOf(workspace.read(path, call)), path).toMatch(/^PATH_OUTSIDE: .* fix: .*name .* itself/);
    expect(await outcomeOf(listed(workspace, "folder", call))).toMatch(/^PATH_OUTSIDE/);
    expect(await listed(workspace, ".", call)).toEqual(free.toSorted());
    expect(await workspace.readText("harmless.txt", { ...call, allowed: [join(at.root, "a.key")] })).toBe("1");
  });

  test("holds for a link's name, too, wherever it leads", async () => {
    await using at = await folderOf({ ".agentsignore": "*.key\n", "plain.txt": "1" });
    const workspace = createWorkspace(undefined);
    await symlink("plain.txt", join(at.root, "link.key"));
    expect(await outcomeOf(workspace.read("link.key", at.call))).toMatch(/^PATH_OUTSIDE/);
    expect(await listed(workspace, ".", at.call)).toEqual([".agentsignore", "plain.txt"]);
    expect(await workspace.ignored(at.call)).toEqual([join(at.root, "plain.txt")]);
  });

  test("is named by every folder of the session, and through a folder that is itself a link", async () => {
    await using at = await folderOf({ "one/.agentsignore": "x\n", "one/x": "", "one/y": "", "two/.agentsignore": "y\n", "two/x": "", "two/y": "" });
    const workspace = createWorkspace(undefined);
    await symlink("two", join(at.root, "alias"));
    const call = { ...at.call, cwd: at.root, roots: [join(at.root, "one"), join(at.root, "alias")] };
    const seen = await Promise.all(["one/x", "one/y", "two/x", "two/y", "alias/x", "alias/y"].map((path) => outcomeOf(workspace.read(path, call))));
    expect(seen.map((outcome) => outcome.split(":")[0])).toEqual(["PATH_OUTSIDE", "done", "done", "PATH_OUTSIDE", "done", "PATH_OUTSIDE"]);
    expect(await workspace.ignored(call)).toEqual([join(at.root, "one/x"), join(at.root, "two/y")]);
    expect(await workspace.readText("alias/y", { ...call, allowed: [join(at.root, "alias/y")] })).toBe("");
  });

  test("is what the file says now, not what it said before", async () => {
    await using at = await folderOf({ ".agentsignore": "a\n", a: "", b: "" });
    const workspace = createWorkspace(undefined);
    const [path, then] = [join(at.root, ".agentsignore"), new Date(0)];
    await utimes(path, then, then);
    const open = async (): Promise<readonly boolean[]> =>
      Promise.all(["a", "b"].map(async (name) => (await outcomeOf(workspace.read(name, at.call))) === "done"));
    expect(await open()).toEqual([false, true]);
    // Same size, same time of change as a program can set it.
    await writeFile(path, "b\n");
    await utimes(path, then, then);
    expect(await open()).toEqual([true, false]);
    await rm(path);
    expect(await open()).toEqual([true, true]);
  });
});

describe("an .agentsignore that cannot be kept", () => {
  const spoilings: Readonly<Record<string, (path: string, root: string) => Promise<unknown>>> = {
    "too big": (path) => writeFile(path, `${"#".repeat(99)}\n`.repeat(2700)),
    "not UTF-8": (path) => writeFile(path, Buffer.from([0xff, 0xfe, 0x61])),
    "a folder": (path) => mkdir(path),
    "a FIFO": async (path) => spawnSync("mkfifo", [path]),
    "a link to a file outside": async (path, root) => (await writeFile(join(root, "../rules"), "none\n"), symlink("../rules", path)),
    "a link to nothing": (path) => symlink("nowhere", path),
    "a link to itself": (path) => symlink(".agentsignore", path),
    "a link to a device": (path) => symlink("/dev/null", path),
  };

  test.each(Object.entries(spoilings))("closes its folder when it is %s, and says why", async (_, spoil) => {
    await using at = await folderOf({ "a.txt": "", "sub/b.txt": "" });
    await using other = await folderOf({ "c.txt": "" });
    const workspace = createWorkspace(undefined);
    await spoil(join(at.root, ".agentsignore"), at.root);
    const call: CallScope = { ...at.call, roots: [at.root, other.root], allowed: [join(at.root, "a.txt")] };
    const sentence = /^PATH_UNREADABLE: .*\.agentsignore .*, so nothing in .* is opened fix: make it a text file/;
    expect(await outcomeOf(workspace.read("a.txt", call))).toMatch(sentence);
    expect(await outcomeOf(workspace.write("sub/new.txt", Buffer.from("x"), call))).toMatch(sentence);
    expect(await outcomeOf(listed(workspace, ".", call))).toMatch(sentence);
    expect(await outcomeOf(workspace.ignored(call))).toMatch(sentence);
    expect(await workspace.locate("a.txt", call)).toMatchObject({ inside: true, ignored: true });
    expect(await outcomeOf(workspace.read(join(other.root, "c.txt"), call))).toBe("done");
    // Seen from the folder around, it is left out and the rest is listed.
    expect(await listed(workspace, "..", { ...call, roots: [join(at.root, ".."), at.root] })).toEqual(
      expect.not.arrayContaining([expect.stringMatching(/proj\/(a|sub)/)]),
    );
  });

  test("closes it when this user may not read it", async ({ skip }) => {
    if (process.getuid?.() === 0) skip("root reads everything");
    await using at = await folderOf({ ".agentsignore": "x\n", "a.txt": "" });
    await chmod(join(at.root, ".agentsignore"), 0);
    expect(await outcomeOf(createWorkspace(undefined).read("a.txt", at.call))).toMatch(/^PATH_UNREADABLE/);
  });

  test.each([
    ["is empty", (path: string) => writeFile(path, "\n  \n# nothing\n")],
    ["is the file with nothing in it, put there by a sandbox", async (path: string) => spawnSync("mknod", [path, "c", "1", "3"])],
  ])("forbids nothing when it %s", async (_, make) => {
    await using at = await folderOf({ "a.txt": "" });
    await make(join(at.root, ".agentsignore"));
    const workspace = createWorkspace(undefined);
    expect(await outcomeOf(workspace.read("a.txt", at.call))).toBe("done");
    expect(await workspace.ignored(at.call)).toEqual([]);
  });

  test("that comes and goes while it is looked at is there or is not, and never a failure", async () => {
    await using at = await folderOf({ "a.txt": "", "b.txt": "" });
    const path = join(at.root, ".agentsignore");
    const script = `const { writeFileSync, unlinkSync } = require("node:fs"); const rest = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1); console.log("on"); for (;;) { rest(); writeFileSync(${JSON.stringify(path)}, "a.txt\\n"); rest(); unlinkSync(${JSON.stringify(path)}); }`;
    const other = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
    await once(other.stdout, "data");
    const workspace = createWorkspace(undefined);
    const seen = new Set<string>();
    for (let round = 0; round < 500; round += 1) {
      expect(await outcomeOf(workspace.read("b.txt", at.call))).toBe("done");
      seen.add((await outcomeOf(workspace.read("a.txt", at.call))).split(" ")[0] ?? "");
    }
    const ended = once(other, "exit");
    other.kill("SIGKILL");
    await ended;
    expect([...seen].filter((outcome) => outcome !== "done" && outcome !== "PATH_OUTSIDE:")).toEqual([]);
  });

  test("is none when it is a link to a file of the session", async () => {
    await using at = await folderOf({ "rules/agents": "a.txt\n", "a.txt": "", "b.txt": "" });
    await symlink("rules/agents", join(at.root, ".agentsignore"));
    const workspace = createWorkspace(undefined);
    expect(await outcomeOf(workspace.read("a.txt", at.call))).toMatch(/^PATH_OUTSIDE/);
    expect(await outcomeOf(workspace.read("b.txt", at.call))).toBe("done");
  });
});

describe("the paths to keep out of sight", () => {
  test("are the files and whole folders that are there", async () => {
    await using at = await folderOf(files);
    const workspace = createWorkspace(undefined);
    expect(await workspace.ignored(at.call)).toEqual(["a.key", "deep/er/b.key", "docs/d.draft", "secrets"].map((path) => join(at.root, path)));
    await rename(join(at.root, "docs/d.md"), join(at.root, "docs/late.key"));
    expect(await workspace.ignored(at.call)).toContain(join(at.root, "docs/late.key"));
  });

  test("are those of now, also where nothing but a deep folder changed, a link leads elsewhere or the rules are others", async () => {
    await using at = await folderOf({ ".agentsignore": "*.key\nlink\n", "deep/er/a.txt": "", "deep/er/b.key": "", "one.txt": "", "two.txt": "" });
    const workspace = createWorkspace(undefined);
    const link = join(at.root, "link");
    await symlink("one.txt", link);
    // Long ago, as far as their times tell: nothing of it is read a second time without a reason.
    await delay(2600);
    const found = async (): Promise<readonly string[]> => (await workspace.ignored(at.call)).map((path) => relative(at.root, path));
    expect(await found()).toEqual(["deep/er/b.key", "one.txt"]);
    expect(await found()).toEqual(["deep/er/b.key", "one.txt"]);
    await rename(join(at.root, "deep/er/a.txt"), join(at.root, "deep/er/a.key"));
    expect(await found()).toEqual(["deep/er/a.key", "deep/er/b.key", "one.txt"]);
    await rename(join(at.root, "deep"), join(at.root, "deeper"));
    await rm(link);
    await symlink("two.txt", link);
    expect(await found()).toEqual(["deeper/er/a.key", "deeper/er/b.key", "two.txt"]);
    await writeFile(join(at.root, ".agentsignore"), "*.txt\n");
    expect(await found()).toEqual(["one.txt", "two.txt"]);
  });

  test("are none without the file", async () => {
    await using at = await folderOf({ "a.key": "" });
    expect(await createWorkspace(undefined).ignored(at.call)).toEqual([]);
  });

  test("of links are what they lead to, and never a whole folder of the session or anything outside", async () => {
    await using at = await folderOf({ ".agentsignore": "l*\n", "sub/a": "" });
    for (const [name, target] of Object.entries({ l1: "sub/a", l2: "/etc/hosts", l3: ".", l4: "..", l5: "nothing", l6: "l6" }))
      await symlink(target, join(at.root, name));
    expect(await createWorkspace(undefined).ignored(at.call)).toEqual([join(at.root, "sub/a")]);
  });

  test("are refused as a whole when they are more than can be kept", async () => {
    await using at = await folderOf(
      Object.fromEntries([[".agentsignore", "*.key\n"], ...Array.from({ length: 501 }, (_, index) => [`d${index % 9}/${index}.key`, ""])]),
    );
    const workspace = createWorkspace(undefined);
    const error: unknown = await workspace.ignored(at.call).catch((thrown: unknown) => thrown);
    expect(ClawError.is(error, "PATH_TOO_LARGE") && [error.message, error.fix]).toEqual([
      ".agentsignore cannot be kept: more than 500 files are named by it one by one",
      "name whole folders in .agentsignore, such as secrets/ or node_modules/",
    ]);
    await rm(join(at.root, "d0"), { recursive: true });
    expect((await workspace.ignored(at.call)).length).toBeLessThan(500);
  });
});
