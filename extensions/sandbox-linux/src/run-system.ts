import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";

const patienceMs = 5_000;

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One short program of the system's, with nothing of claw's environment. */
export async function runSystem(command: readonly string[], descriptors: readonly number[]): Promise<Ran> {
  const [program = "", ...rest] = command;
  const { promise, resolve } = Promise.withResolvers<Ran>();
  const child = spawn(program, rest, {
    cwd: "/",
    env: { PATH: "/usr/bin:/bin", LC_ALL: "C" },
    stdio: ["ignore", "pipe", "pipe", ...descriptors],
    signal: AbortSignal.timeout(patienceMs),
  });
  let [stdout, stderr] = ["", ""];
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout = (stdout + text).slice(0, 100_000)));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr = (stderr + text).slice(0, 10_000)));
  child.on("error", (error) => resolve({ code: null, stdout, stderr: stderr === "" ? error.message : stderr }));
  child.on("close", (code) => resolve({ code, stdout, stderr }));
  return promise;
}

/** Whether a file can be run. */
export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
