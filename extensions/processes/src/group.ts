import { spawn } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";

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
    return readdirSync("/proc").some((name) => /^\d+$/.test(name) && isRunningMember(name, pid));
  } catch {
    return true;
  }
}

/** proc(5): the state and the group are the first and third field after the name, which is in parentheses and may hold any. */
function isRunningMember(name: string, group: number): boolean {
  try {
    const stat = readFileSync(`/proc/${name}/stat`, "latin1");
    const [state = "", , of] = stat.slice(stat.lastIndexOf(")") + 2).split(" ", 3);
    return Number(of) === group && !"ZXx".includes(state);
  } catch {
    return false; // It is gone meanwhile.
  }
}

/** Windows has no process groups and no signals: the tree below the program is ended by force at once. Not run by the tests of other platforms. */
function endTree(pid: number, signal: "SIGTERM" | "SIGKILL" | 0): boolean {
  if (signal !== 0) {
    spawn("taskkill", ["/PID", String(pid), "/T", "/F"], { stdio: "ignore", windowsHide: true }).on("error", () => process.kill(pid)).unref();
  }
  return false;
}
