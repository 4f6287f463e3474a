import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type SeccompOptions, seccompFilter } from "./seccomp.ts";

/** A filter of system calls as an open file without a name. Each program needs one of its own: reading it moves its position. */
export interface FilterFile extends Disposable {
  readonly descriptor: number;
}

/** Written once, and open without a name as long as this process runs. */
const written = new Map<string, number>();

export function openFilter({ strict, debug, offline }: Omit<SeccompOptions, "architecture">): FilterFile {
  const key = JSON.stringify({ strict, debug, offline });
  let first = written.get(key);
  if (first === undefined) written.set(key, (first = writtenFilter({ strict, debug, offline })));
  const descriptor = openSync(`/proc/self/fd/${first}`, "r");
  return { descriptor, [Symbol.dispose]: () => closeSync(descriptor) };
}

function writtenFilter(options: Omit<SeccompOptions, "architecture">): number {
  if (process.arch !== "x64" && process.arch !== "arm64") throw new RangeError(`there is no filter of system calls for ${process.arch}`);
  const folder = mkdtempSync(join(tmpdir(), "claw-filter-"));
  const path = join(folder, "filter");
  try {
    writeFileSync(path, seccompFilter({ architecture: process.arch, ...options }), { mode: 0o600, flag: "wx" });
    return openSync(path, "r");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
