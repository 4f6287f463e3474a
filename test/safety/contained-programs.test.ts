import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type CallScope, type Contained, type Exit, type Processes, type Running, type StartOptions } from "@claw/kernel";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createPipes } from "../../extensions/processes/src/pipes.ts";
import { createProcesses } from "../../extensions/processes/src/start.ts";
import { createWatchdog, type Watchdog } from "../../extensions/processes/src/watchdog.ts";
import { createSandbox } from "../../extensions/sandbox-linux/src/sandbox.ts";
import { createWorkspace } from "../../extensions/workspace/src/workspace.ts";

const canContain = process.platform === "linux" && existsSync("/usr/bin/bwrap");
const folders = ["/usr/local/bin", "/usr/bin", "/bin"];

let around: string;
let cwd: string;
let watchdog: Watchdog;
let processes: Processes & AsyncDisposable;
let pipes: Disposable;

beforeEach(() => {
  around = realpathSync(mkdtempSync(join(tmpdir(), "claw-walled-")));
  cwd = join(around, "project");
  const home = join(around, "home");
  for (const folder of [cwd, home, join(around, "state")]) mkdirSync(folder);
  const sandbox = createSandbox({
    config: { mode: "workspace-only", required: false, hosts: [], writable: [], allow: [], strict: false, debug: false, trustOuterContainer: false },
    rules: { required: false, hosts: undefined },
    home,
    own: [],
    state: join(around, "state"),
    bin: join(around, "bin"),
    environment: { PATH: folders.join(":") },
    pathFolders: folders,
    now: () => new Date(),
    log: () => undefined,
  });
  watchdog = createWatchdog("/bin/sh");
  const made = createPipes("/usr/bin/mkfifo", around);
  pipes = made;
  processes = createProcesses({
    variables: { PATH: folders.join(":"), HOME: home },
    folders,
    platform: process.platform,
    pipes: made,
    watchdog,
    sandbox,
    workspace: createWorkspace(home),
  });
});

afterEach(async () => {
  await processes[Symbol.asyncDispose]();
  await watchdog[Symbol.asyncDispose]();
  pipes[Symbol.dispose]();
  rmSync(around, { recursive: true, force: true });
});

const walled: Contained = { type: "contained", hosts: [], writable: [], readable: [], required: true };
const scope = (signal: AbortSignal = new AbortController().signal): CallScope => ({ session: "s", cwd, roots: [cwd], containment: walled, signal });
const start = (command: readonly string[], options: StartOptions = {}, signal?: AbortSignal): Promise<Running> =>
  processes.start(command, options, scope(signal));

async function textOf(running: Running): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const { bytes } of running.output) chunks.push(bytes);
  return Buffer.concat(chunks).toString("utf8");
}

async function run(command: readonly string[], options: StartOptions = {}): Promise<{ readonly text: string; readonly exit: Exit }> {
  await using running = await start(command, options);
  const text = await textOf(running);
  return { text, exit: await running.exit };
}

/** Programs of this machine with that argument: inside, they have other numbers. */
const running = (argument: string): number => {
  const lines = execFileSync("ps", ["-eo", "stat=,args="], { encoding: "utf8" }).split("\n");
  return lines.filter((line) => !line.startsWith("Z") && line.endsWith(`sleep ${argument}`) && !line.includes("bwrap")).length;
};

async function until(argument: string, count: number): Promise<boolean> {
  for (let tries = 0; tries < 400 && running(argument) !== count; tries += 1) await delay(10);
  return running(argument) === count;
}

/** An argument of sleep that no other program has. */
let next = 0;
const seconds = (): string => `3${process.pid}.${(next += 1)}`;

