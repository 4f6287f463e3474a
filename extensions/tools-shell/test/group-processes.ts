import { spawn } from "node:child_process";
import { PassThrough } from "node:stream";
import { type CallScope, ClawError, type Exit, type Processes, type Running } from "@claw/kernel";

export interface GroupProcesses extends Processes {
  /** What was started, in order. */
  readonly started: readonly (readonly string[])[];
  /** The groups that were started. */
  readonly groups: readonly number[];
}

/** Service `processes` as its contract says, without pipes of its own: one group a program, merged by sh, killed whole. `missing` names are not found; `ended` changes how an end is told. */
export function groupProcesses(missing: readonly string[] = [], ended: (exit: Exit) => Exit = (exit) => exit): GroupProcesses {
  const started: (readonly string[])[] = [];
  const groups: number[] = [];
  return {
    started,
    groups,
    async start(command, options, call) {
      call.signal.throwIfAborted();
      started.push(command);
      if (missing.includes(command[0] ?? "")) throw new ClawError("PROGRAM_NOT_FOUND", `${command[0]} is not installed`, { program: command[0] ?? "" });
      const child = spawn("sh", ["-c", 'exec "$@" 2>&1', "sh", ...command], {
        cwd: options.cwd ?? call.cwd,
        env: { PATH: "/usr/local/bin:/usr/bin:/bin" },
        detached: true,
        stdio: ["ignore", "pipe", "ignore"],
      });
      groups.push(child.pid ?? 0);
      return follow(child, options.timeoutMs, call, ended);
    },
  };
}

function follow(child: ReturnType<typeof spawn>, timeoutMs: number | undefined, call: CallScope, ended: (exit: Exit) => Exit): Running {
  const pid = child.pid ?? 0;
  const exit = Promise.withResolvers<Exit>();
  exit.promise.catch(() => undefined); // It may be over before its output is read to the end.
  let timedOut = false;
  const kill = (signal: NodeJS.Signals | 0): boolean => {
    try {
      return process.kill(-pid, signal);
    } catch {
      return false;
    }
  };
  const stop = (): void => void kill("SIGTERM");
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          stop();
        }, timeoutMs);
  call.signal.addEventListener("abort", stop, { once: true });
  if (call.signal.aborted) stop();
  child.once("exit", (code, signal) => {
    clearTimeout(timer);
    call.signal.removeEventListener("abort", stop);
    try {
      exit.resolve(ended({ code, signal, timedOut, contained: false, leftBehind: kill(0) }));
    } catch (error) {
      exit.reject(error);
    }
    kill("SIGKILL"); // What is left would hold the pipe.
  });
  // Node throws away what an ended program printed if nobody has begun to read.
  const printed = child.stdout?.pipe(new PassThrough()) ?? [];
  async function* output(): Running["output"] extends AsyncIterable<infer Chunk> ? AsyncGenerator<Chunk, void> : never {
    for await (const bytes of printed) yield { stream: "stdout", bytes: bytes as Uint8Array };
  }
  return {
    pid,
    output: output(),
    exit: exit.promise,
    async [Symbol.asyncDispose]() {
      kill("SIGTERM");
      await exit.promise.catch(() => undefined);
    },
  };
}
