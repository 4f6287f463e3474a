import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";

/** What one run of a program cost, as a whole process. */
export interface Run {
  readonly wallMs: number;
  /** User and system time; in steps of 10 ms, the clock of Linux's accounting. */
  readonly cpuMs: number;
  readonly peakKib: number;
  readonly code: number;
  /** What it printed. */
  readonly output: string;
}

export interface RunOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Runs a program to its end, one at a time. */
export async function run(argv: readonly string[], options: RunOptions): Promise<Run> {
  const [program = "", ...args] = argv;
  const before = childrenCpuMs();
  const began = performance.now();
  const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.resume();
  let peakKib = 0;
  const poll = setInterval(() => void (peakKib = Math.max(peakKib, peakOf(child))), 4);
  const code = await new Promise<number>((resolve, reject) => child.once("error", reject).once("close", (exit) => resolve(exit ?? -1)));
  clearInterval(poll);
  return { wallMs: performance.now() - began, cpuMs: childrenCpuMs() - before, peakKib, code, output };
}

/** Time of all children that have ended, from /proc: fields 16 and 17 of stat, in hundredths of a second. */
function childrenCpuMs(): number {
  const fields = readFileSync("/proc/self/stat", "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return (Number(fields[13]) + Number(fields[14])) * 10;
}

/** The most memory a process has had; the kernel keeps the high mark. */
function peakOf({ pid }: ChildProcess): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

export const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Runs two things in turn, so that a drift of the machine meets both, and answers the medians. */
export async function pairs(rounds: number, one: () => Promise<number>, other: () => Promise<number>): Promise<readonly [number, number]> {
  const ones: number[] = [];
  const others: number[] = [];
  await one();
  await other();
  for (let round = 0; round < rounds; round += 1) {
    ones.push(await one());
    others.push(await other());
  }
  return [median(ones), median(others)];
}
