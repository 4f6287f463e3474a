import { execFile } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { SandboxPolicy } from "@claw/kernel";
import { afterEach, beforeEach, expect, test } from "vitest";
import { limited } from "../src/limits.ts";
import type { SandboxConfig } from "../src/sandbox-config.ts";
import { type ContainedRun, runContained, sandboxAt } from "./contained-run.ts";
import { openWorld, type Person, type World } from "./world.ts";

const own: Person = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
const plain: Person = own.uid === 0 ? { uid: 65_534, gid: 65_534 } : own;
let world: World;
let work: string;
beforeEach(() => {
  world = openWorld(own);
  work = world.make(join(world.home, "work/"));
});
afterEach(() => world[Symbol.dispose]());

const policy = (): SandboxPolicy => ({
  cwd: work,
  roots: [work],
  hidden: [],
  contained: { type: "contained", hosts: [], writable: [], readable: [], required: true },
  environment: { PATH: "/usr/bin:/bin" },
});
const bash = (text: string): readonly string[] => ["/bin/bash", "--norc", "--noprofile", "-c", text];
const run = (text: string, config: Partial<SandboxConfig>): Promise<ContainedRun> => runContained(sandboxAt(world.home, { config }), bash(text), policy());
const config = (given: Partial<SandboxConfig> = {}): SandboxConfig => ({
  mode: "workspace-only",
  required: false,
  hosts: [],
  writable: [],
  allow: [],
  strict: false,
  debug: false,
  trustOuterContainer: false,
  ...given,
});

test("nothing stands before a program that has no limits", () => {
  expect(limited(["/bin/true"], config())).toEqual(["/bin/true"]);
});

test("a file grows no further than it may, and no memory is written down", async () => {
  const { output } = await run("head -c 3000000 /dev/zero > big; ulimit -c; echo over", { maxFileMegabytes: 1 });
  expect([output, statSync(join(work, "big")).size]).toEqual([expect.stringMatching(/0\nover\n$/) as unknown, 1024 * 1024]);
});

test("a process has no more memory than it may", async () => {
  expect((await run("perl -e '$x = q(a) x 300_000_000; print length $x'", { maxMemoryMegabytes: 100 })).output).toMatch(/out of memory/i);
});

test("of a plain person's program no more processes run at once than may, however many there are outside", async () => {
  using theirs = openWorld(plain);
  const [folder, state] = [theirs.make(join(theirs.home, "work/")), theirs.make(join(theirs.home, "../state/"))];
  const script = fileURLToPath(new URL("many-processes.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=claw-source", script, theirs.home, state, folder], {
    ...plain,
    cwd: "/",
    env: { PATH: "/usr/bin:/bin", NODE_NO_WARNINGS: "1" },
  });
  expect(JSON.parse(stdout)).toEqual({ few: "0\n", many: expect.stringMatching(/fork: .*Resource temporarily unavailable/) as unknown });
});

test("where nothing can set them, the program does not start", () => {
  expect(() => limited(["/bin/true"], config({ maxProcesses: 5 }), ["/nowhere/prlimit"])).toThrow(
    expect.objectContaining({ code: "SANDBOX_FAILED", fix: expect.stringContaining("util-linux") as unknown }) as Error,
  );
});
