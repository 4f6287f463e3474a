import { readdirSync } from "node:fs";
import { join } from "node:path";
import { isWithin } from "@claw/kernel/kit";
import { openFilter } from "./filter-file.ts";
import { landlockScript } from "./landlock-script.ts";
import { realOr } from "./real-path.ts";
import { isProgram, runSystem } from "./run-system.ts";

/** What it takes to put up a wall of Landlock. */
export interface Landlock {
  readonly perl: string;
  /** What this kernel's Landlock knows (its documentation, userspace-api/landlock.rst): 1 files, 4 TCP, 6 signals and abstract sockets. */
  readonly abi: number;
}

export interface Confinement {
  readonly readable: readonly string[];
  readonly writable: readonly string[];
  /** Binds and connects nothing over TCP; the filter refuses the rest of the internet. */
  readonly offline: boolean;
  /** The descriptor of the filter of system calls. */
  readonly filter: number;
}

// Of arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h.
const numbers: Readonly<Partial<Record<NodeJS.Architecture, readonly string[]>>> = {
  x64: ["close=3", "prctl=157", "openat=257"],
  arm64: ["close=57", "prctl=167", "openat=56"],
};

/** The command behind a wall of Landlock. */
export function confined(command: readonly string[], { perl, abi }: Landlock, { readable, writable, offline, filter }: Confinement): readonly string[] {
  const facts = [`abi=${abi}`, ...(numbers[process.arch] ?? []), `filter=${filter}`, `offline=${offline ? 1 : 0}`];
  return [perl, "-e", landlockScript, ...facts, ...readable.map((path) => `read=${path}`), ...writable.map((path) => `write=${path}`), "--", ...command];
}

/** Looks whether such a wall stands: behind one that shows the programs alone, a file of the system cannot be read. */
export async function findLandlock(): Promise<Landlock | undefined> {
  const perl = ["/usr/bin/perl", "/bin/perl"].find(isProgram);
  if (perl === undefined || numbers[process.arch] === undefined) return undefined;
  const { stdout } = await runSystem([perl, "-e", "print syscall 444, 0, 0, 1"], []);
  const abi = Number(stdout);
  if (!(abi >= 1)) return undefined;
  using filter = openFilter({ strict: false, debug: false, offline: true });
  const wall = { readable: ["/usr", "/bin", "/lib", "/lib64"], writable: [], offline: true, filter: 3 };
  const look = ["/bin/sh", "-c", "! cat /etc/passwd"];
  const [inside, outside] = [await runSystem(confined(look, { perl, abi }, wall), [filter.descriptor]), await runSystem(look, [])];
  return inside.code === 0 && outside.code !== 0 ? { perl, abi } : undefined;
}

/** All that is not hidden: Landlock opens folders with all that is below them, and closes nothing again. */
export function allBut(hidden: readonly string[], folder = "/"): readonly string[] {
  return namesIn(folder)
    .map((name) => join(folder, name))
    .flatMap((path) => {
      const real = realOr(path);
      if (hidden.some((one) => isWithin(one, real))) return [];
      if (hidden.some((one) => isWithin(real, one))) return real === path ? allBut(hidden, path) : [];
      return [path];
    });
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
