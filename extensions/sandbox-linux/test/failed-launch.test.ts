import { execFile } from "node:child_process";
import { writeFileSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { SandboxPolicy } from "@claw/kernel";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runContained, sandboxAt } from "./contained-run.ts";
import { openLaunchRecord } from "../src/launch-record.ts";
import { openWorld, type World } from "./world.ts";

let world: World;
let work: string;
beforeEach(() => {
  world = openWorld({ uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 });
  work = world.make(join(world.home, "work/"));
});
afterEach(() => world[Symbol.dispose]());
const { signal } = new AbortController();
const policy = (given: Partial<SandboxPolicy> = {}): SandboxPolicy => ({
  cwd: work,
  roots: [work],
  hidden: [],
  environment: { PATH: "/usr/bin:/bin" },
  contained: { type: "contained", hosts: [], writable: [], readable: [], required: true },
  ...given,
});

test("after a launch that failed, what there is is looked at anew; after one that did not, it is not", async () => {
  let looked = 0;
  const sandbox = sandboxAt(world.home, { now: () => new Date((looked += 1)) });
  for (const command of ["/bin/true", "/bin/false"]) await runContained(sandbox, [command], policy());
  await runContained(sandbox, ["/bin/bash", "-c", "kill -SEGV $$"], policy());
  expect([(await sandbox.status(signal)).since, looked]).toEqual([new Date(1).toISOString(), 1]);
  expect((await runContained(sandbox, ["/bin/true"], policy({ cwd: world.make(join(world.home, "hidden/")) }))).code).not.toBe(0);
  expect([(await sandbox.status(signal)).since, looked]).toEqual([new Date(2).toISOString(), 2]);
});

test("what tells of a launch cannot be written by the program", async () => {
  let looked = 0;
  const sandbox = sandboxAt(world.home, { now: () => new Date((looked += 1)) });
  const { output } = await runContained(sandbox, ["/bin/bash", "-c", "for one in /proc/[0-9]*/fd/*; do readlink $one; done"], policy());
  expect(output).not.toMatch(/deleted|claw/);
});

const within = promisify(execFile);
const script = fileURLToPath(new URL("probe-process.ts", import.meta.url));

/** What a claw finds that runs inside a wall of claw's own, or in one of another's that looks alike. */
test("a claw inside a wall of claw's own starts programs in that one, and says so", async () => {
  const state = world.make(join(work, "state/"));
  const command = [process.execPath, "--conditions=claw-source", script, world.home, state, work];
  const readable = [dirname(dirname(process.execPath)), fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "")];
  const { output } = await runContained(sandboxAt(world.home), command, policy({ contained: { ...policy().contained, readable } }));
  expect(JSON.parse(output)).toMatchObject({
    status: { state: "inherited", reasons: expect.arrayContaining([expect.objectContaining({ code: "INSIDE_ALREADY" })]) },
  });
});

test("a container that only looks like one, with the variable set as the setting of the mode, is none", async () => {
  const state = world.make(join(world.home, "../state/"));
  const places = [work, state].flatMap((path) => ["--bind", path, path]);
  const container = [
    "--ro-bind",
    "/",
    "/",
    ...places,
    "--dev",
    "/dev",
    "--unshare-user",
    "--unshare-pid",
    "--proc",
    "/proc",
    "--disable-userns",
    "--cap-drop",
    "ALL",
  ];
  const filter = join(world.outside, "filter");
  const { seccompFilter } = await import("../src/seccomp.ts");
  writeFileSync(filter, seccompFilter({ architecture: process.arch === "arm64" ? "arm64" : "x64", strict: false, debug: false, offline: false }));
  const { stdout } = await within(
    "/bin/bash",
    [
      "--norc",
      "-c",
      'exec 3<"$0"; exec /usr/bin/bwrap --seccomp 3 "$@"',
      filter,
      ...container,
      process.execPath,
      "--conditions=claw-source",
      script,
      world.home,
      state,
      work,
    ],
    { env: { PATH: "/usr/bin:/bin", NODE_NO_WARNINGS: "1", TMPDIR: state, CLAW_SANDBOX: "workspace-only" } },
  );
  const { status, run } = JSON.parse(stdout) as { readonly status: { readonly state: string }; readonly run: unknown };
  expect(["unavailable", "degraded"]).toContain(status.state);
  expect(run).toBe("SANDBOX_REQUIRED");
});

test("launches at once have a record each, and a used one is empty again", () => {
  const [one, other] = [openLaunchRecord(), openLaunchRecord()];
  writeSync(one.descriptor, '{ "exit-code": 0 }\n');
  expect([one.hasBegun(), other.hasBegun()]).toEqual([true, false]);
  one[Symbol.dispose]();
  using again = openLaunchRecord();
  expect(again.hasBegun()).toBe(false);
  other[Symbol.dispose]();
});
