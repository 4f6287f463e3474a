import { existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { SandboxPolicy } from "@claw/kernel";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runContained, sandboxAt } from "./contained-run.ts";
import { openWorld, type World } from "./world.ts";

let world: World;
let work = "";
beforeEach(() => {
  world = openWorld({ uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 });
  work = world.make(join(world.home, "work/"));
});
afterEach(() => world[Symbol.dispose]());
const { signal } = new AbortController();
const policy = (contained: Partial<SandboxPolicy["contained"]> = {}, root = work): SandboxPolicy => ({
  cwd: root,
  roots: [root],
  hidden: [],
  contained: { type: "contained", hosts: [], writable: [], readable: [], required: true, ...contained },
  environment: { PATH: "/usr/bin:/bin" },
});
const shell = (text: string): readonly string[] => ["/bin/bash", "--norc", "--noprofile", "-c", text];
const failure = async (running: Promise<unknown>): Promise<unknown> =>
  running.then(
    () => "it ran",
    (error: unknown) => error,
  );

describe("a file outside that is not there yet", () => {
  test("is made in its folder, which is opened; nothing is made before", async () => {
    const sandbox = sandboxAt(world.home);
    const path = join(world.outside, "new");
    await using launch = await sandbox.prepare(shell("true"), policy({ writable: [path] }), signal);
    expect([existsSync(path), launch?.command.join(" ").includes(`--bind ${world.outside} ${world.outside}`)]).toEqual([false, true]);
    expect(await runContained(sandbox, shell(`echo text > '${path}'`), policy({ writable: [path] }))).toMatchObject({ code: 0 });
    expect(readFileSync(path, "utf8")).toBe("text\n");
  });

  test.each(["/claw-new", "/etc/claw-new", "/tmp/claw-new", "/etc/../claw-new", "HOME/new", "HOME/.ssh/new", "HOME/.new/deep/file", "HOME/../new"])(
    "%s is refused: its folder holds more",
    async (path) => {
      world.make(join(world.home, ".ssh/id"), "secret");
      const refused = await failure(sandboxAt(world.home).prepare(shell("true"), policy({ writable: [path.replace("HOME", world.home)] }), signal));
      expect(refused).toMatchObject({ code: "SANDBOX_FAILED", fix: expect.stringContaining("needs: outside") });
    },
  );
});

test.each(["/", "/usr/.."])("%s cannot be opened, neither to write nor to read", async (path) => {
  for (const asked of [{ writable: [path] }, { readable: [path] }])
    expect(await failure(sandboxAt(world.home).prepare(shell("true"), policy(asked), signal))).toMatchObject({ code: "SANDBOX_FAILED" });
});

test("where the home folder is the workspace, keys stay out of sight and claw's own folders, too", async () => {
  const secrets = [".ssh/id", ".netrc", ".local/state/claw/state", ".config/claw/settings.json", ".cargo/credentials.toml"];
  for (const path of secrets) world.make(join(world.home, path), "secret of somebody");
  world.make(join(world.home, ".bashrc"), "before");
  const text = `cat ${secrets.join(" ")}; echo planted > .bashrc; echo planted > .ssh/authorized_keys; echo fine > file; cat file`;
  const { output } = await runContained(sandboxAt(world.home), shell(text), policy({}, world.home));
  expect(output).toMatch(/fine\n$/);
  expect(output).not.toContain("secret of");
  expect([readFileSync(join(world.home, ".bashrc"), "utf8"), existsSync(join(world.home, ".ssh/authorized_keys"))]).toEqual(["before", false]);
});

test("a program that listens outside is not reached by its socket in the workspace", async () => {
  const path = join(work, "daemon.sock");
  const server = createServer((socket) => socket.end("answered"));
  await new Promise((resolve) => server.listen(path, () => resolve(undefined)));
  try {
    const connects = `use Socket; socket(S, AF_UNIX, SOCK_STREAM, 0); print connect(S, pack_sockaddr_un("${path}")) ? "reached" : "refused"`;
    expect(await runContained(sandboxAt(world.home), ["/usr/bin/perl", "-e", connects], policy())).toMatchObject({ output: "refused" });
  } finally {
    server.close();
  }
});

test("a folder that is reached by a link is the one it leads to", async () => {
  symlinkSync(work, join(world.home, "link"));
  const { output } = await runContained(sandboxAt(world.home), shell("pwd -P; echo in > file"), policy({}, join(world.home, "link")));
  expect([output.trim(), existsSync(join(work, "file"))]).toEqual([realpathSync(work), true]);
});

test("a wall that is required cannot be turned off, by a setting or by a call", async () => {
  for (const given of [
    { config: { required: true, mode: "off" as const } },
    { rules: { required: true, hosts: undefined }, config: { mode: "off" as const } },
  ]) {
    const sandbox = sandboxAt(world.home, given);
    expect(await sandbox.status(signal)).toMatchObject({ state: "active", required: true, fs: { mode: "workspace-only" } });
    const loose = { ...policy({ required: false }), mode: "off" as const };
    expect(await runContained(sandbox, shell("true"), loose)).toMatchObject({ backend: "bwrap", code: 0 });
  }
});

test("what is turned off is told so", async () => {
  expect(await sandboxAt(world.home, { config: { mode: "off" } }).status(signal)).toMatchObject({ state: "off", reasons: [{ code: "TURNED_OFF" }] });
});

test("allow-list shows the system, the workspace and what is named", async () => {
  const named = world.make(join(world.outside, "named"), "named");
  world.make(join(world.outside, "other"), "other");
  const sandbox = sandboxAt(world.home, { config: { mode: "allow-list", allow: [named] } });
  const { output } = await runContained(sandbox, shell(`cat '${world.outside}'/*; ls /var 2>/dev/null; touch in && echo over`), policy());
  expect(output).toMatch(/^named/);
  expect(output).toMatch(/over\n$/);
  expect(output).not.toContain("other");
});

test("an administrator's hosts are the most that any amounts to", async () => {
  const sandbox = sandboxAt(world.home, { rules: { required: false, hosts: [] } });
  await using launch = await sandbox.prepare(shell("true"), policy({ hosts: "any" }), signal);
  expect(launch?.command).toContain("--unshare-net");
  await using open = await sandboxAt(world.home).prepare(shell("true"), policy({ hosts: "any" }), signal);
  expect(open?.command).not.toContain("--unshare-net");
});

test("a call that was given up prepares nothing, and does not spoil the next", async () => {
  const sandbox = sandboxAt(world.home);
  const reason = new Error("given up");
  expect(await failure(sandbox.prepare(shell("true"), policy(), AbortSignal.abort(reason)))).toBe(reason);
  expect(await sandbox.status(signal)).toMatchObject({ state: "active" });
});

test("what is hidden is hidden as a file, as a folder and through a link", async () => {
  const file = world.make(join(work, "file"), "secret");
  mkdirSync(join(work, "folder"));
  symlinkSync(world.make(join(world.outside, "target"), "secret"), join(work, "link"));
  const { output } = await runContained(sandboxAt(world.home), shell(`cat file link '${world.outside}/target'; ls -A folder; echo over`), {
    ...policy(),
    hidden: [file, join(work, "folder"), join(work, "link")],
  });
  expect(output).toMatch(/over\n$/);
  expect(output).not.toContain("secret");
});
