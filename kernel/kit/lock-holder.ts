import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { jsonFrom } from "./json-object.ts";
import { processStat } from "./process-stat.ts";

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
  const { pid, host, start } = (jsonFrom(text) ?? {}) as Partial<Record<keyof Holder, unknown>>;
  if (!Number.isSafeInteger(pid) || (pid as number) <= 0 || typeof host !== "string") return undefined;
  return { pid: pid as number, host, ...(typeof start === "string" ? { start } : {}) };
}

/** A zombie holds nothing any more, however long its parent leaves it there. */
function startOf(pid: number): string | undefined {
  const stat = processStat(pid);
  if (stat === undefined) return undefined;
  try {
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()}/${stat.startTicks}`;
  } catch {
    return undefined;
  }
}
