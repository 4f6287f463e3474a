import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type SeccompOptions, seccompFilter } from "./seccomp.ts";

/** A filter of system calls as an open file without a name. Each program needs one of its own: reading it moves its position. */
export interface FilterFile extends Disposable {
  readonly descriptor: number;
}

export function openFilter(options: Omit<SeccompOptions, "architecture">): FilterFile {
  if (process.arch !== "x64" && process.arch !== "arm64") throw new RangeError(`there is no filter of system calls for ${process.arch}`);
  const folder = mkdtempSync(join(tmpdir(), "claw-filter-"));
  const path = join(folder, "filter");
  try {
    writeFileSync(path, seccompFilter({ architecture: process.arch, ...options }), { mode: 0o600, flag: "wx" });
    const descriptor = openSync(path, "r");
    return { descriptor, [Symbol.dispose]: () => closeSync(descriptor) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
