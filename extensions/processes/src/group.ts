import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { processStat } from "@claw/kernel/kit";

/** Signals every program of a group; false when there is none left. Signal 0 only asks. */
export function signalGroup(pid: number, signal: "SIGTERM" | "SIGKILL" | 0, platform: NodeJS.Platform): boolean {
  if (platform === "win32") return endTree(pid, signal);
  try {
    return process.kill(-pid, signal);
  } catch (error) {
    // EPERM: somebody is there, and is not ours to signal.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Whether anything of a group runs. Where /proc can tell, programs that have ended and wait to be reaped do not count. */
export function isGroupRunning(pid: number, platform: NodeJS.Platform): boolean {
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
