import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { processStat } from "@claw/kernel/kit";

/** What is ended together. */
export interface Group {
  /** False when nobody is left. Signal 0 only asks. */
  signal(signal: "SIGTERM" | "SIGKILL" | 0): boolean;
  isRunning(): boolean;
}

export const groupOf = (pid: number, platform: NodeJS.Platform): Group => ({
  signal: (signal) => signalGroup(pid, signal, platform),
  isRunning: () => isGroupRunning(pid, platform),
});

/** A program in claw's own group: it is signalled alone. */
export const onlyChild = (child: ChildProcess): Group => ({
  signal: (signal) => child.exitCode === null && child.signalCode === null && child.kill(signal),
  isRunning: () => false,
});

/** Signals every program of a group; false when there is none left. Signal 0 only asks. */
function signalGroup(pid: number, signal: "SIGTERM" | "SIGKILL" | 0, platform: NodeJS.Platform): boolean {
  if (platform === "win32") return endTree(pid, signal);
  try {
    return process.kill(-pid, signal);
  } catch (error) {
    // EPERM: somebody is there, and is not ours to signal.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Whether anything of a group runs. Where /proc can tell, programs that have ended and wait to be reaped do not count. */
function isGroupRunning(pid: number, platform: NodeJS.Platform): boolean {
  if (!signalGroup(pid, 0, platform)) return false;
  if (platform !== "linux") return true;
  try {
    return readdirSync("/proc").some((name) => /^\d+$/.test(name) && processStat(name)?.group === pid);
  } catch {
    return true;
  }
}

/** Windows has no process groups and no signals: the tree below the program is ended by force at once. Not run by the tests of other platforms. */
function endTree(pid: number, signal: "SIGTERM" | "SIGKILL" | 0): boolean {
  if (signal !== 0) {
    spawn("taskkill", ["/PID", String(pid), "/T", "/F"], { stdio: "ignore", windowsHide: true })
      .on("error", () => process.kill(pid))
      .unref();
  }
  return false;
}
