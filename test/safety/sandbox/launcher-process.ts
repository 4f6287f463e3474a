import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { pathFolders, usualPolicy, usualSandbox } from "./wall.ts";

/** What a launcher is to start, as the person whose process it is. */
export interface LauncherTask {
  readonly walled: boolean;
  readonly home: string;
  readonly jobs: readonly Job[];
}

export interface Job {
  readonly id: string;
  readonly command: readonly string[];
  readonly workspace: string;
  readonly terminal: boolean;
}

export interface JobResult {
  readonly id: string;
  readonly code: number | null;
  readonly output: string;
}

/** Gives the program a terminal that somebody else has open, too, and tells what was typed into it. */
const PTY = `
import os, sys, pty, fcntl, termios
master, slave = os.openpty()
pid = os.fork()
if pid == 0:
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    os.dup2(slave, 0)
    os.execv(sys.argv[1], sys.argv[1:])
_, status = os.waitpid(pid, 0)
os.set_blocking(slave, False)
try:
    print("TYPED", os.read(slave, 100).decode())
except BlockingIOError:
    print("nothing was typed")
sys.exit(os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 1)
`;

async function run(job: Job, task: LauncherTask): Promise<JobResult> {
  const environment = { PATH: pathFolders.join(":"), HOME: task.home, LANG: "C.UTF-8", TERM: "dumb" };
  await using launch = task.walled ? await sandbox.prepare(job.command, usualPolicy(job.workspace, environment), signal) : undefined;
  const { command, descriptors } = launch ?? { command: job.command, descriptors: [] };
  const [file = "", ...args] = job.terminal ? ["/usr/bin/python3", "-c", PTY, ...command] : command;
  // Without a wall, the open descriptor is handed on as a careless launcher does.
  const careless = task.walled ? [] : [...Array.from({ length: 6 - descriptors.length }, () => "ignore" as const), 9];
  const child = spawn(file, args, {
    cwd: launch?.cwd ?? job.workspace,
    env: launch?.environment ?? environment,
    detached: true,
    stdio: ["ignore", "pipe", "pipe", ...descriptors, ...careless],
  });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (bytes: Buffer) => chunks.push(bytes));
  const deadline = setTimeout(() => child.kill("SIGKILL"), 15_000);
  const [code] = (await once(child, "exit")) as [number | null];
  clearTimeout(deadline);
  // What was left behind may hold the streams open.
  if (child.stdout?.closed === false || child.stderr?.closed === false) await Promise.race([once(child, "close"), wait(1000)]);
  child.stdout?.destroy();
  child.stderr?.destroy();
  return { id: job.id, code, output: Buffer.concat(chunks).toString("latin1") };
}

const { signal } = new AbortController();
const task = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as LauncherTask;
const sandbox = usualSandbox(task.home);
const waiting = [...task.jobs];
const worker = async (): Promise<void> => {
  for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) process.stdout.write(`${JSON.stringify(await run(job, task))}\n`);
};
await Promise.all([worker(), worker(), worker()]);
