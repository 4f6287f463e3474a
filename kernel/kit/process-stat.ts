import { readFileSync } from "node:fs";

export interface ProcessStat {
  readonly group: number;
  /** When it started, in ticks since the boot. */
  readonly startTicks: number;
}

/** What Linux says of a process that runs (proc(5)); undefined when it is gone, waits to be reaped, or the system is another. */
export function processStat(pid: number | string): ProcessStat | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    return undefined;
  }
  // The name is in parentheses and may hold any, and spaces too: fields are counted after the last one.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state = "", , group] = fields;
  return "ZXx".includes(state) ? undefined : { group: Number(group), startTicks: Number(fields[19]) };
}
