import { existsSync, readFileSync } from "node:fs";
import { hostname, release } from "node:os";
import { isWithin } from "@claw/kernel/kit";
import { HOST_NAME, type Level, wallArguments } from "./arguments.ts";
import { openFilter } from "./filter-file.ts";
import { findLandlock, type Landlock } from "./landlock.ts";
import { isProgram, runSystem } from "./run-system.ts";

/** What one attempt to put up a wall showed. */
export interface Attempt {
  readonly ok: boolean;
  readonly stage: string;
  /** What the first that failed printed. */
  readonly stderr: string;
  readonly ms: number;
}

export interface Bubblewrap {
  readonly path: string;
  readonly version: string;
  readonly disableUserns: boolean;
  /** Whether it knows --json-status-fd. */
  readonly tellsStatus?: boolean;
}

export interface Probe {
  /** Undefined where no wall of bubblewrap can be put up. */
  readonly level: Level | undefined;
  readonly bubblewrap: Bubblewrap | undefined;
  /** What is left where none can: absent where that cannot be had either, and not looked for where a better wall stands. */
  readonly landlock?: Landlock | undefined;
  readonly attempt: Attempt;
  readonly kernel: string;
}

/** In this order: each gives up a little of the one before. */
const levels: readonly Level[] = ["full", "nested", "no-net-ns"];

/** Puts up walls until one stands. The only judge of what there is: a marker file says nothing. */
export async function probe(pathFolders: readonly string[]): Promise<Probe> {
  const kernel = release();
  const bubblewrap = await findBubblewrap(pathFolders);
  if (bubblewrap === undefined)
    return {
      level: undefined,
      bubblewrap,
      landlock: await findLandlock(),
      attempt: { ok: false, stage: "find", stderr: "bubblewrap (bwrap) is not installed", ms: 0 },
      kernel,
    };
  let first: Attempt | undefined;
  for (const level of levels) {
    // Where /proc/sys is read-only, as in containers, bubblewrap cannot forbid namespaces; the filter of system calls does so, too.
    for (const disableUserns of bubblewrap.disableUserns ? [true, false] : [false]) {
      const used = { ...bubblewrap, disableUserns };
      const attempt = await attemptWall(used, level);
      if (attempt.ok) return { level, bubblewrap: used, attempt: { ...attempt, stderr: first?.stderr ?? "" }, kernel };
      first ??= attempt;
    }
  }
  return { level: undefined, bubblewrap, landlock: await findLandlock(), attempt: first ?? { ok: false, stage: "full", stderr: "", ms: 0 }, kernel };
}

async function attemptWall({ path, disableUserns }: Bubblewrap, level: Level): Promise<Attempt> {
  using filter = openFilter({ strict: false, debug: false, offline: false });
  const wall = {
    level,
    mode: "workspace-only" as const,
    disableUserns,
    openNetwork: false,
    emptied: ["/tmp"],
    readable: [],
    copies: [],
    writable: [],
    guarded: [],
    empty: { file: "/dev/null", folder: "/" },
    masked: { files: [], folders: [], but: [] },
    proxy: [],
    cwd: "/",
    seccomp: 3,
  };
  const began = performance.now();
  const { code, stderr } = await runSystem([path, ...wallArguments(wall), "/bin/true"], [filter.descriptor]);
  return { ok: code === 0, stage: level, stderr: stderr.trim(), ms: performance.now() - began };
}

/** The system's own first: some systems let no other one make namespaces. Never one that a project could have put on PATH. */
async function findBubblewrap(pathFolders: readonly string[]): Promise<Bubblewrap | undefined> {
  const candidates = [
    "/usr/bin/bwrap",
    "/bin/bwrap",
    "/usr/local/bin/bwrap",
    ...pathFolders.filter((folder) => isWithin("/usr", folder) || isWithin("/nix", folder) || isWithin("/opt", folder)).map((folder) => `${folder}/bwrap`),
  ];
  const path = candidates.find(isProgram);
  if (path === undefined) return undefined;
  const [help, version] = await Promise.all([runSystem([path, "--help"], []), runSystem([path, "--version"], [])]);
  return {
    path,
    version: version.stdout.trim().replace(/^bubblewrap /, ""),
    disableUserns: help.stdout.includes("--disable-userns"),
    tellsStatus: help.stdout.includes("--json-status-fd"),
  };
}

/** Signs of a container, for people: nothing is decided by them (safety.md §3.7). */
export function containerSigns(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  const cgroup = readOr("/proc/1/cgroup", "");
  return [
    ...["/.dockerenv", "/run/.containerenv"].filter((path) => existsSync(path)),
    ...(/docker|containerd|kubepods|podman|libpod|lxc/.test(cgroup) ? ["/proc/1/cgroup"] : []),
    ...(environment["KUBERNETES_SERVICE_HOST"] === undefined ? [] : ["KUBERNETES_SERVICE_HOST"]),
    ...(environment["container"] === undefined ? [] : ["container"]),
    ...(environment["CLAW_SANDBOX"] === undefined ? [] : ["CLAW_SANDBOX"]),
    ...(/microsoft/i.test(release()) ? ["WSL"] : []),
  ];
}

/** Whether this process is in the machine's first user namespace. */
export const isInitialUserNamespace = (): boolean => /^\s*0\s+0\s+4294967295\s*$/.test(readOr("/proc/self/uid_map", ""));

/**
 * Whether this process is where a wall of claw's puts it. Many containers filter system calls and take privileges away; none of
 * them has all of the rest, which whoever is inside cannot change.
 */
export function isWalledIn(): boolean {
  const status = readOr("/proc/self/status", "");
  const confined = /^NoNewPrivs:\s*1$/m.test(status) && /^Seccomp:\s*2$/m.test(status) && /^CapBnd:\s*0+$/m.test(status);
  const settingsReadOnly = /^\S+ \S+ \S+ \S+ \/proc\/sys ro[, ]/m.test(readOr("/proc/self/mountinfo", ""));
  return confined && settingsReadOnly && hostname() === HOST_NAME && readOr("/proc/1/comm", "").trim() === "bwrap";
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return otherwise;
  }
}
