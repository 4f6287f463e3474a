import { readFileSync } from "node:fs";
import { hostname } from "node:os";

/** A process that holds a lock, told apart from a later one of the same number by when it started. */
export interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Boot and start time, where the system tells; Linux does. */
  readonly start?: string;
}

export function thisProcess(): Holder {
  const start = startOf(process.pid);
  return { pid: process.pid, host: hostname(), ...(start === undefined ? {} : { start }) };
}

/** True only if the process is certainly gone. Of another machine's nothing is known. */
export function isGone(holder: Holder): boolean {
  if (holder.host !== hostname()) return false;
  if (process.platform === "linux" && holder.start !== undefined) return startOf(holder.pid) !== holder.start;
  try {
    process.kill(holder.pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

/** Reads a holder from a lock's text; undefined when it is none. */
export function holderFrom(text: string): Holder | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { pid, host, start } = (value ?? {}) as Partial<Record<keyof Holder, unknown>>;
  if (!Number.isSafeInteger(pid) || (pid as number) <= 0 || typeof host !== "string") return undefined;
  return { pid: pid as number, host, ...(typeof start === "string" ? { start } : {}) };
}

/** proc(5): field 22 of /proc/<pid>/stat is the start in ticks since boot; the command before it may hold spaces and brackets. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state] = fields;
    const ticks = fields[19];
    // A zombie holds nothing any more, however long its parent leaves it there.
    if (state === "Z" || state === "X" || ticks === undefined) return undefined;
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()}/${ticks}`;
  } catch {
    return undefined;
  }
}
