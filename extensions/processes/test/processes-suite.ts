import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ClawError, type CallScope, type Exit, type Processes, type Running, type Sandbox, type StartOptions } from "@claw/kernel";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { cleanEnvironment } from "../src/environment.ts";
import { type Pipes, createPipes } from "../src/pipes.ts";
import { createProcesses } from "../src/start.ts";
import { type Watchdog, createWatchdog } from "../src/watchdog.ts";

const hostEnvironment = {
  PATH: `${process.env["PATH"]}::relative/bin:/project/node_modules/.bin`,
  HOME: "/home/person",
  LC_ALL: "C.UTF-8",
  ANTHROPIC_API_KEY: "sk-ant-secret-1",
  AWS_SECRET_ACCESS_KEY: "secret-2",
  GITHUB_TOKEN: "secret-3",
  DATABASE_PASSWORD: "secret-4",
  NODE_OPTIONS: "--require /evil.js",
  LD_PRELOAD: "/evil.so",
  BASH_ENV: "/evil.sh",
  UNKNOWN: "dropped",
};

/** A process that nobody has reaped yet is as good as gone. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return process.platform !== "linux";
  }
}

export async function untilGone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 200 && isAlive(pid); tries += 1) await delay(5);
  return !isAlive(pid);
}

/** What every started program is owed, whether a wall is put around it or not. */
export function processesSuite(name: string, makeSandbox: () => Sandbox | undefined): void {
  describe(name, () => {
    const wall = makeSandbox() === undefined ? { contained: false } : { contained: true, backend: "test", denials: [] };
    let cwd: string;
    let processes: Processes & AsyncDisposable;
    let watchdog: Watchdog;
    let pipes: Pipes;
    let folders: readonly string[];

    beforeEach(() => {
      cwd = mkdtempSync(join(tmpdir(), "claw-processes-"));
      const clean = cleanEnvironment({ environment: hostEnvironment, bin: join(cwd, "bin"), platform: process.platform }, { environment: [], secretEnvironment: [] });
      folders = clean.folders;
      watchdog = createWatchdog("/bin/sh");
      pipes = createPipes("/usr/bin/mkfifo", cwd);
      processes = createProcesses({ variables: clean.variables, folders, platform: process.platform, pipes, watchdog, sandbox: makeSandbox(), workspace: undefined });
    });

    afterEach(async () => {
      await processes[Symbol.asyncDispose]();
      await watchdog[Symbol.asyncDispose]();
      pipes[Symbol.dispose]();
      rmSync(cwd, { recursive: true, force: true });
    });

    const scope = (signal: AbortSignal = new AbortController().signal): CallScope => ({ session: "s", cwd, roots: [cwd], signal });
    const start = (command: readonly string[], options: StartOptions = {}, signal?: AbortSignal): Promise<Running> => processes.start(command, options, scope(signal));

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

    /** What still runs in a group. */
    function sleepers(group: number): readonly string[] {
      const { stdout } = spawnSync("ps", ["-eo", "pgid=,stat=,args="], { encoding: "utf8" });
      return stdout.split("\n").filter((line) => line.trim().startsWith(`${group} `) && !/^\s*\d+ +Z/.test(line));
    }

    async function firstLine(running: Running): Promise<string> {
      let text = "";
      const chunks = running.output[Symbol.asyncIterator]();
      while (!text.includes("\n")) {
        const next = await chunks.next();
        if (next.done === true) break;
        text += Buffer.from(next.value.bytes).toString("utf8");
      }
      return text.trim();
    }

    const codeOf = async (promise: Promise<unknown>): Promise<unknown> => promise.then(() => "none", (error: unknown) => (ClawError.is(error) ? error.code : error));

    describe("a program", () => {
      test("gets its arguments as they are, without a shell", async () => {
        expect(await run(["printf", "%s|", "a b", "$HOME", "`id`", "; ls", "*"])).toEqual({
          text: "a b|$HOME|`id`|; ls|*|",
          exit: { code: 0, signal: null, timedOut: false, ...wall, leftBehind: false },
        });
      });

      test("runs in the folder of the call, or in the one it is given", async () => {
        expect((await run(["pwd", "-P"])).text.trim()).toBe(cwd);
        expect((await run(["pwd", "-P"], { cwd: "/" })).text).toBe("/\n");
      });

      test("says with what number or signal it ended", async () => {
        expect((await run(["sh", "-c", "exit 3"])).exit).toMatchObject({ code: 3, signal: null });
        expect((await run(["sh", "-c", "kill -SEGV $$"])).exit).toMatchObject({ code: null, signal: "SIGSEGV" });
      });

      test("reads nothing when it is given no input, and all of it when it is", async () => {
        expect((await run(["cat"])).text).toBe("");
        expect((await run(["wc", "-c"], { input: Buffer.alloc(3_000_000) })).text.trim()).toBe("3000000");
      });

      test("need not read the input it is given", async () => {
        expect((await run(["true"], { input: Buffer.alloc(3_000_000) })).exit.code).toBe(0);
      });

      test("leads a session of its own, so that it has no terminal to talk to", async () => {
        const { text } = await run(["sh", "-c", "exec 2>/dev/null; (: > /dev/tty) && echo terminal || echo none"]);
        expect(text).toBe("none\n");
      });

      test("writes to both of its outputs", async () => {
        await using running = await start(["sh", "-c", "echo out; echo err >&2"]);
        const seen: Record<string, string> = { stdout: "", stderr: "" };
        for await (const { stream, bytes } of running.output) seen[stream] += Buffer.from(bytes).toString();
        expect(seen).toEqual({ stdout: "out\n", stderr: "err\n" });
      });

      test("hands its bytes on unchanged", async () => {
        const every = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
        const chunks: Uint8Array[] = [];
        await using running = await start(["cat"], { input: every });
        for await (const { bytes } of running.output) chunks.push(bytes);
        expect(Buffer.concat(chunks)).toEqual(every);
      });
    });

    describe("the environment of a program", () => {
      test("holds no key, no token, no password and nothing that loads code", async () => {
        const { text } = await run(["env"]);
        expect(text).not.toMatch(/secret|evil|UNKNOWN|API_KEY|TOKEN|NODE_OPTIONS|LD_PRELOAD|BASH_ENV/);
        const variables = Object.fromEntries(text.trim().split("\n").map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
        expect(variables).toEqual({
          HOME: "/home/person", LC_ALL: "C.UTF-8", PATH: folders.join(":"), TERM: "dumb", PAGER: "cat", GIT_PAGER: "cat", MANPAGER: "cat",
          GIT_TERMINAL_PROMPT: "0", GIT_OPTIONAL_LOCKS: "0", NO_COLOR: "1", npm_config_update_notifier: "false", npm_config_logs_max: "0", AI_AGENT: "claw", CLAW: "1",
          GIT_CONFIG_COUNT: "3", GIT_CONFIG_KEY_0: "core.fsmonitor", GIT_CONFIG_VALUE_0: "false", GIT_CONFIG_KEY_1: "safe.bareRepository", GIT_CONFIG_VALUE_1: "explicit",
          GIT_CONFIG_KEY_2: "diff.autoRefreshIndex", GIT_CONFIG_VALUE_2: "false",
        });
      });

      test("is added to by the caller", async () => {
        expect((await run(["sh", "-c", "echo $EXTRA"], { env: { EXTRA: "here" } })).text).toBe("here\n");
      });
    });

    describe("a program that cannot be started", () => {
      test("is missing", async () => {
        const error = await start(["gti"]).catch((thrown: unknown) => thrown);
        expect(ClawError.is(error, "PROGRAM_NOT_FOUND") && { data: error.data, message: error.message }).toEqual({
          data: { program: "gti" }, message: "gti is not installed, or not on PATH",
        });
      });

      test("is named like another one", async () => {
        const bin = join(cwd, "bin");
        await run(["mkdir", bin]);
        writeFileSync(join(bin, "frobnicate"), "#!/bin/sh\n");
        chmodSync(join(bin, "frobnicate"), 0o755);
        const error = await start(["frobnicat"]).catch((thrown: unknown) => thrown);
        expect(ClawError.is(error) && error.fix).toBe("did you mean frobnicate? else install frobnicat, or add its folder to PATH");
      });

      test("is never looked for in the folder of the call", async () => {
        writeFileSync(join(cwd, "planted"), "#!/bin/sh\necho planted\n");
        chmodSync(join(cwd, "planted"), 0o755);
        expect(await codeOf(start(["planted"]))).toBe("PROGRAM_NOT_FOUND");
        expect((await run(["./planted"])).text).toBe("planted\n");
      });

      test("is a folder, a file that is no program, a name of nothing", async () => {
        writeFileSync(join(cwd, "data"), "x");
        expect(await codeOf(start([cwd]))).toBe("PROGRAM_NOT_STARTED");
        expect(await codeOf(start([join(cwd, "data")]))).toBe("PROGRAM_NOT_STARTED");
        expect(await codeOf(start([join(cwd, "none")]))).toBe("PROGRAM_NOT_FOUND");
        expect(await codeOf(start([""]))).toBe("PROGRAM_NOT_STARTED");
        expect(await codeOf(start([]))).toBe("PROGRAM_NOT_STARTED");
        expect(await codeOf(start(["a\0b"]))).toBe("PROGRAM_NOT_STARTED");
        expect(await codeOf(start(["echo", "a\0b"]))).toBe("PROGRAM_NOT_STARTED");
      });

      test("has no folder to run in", async () => {
        writeFileSync(join(cwd, "data"), "x");
        expect(await codeOf(start(["true"], { cwd: join(cwd, "none") }))).toBe("PATH_NOT_FOUND");
        expect(await codeOf(start(["true"], { cwd: join(cwd, "data") }))).toBe("PATH_NOT_FOUND");
      });

      test("has an argument longer than the system takes", async () => {
        const error = await start(["echo", "x".repeat(4_000_000)]).catch((thrown: unknown) => thrown);
        expect(ClawError.is(error) && error.message).toBe("echo cannot be started: its arguments are too long for this system");
      });

      test("is not started once the call is over", async () => {
        const reason = new Error("over");
        expect(await codeOf(start(["true"], {}, AbortSignal.abort(reason)))).toBe(reason);
      });
    });

    describe("the end of a program", () => {
      const family = "sleep 30 & echo $!; wait";

      test("comes for the whole group when the call is aborted", async () => {
        const abort = new AbortController();
        await using running = await start(["sh", "-c", family], {}, abort.signal);
        const grandchild = Number(await firstLine(running));
        expect(isAlive(grandchild)).toBe(true);
        abort.abort();
        expect(await running.exit).toMatchObject({ code: null, signal: "SIGTERM", timedOut: false });
        expect(await untilGone(grandchild)).toBe(true);
      });

      test("comes for the whole group when time is up, and says so", async () => {
        await using running = await start(["sh", "-c", family], { timeoutMs: 20 });
        const text = await textOf(running);
        expect(await running.exit).toMatchObject({ signal: "SIGTERM", timedOut: true });
        expect(await untilGone(Number(text))).toBe(true);
      });

      test("comes for those who do not listen, half a second later", async () => {
        const abort = new AbortController();
        await using running = await start(["sh", "-c", "trap '' TERM; echo $$; while :; do sleep 0.05; done"], {}, abort.signal);
        const pid = Number(await firstLine(running));
        abort.abort();
        expect(await running.exit).toMatchObject({ signal: "SIGKILL" });
        expect(await untilGone(pid)).toBe(true);
      });

      test("comes with the disposal of it, of what it left behind, and of the service", async () => {
        const running = await start(["sh", "-c", family]);
        const grandchild = Number(await firstLine(running));
        await running[Symbol.asyncDispose]();
        expect(await untilGone(grandchild)).toBe(true);

        const finished = await start(["sh", "-c", "sleep 30 >/dev/null 2>&1 & echo $!"]);
        const left = Number(await textOf(finished));
        expect((await finished.exit).leftBehind).toBe(true);
        expect(isAlive(left)).toBe(true);
        await finished[Symbol.asyncDispose]();
        expect(await untilGone(left)).toBe(true);

        const third = Number(await firstLine(await start(["sh", "-c", family])));
        await processes[Symbol.asyncDispose]();
        expect(await untilGone(third)).toBe(true);
      });

      test("does not wait for a program outside the group that holds the pipes", async () => {
        await using running = await start(["sh", "-c", "setsid sleep 30 & echo $!; sleep 0.02; ps -o pid= -C sleep >/dev/null; exit 0"]);
        const chunks: string[] = [];
        const before = process.hrtime.bigint();
        for await (const { bytes } of running.output) chunks.push(Buffer.from(bytes).toString());
        expect(Number(process.hrtime.bigint() - before) / 1e6).toBeLessThan(2_000);
        const daemon = Number(chunks.join(""));
        expect((await running.exit).code).toBe(0);
        process.kill(daemon, "SIGKILL");
      });

      test("does not wait for a program outside the group that never stops writing", async () => {
        await using running = await start(["sh", "-c", "setsid yes & echo $! >&2; sleep 0.02"]);
        let pid = "";
        for await (const { stream, bytes } of running.output) {
          if (stream === "stderr") pid += Buffer.from(bytes).toString();
          await delay(1); // So slow that there is always more.
        }
        expect((await running.exit).code).toBe(0);
        expect(await untilGone(Number(pid))).toBe(true); // Its pipe is closed: SIGPIPE.
      });

      test("is not said to leave behind what has ended too", async () => {
        expect((await run(["sh", "-c", "(true &) ; sleep 0.02"])).exit.leftBehind).toBe(false);
      });

      test("leaves nothing behind, whenever it comes", async () => {
        for (let round = 0; round < 25; round += 1) {
          const abort = new AbortController();
          const running = await start(["sh", "-c", "yes | head -c 200000; sleep 30 & wait"], {}, abort.signal);
          const reading = textOf(running);
          await delay((round * 7) % 20);
          abort.abort();
          await reading;
          const exit = await running.exit;
          await running[Symbol.asyncDispose]();
          expect(exit.signal === "SIGTERM" || exit.code === 143).toBe(true);
          expect(await untilGone(running.pid)).toBe(true);
          // Killed is not yet gone: the kernel takes what time it needs.
          await vi.waitFor(() => expect(sleepers(running.pid)).toEqual([]), { timeout: 2_000 });
        }
      });
    });

    describe("output", () => {
      test("of a hundred megabytes arrives whole in bounded memory", async () => {
        await using running = await start(["sh", "-c", "yes 0123456789 | head -c 104857600"]);
        const before = process.memoryUsage().rss;
        let bytes = 0;
        let peak = before;
        for await (const chunk of running.output) {
          bytes += chunk.bytes.length;
          peak = Math.max(peak, process.memoryUsage().rss);
        }
        expect(bytes).toBe(104_857_600);
        expect(peak - before).toBeLessThan(96 * 1024 * 1024);
      });

      test("stops a program whose reader is slow, until it reads on", async () => {
        await using running = await start(["sh", "-c", "head -c 50000000 /dev/zero; : > done"]);
        let bytes = 0;
        for await (const chunk of running.output) {
          if (bytes === 0) {
            await delay(150);
            expect(existsSync(join(cwd, "done"))).toBe(false);
          }
          bytes += chunk.bytes.length;
        }
        await running.exit;
        expect([bytes, existsSync(join(cwd, "done"))]).toEqual([50_000_000, true]);
      });

      test("arrives whole after the program's end, however slowly it is read", async () => {
        await using running = await start(["sh", "-c", "head -c 3000000 /dev/zero; echo end >&2"]);
        let bytes = 0;
        for await (const chunk of running.output) {
          if (bytes === 0) await delay(300);
          bytes += chunk.bytes.length;
        }
        expect(bytes).toBe(3_000_004);
      });

      test("of both kinds comes in the order of its writes through one pipe, which can be opened again", async () => {
        const command = ["sh", "-c", "for i in 1 2 3 4 5; do echo out$i; echo err$i >&2; done; echo again > /dev/stderr; echo more | tee /dev/stderr"];
        await using running = await start(command, { merged: true });
        expect(await textOf(running)).toBe("out1\nerr1\nout2\nerr2\nout3\nerr3\nout4\nerr4\nout5\nerr5\nagain\nmore\nmore\n");
        expect(await running.exit).toEqual({ code: 0, signal: null, timedOut: false, ...wall, leftBehind: false });
      });

      test("through one pipe is bounded, whole and ends with the group as well", async () => {
        await using flood = await start(["sh", "-c", "yes 0123456789 | head -c 20000000"], { merged: true });
        expect((await textOf(flood)).length).toBe(20_000_000);
        await using family = await start(["sh", "-c", "sleep 30 & echo $!; wait"], { merged: true, timeoutMs: 20 });
        expect(await untilGone(Number(await textOf(family)))).toBe(true);
      });

      test("of many programs at once is kept apart, where no pipe can be made too", async () => {
        const together = await Promise.all(Array.from({ length: 20 }, (_, index) => run(["sh", "-c", `echo ${index}; echo ${index} >&2`], { merged: true })));
        expect(together.map(({ text }) => text)).toEqual(Array.from({ length: 20 }, (_, index) => `${index}\n${index}\n`));
        for (const none of [createPipes(undefined, cwd), createPipes("/usr/bin/mkfifo", join(cwd, "missing")), createPipes("/bin/false", cwd), createPipes(join(cwd, "missing"), cwd)]) {
          const without = createProcesses({ variables: {}, folders, platform: process.platform, pipes: none, watchdog, sandbox: makeSandbox(), workspace: undefined });
          await using running = await without.start(["sh", "-c", "echo a; echo b >&2"], { merged: true }, scope());
          expect((await textOf(running)).split("\n").toSorted()).toEqual(["", "a", "b"]);
          none[Symbol.dispose]();
        }
      });

      test("stops a program whose reader went away", async () => {
        await using running = await start(["yes"]);
        for await (const chunk of running.output) if (chunk.bytes.length > 0) break;
        const { code, signal } = await running.exit; // Its next write fails: with SIGPIPE, or with ECONNRESET.
        expect(code === 1 || signal === "SIGPIPE").toBe(true);
      });
    });
  });
}