describe.runIf(canContain)("a program in the real sandbox", () => {
  test("is what it is without: arguments, folder, input, outputs, status", async () => {
    expect(await run(["printf", "%s|", "a b", "$HOME", "`id`", "; ls", "*", ""])).toEqual({
      text: "a b|$HOME|`id`|; ls|*||",
      exit: { code: 0, signal: null, timedOut: false, contained: true, backend: expect.stringMatching(/^bwrap/), denials: [], leftBehind: false },
    });
    expect((await run(["pwd", "-P"])).text).toBe(`${cwd}\n`);
    expect((await run(["sh", "-c", "exit 3"])).exit).toMatchObject({ code: 3, signal: null });
    expect((await run(["wc", "-c"], { input: Buffer.alloc(3_000_000) })).text.trim()).toBe("3000000");
    expect((await run(["cat"])).text).toBe("");
    expect((await run(["true"], { input: Buffer.alloc(3_000_000) })).exit.code).toBe(0);
    // A signal inside is told as shells do: the wall's own process ends by itself.
    expect((await run(["sh", "-c", "kill -SEGV $$"])).exit).toMatchObject({ code: 139, signal: null });
  });

  test("has one pipe for both outputs, in order, which can be opened again", async () => {
    const command = ["sh", "-c", "for i in 1 2 3; do echo out$i; echo err$i >&2; done; echo again > /dev/stderr; echo more | tee /dev/stderr"];
    expect((await run(command, { merged: true })).text).toBe("out1\nerr1\nout2\nerr2\nout3\nerr3\nagain\nmore\nmore\n");
  });

  test("hands on much output whole, and waits for a slow reader", async () => {
    await using flood = await start(["sh", "-c", "yes 0123456789 | head -c 30000000; : > done"]);
    let bytes = 0;
    for await (const chunk of flood.output) {
      if (bytes === 0) {
        await delay(100);
        expect(existsSync(join(cwd, "done"))).toBe(false);
      }
      bytes += chunk.bytes.length;
    }
    await flood.exit;
    expect([bytes, existsSync(join(cwd, "done"))]).toEqual([30_000_000, true]);
  });

  test.each(["time", "abort", "disposal"])("ends with everything it started, by %s, whoever listens to no signal or has a session of its own", async (how) => {
    const [own, other, deaf] = [seconds(), seconds(), seconds()];
    const abort = new AbortController();
    const script = `sleep ${own} & setsid sleep ${other} & (trap '' TERM; sleep ${deaf}) & echo up; wait`;
    const options = how === "time" ? { timeoutMs: 400 } : {};
    await using program = await start(["sh", "-c", script], options, abort.signal);
    expect(await Promise.all([own, other, deaf].map((one) => until(one, 1)))).toEqual([true, true, true]);
    if (how === "abort") abort.abort();
    if (how === "disposal") await program[Symbol.asyncDispose]();
    const exit = await program.exit;
    expect(exit).toMatchObject({ timedOut: how === "time", contained: true });
    expect(await Promise.all([own, other, deaf].map((one) => until(one, 0)))).toEqual([true, true, true]);
  });

  test("leaves nobody behind when it ends by itself", async () => {
    const [own, other] = [seconds(), seconds()];
    const { text, exit } = await run(["sh", "-c", `sleep ${own} >/dev/null 2>&1 & setsid sleep ${other} >/dev/null 2>&1 & echo started`]);
    expect([text, exit.code]).toEqual(["started\n", 0]);
    expect(await Promise.all([own, other].map((one) => until(one, 0)))).toEqual([true, true]);
  });

  test("does not see what .agentsignore names, and cannot bring it back", async () => {
    writeFileSync(join(cwd, ".agentsignore"), "*.key\n/private/\n");
    mkdirSync(join(cwd, "private"));
    mkdirSync(join(cwd, "deep"));
    for (const path of ["a.key", "deep/b.key", "private/c.txt"]) writeFileSync(join(cwd, path), "hunter2");
    writeFileSync(join(cwd, "open.txt"), "open");
    const script =
      "cat a.key deep/b.key private/c.txt open.txt; ls private; mv a.key x; mv private y; cp deep/b.key z; umount a.key; rm -f .agentsignore; cat x y/c.txt z";
    const { text } = await run(["sh", "-c", `(${script}) 2>&1`]);
    expect(text).toContain("open");
    expect(text).not.toContain("hunter2");
    expect(["a.key", "deep/b.key", "private/c.txt"].map((path) => readFileSync(join(cwd, path), "utf8"))).toEqual(["hunter2", "hunter2", "hunter2"]);
    writeFileSync(join(cwd, ".agentsignore"), Buffer.from([0xff]));
    await expect(run(["true"])).rejects.toMatchObject({ code: "PATH_UNREADABLE" });
  });

  test("has no way out: no network, no home, no writing elsewhere", async () => {
    writeFileSync(join(around, "home/secret"), "hunter2");
    const script = `cat ${join(around, "home/secret")}; touch ${join(around, "owned")} /usr/owned; cat /proc/1/environ; (exec 3<>/dev/tcp/127.0.0.1/22) && echo reached`;
    const { text } = await run(["bash", "-c", `(${script}) 2>&1`]);
    expect(text).not.toMatch(/hunter2|reached/);
    expect(readdirSync(around).includes("owned") || existsSync("/usr/owned")).toBe(false);
  });

  test("runs with claw's own terminal and streams when told so, with its status", async () => {
    await using program = await start(["sh", "-c", "exit 7"], { inherit: true });
    expect(await program.exit).toMatchObject({ code: 7, contained: true });
  });

  test("is told from a wall that could not be put up", async () => {
    const { text, exit } = await run(["sh", "-c", "echo 'bwrap: not really' >&2; exit 1"]);
    expect([text, exit.code]).toEqual(["bwrap: not really\n", 1]);
    const hidden = join(around, "home/tool");
    writeFileSync(hidden, "#!/bin/sh\n", { mode: 0o755 });
    await expect(run([hidden])).rejects.toMatchObject({ code: "SANDBOX_FAILED", data: { stage: "exec" } });
  });

  test("starts many times at once, and every wall is taken down", async () => {
    const texts = await Promise.all(Array.from({ length: 12 }, (_, index) => run(["sh", "-c", `echo ${index}; echo ${index} > f${index}`], { merged: true })));
    expect(texts.map(({ text }) => text)).toEqual(Array.from({ length: 12 }, (_, index) => `${index}\n`));
    expect(readdirSync(cwd).toSorted()).toEqual(Array.from({ length: 12 }, (_, index) => `f${index}`).toSorted());
  });
});
