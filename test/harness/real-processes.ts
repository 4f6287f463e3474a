import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { ClawError, type Exit, type Host, type Processes, type Running, type RunningInput } from "@claw/kernel";

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/**
 * Service `processes` that starts real programs in groups of their own, with nothing in their environment but a PATH, which begins
 * with the host's folder of programs. Unlike the real one it keeps outputs apart even when they are to be merged, holds in memory
 * what nobody reads yet, and does not look for programs left behind.
 */
export const realProcesses = (host?: Host): Processes => ({
  async start(command, options, call) {
    call.signal.throwIfAborted();
    const [program = "", ...args] = command;
    const PATH = [...(host === undefined ? [] : [host.folders.bin]), host?.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"].join(":");
    const cwd = options.cwd ?? call.cwd;
    const child = spawn(program, args, { cwd, env: { PATH, ...options.env }, detached: true, stdio: ["pipe", "pipe", "pipe"] });
    const output = outputOf(child);
    try {
      await once(child, "spawn");
    } catch (cause) {
      const isMissing = (cause as NodeJS.ErrnoException).code === "ENOENT" && existsSync(cwd);
      throw new ClawError(isMissing ? "PROGRAM_NOT_FOUND" : "PROGRAM_NOT_STARTED", `${program} cannot be started`, { program }, { cause });
    }
    child.stdin.on("error", () => undefined);
    if (options.conversation !== true) child.stdin.end(options.input);
    else if (options.input !== undefined) child.stdin.write(options.input);
    const started = running(child, output, options.timeoutMs, call.signal);
    return options.conversation === true ? { ...started, input: inputOf(child.stdin, program) } : started;
  },
});

function running(child: Child, output: Running["output"], timeoutMs: number | undefined, signal: AbortSignal): Running {
  const pid = child.pid ?? -1;
  let timedOut = false;
  const kill = (): void => {
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // The group is gone already.
    }
  };
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          kill();
        }, timeoutMs);
  signal.addEventListener("abort", kill, { once: true });
  if (signal.aborted) kill();
  const exit = once(child, "close").then(([code, ended]): Exit => {
    clearTimeout(timer);
    signal.removeEventListener("abort", kill);
    return { code: code as number | null, signal: ended as string | null, timedOut, contained: false };
  });
  return {
    pid,
    output,
    exit,
    async [Symbol.asyncDispose]() {
      kill();
      await exit;
    },
  };
}

function inputOf(pipe: Writable, program: string): RunningInput {
  return {
    write: (bytes) =>
      new Promise((resolve, reject) => {
        pipe.write(bytes, (cause) => {
          if (cause === null || cause === undefined) resolve();
          else reject(new ClawError("PROGRAM_NOT_STARTED", `${program} reads no more`, { program }, { cause }));
        });
      }),
    end: () => void pipe.end(),
  };
}

type Output = { readonly stream: "stdout" | "stderr"; readonly bytes: Uint8Array };

/** Both outputs as they come, listened to from the beginning: a program whose output nobody takes would wait for ever. */
function outputOf({ stdout, stderr }: Child): AsyncGenerator<Output, void> {
  const waiting: Output[] = [];
  let open = 2;
  let wake = (): void => undefined;
  for (const [stream, source] of [
    ["stdout", stdout],
    ["stderr", stderr],
  ] as const) {
    source.on("data", (bytes: Uint8Array) => {
      waiting.push({ stream, bytes });
      wake();
    });
    source.once("close", () => {
      open -= 1;
      wake();
    });
  }
  return (async function* () {
    for (;;) {
      const next = waiting.shift();
      if (next !== undefined) yield next;
      else if (open === 0) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  })();
}
