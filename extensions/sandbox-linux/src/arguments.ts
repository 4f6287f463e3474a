import { existsSync } from "node:fs";
import type { SandboxMode } from "@claw/kernel";
import { isWithin } from "@claw/kernel/kit";
import type { Guarded } from "./protected-paths.ts";

/** How much of the wall this machine can put up (safety.md §3.6). */
export type Level = "full" | "nested" | "no-net-ns";

/** All that the arguments of bubblewrap depend on. */
export interface Wall {
  readonly level: Level;
  readonly mode: Exclude<SandboxMode, "off">;
  /** Whether bubblewrap knows --disable-userns. */
  readonly disableUserns: boolean;
  /** Whether the program may use the machine's own network. */
  readonly openNetwork: boolean;
  readonly emptied: readonly string[];
  /** Read-only again, below what was emptied or in a root of its own. */
  readonly readable: readonly string[];
  /** Copies: what is outside, and where it is put. */
  readonly copies: readonly { readonly from: string; readonly to: string }[];
  /** The session's folders, and what else may be written; outer ones before inner ones. */
  readonly writable: readonly string[];
  readonly guarded: readonly Guarded[];
  /** A file and a folder with nothing in them. */
  readonly empty: { readonly file: string; readonly folder: string };
  /** Files and folders out of sight, those of the workspace too; and what of them is in sight all the same. */
  readonly masked: { readonly files: readonly string[]; readonly folders: readonly string[]; readonly but: readonly string[] };
  /** Arguments of the way to the network proxy. */
  readonly proxy: readonly string[];
  readonly cwd: string;
  /** The descriptor of the filter of system calls. */
  readonly seccomp: number;
}

/** Of every machine inside. */
export const HOST_NAME = "claw-sandbox";

/** What a root of its own has of the system, in mode allow-list. */
const systemFolders: readonly string[] = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/opt", "/nix/store"];

/** Where root changes the kernel by writing, also without a capability: the kernel looks at the real user. */
const kernelSettings: readonly string[] = ["/proc/sys", "/proc/sysrq-trigger", "/proc/mtrr"];
/** The same of devices, which programs do not read: an empty folder in their place costs far less than to bind them read-only. */
const deviceSettings: readonly string[] = ["irq", "bus", "fs", "acpi", "scsi", "asound", "driver", "dynamic_debug"].map((name) => `/proc/${name}`);
let deviceSettingsHere: readonly string[] | undefined;

/** The arguments in front of the program. Their order matters: a mount hides what was below it. */
export function wallArguments(wall: Wall): readonly string[] {
  const { level, mode, writable, masked } = wall;
  return [
    "--unshare-user",
    "--unshare-pid",
    "--unshare-ipc",
    "--unshare-uts",
    "--unshare-cgroup-try",
    ...(wall.openNetwork || level === "no-net-ns" ? [] : ["--unshare-net"]),
    "--hostname",
    HOST_NAME,
    "--new-session",
    "--die-with-parent",
    "--cap-drop",
    "ALL",
    ...(wall.disableUserns ? ["--disable-userns"] : []),
    "--seccomp",
    String(wall.seccomp),
    ...(mode === "allow-list" ? ["--tmpfs", "/", ...systemFolders.flatMap((path) => ["--ro-bind-try", path, path])] : ["--ro-bind", "/", "/"]),
    "--dev",
    "/dev",
    ...(level === "nested" ? ["--ro-bind", "/proc", "/proc"] : ["--proc", "/proc"]),
    ...kernelSettings.flatMap((path) => ["--ro-bind-try", path, path]),
    ...(deviceSettingsHere ??= deviceSettings.filter((path) => existsSync(path))).flatMap((path) => ["--tmpfs", path]),
    ...wall.emptied.flatMap((path) => ["--tmpfs", path]),
    ...wall.readable.flatMap((path) => ["--ro-bind-try", path, path]),
    ...wall.copies.flatMap(({ from, to }) => ["--ro-bind", from, to]),
    ...wall.proxy,
    ...writable.flatMap((path) => ["--bind", path, path, ...guardsOf(path, wall).flatMap((one) => guardArguments(one, wall.empty))]),
    // Last: what is kept from being written may lie above what is kept out of sight.
    ...masked.folders.flatMap((path) => ["--tmpfs", path]),
    ...masked.files.flatMap((path) => ["--ro-bind", "/dev/null", path]),
    ...masked.but.flatMap((path) => ["--ro-bind-try", path, path]),
    "--chdir",
    wall.cwd,
    "--",
  ];
}

/** What is guarded belongs to the innermost folder that may be written: one that lies in a guarded folder is bound after that. */
const guardsOf = (folder: string, { writable, guarded }: Wall): readonly Guarded[] =>
  guarded.filter(({ path }) => !writable.includes(path) && writable.findLast((one) => isWithin(one, path)) === folder);

function guardArguments(one: Guarded, empty: Wall["empty"]): readonly string[] {
  const { type, path } = one;
  switch (type) {
    case "pinned":
      return ["--bind", path, path];
    case "read-only":
      return ["--ro-bind", path, path];
    case "kept free":
      return ["--ro-bind", one.by === "empty file" ? empty.file : empty.folder, path];
    default:
      return type satisfies never;
  }
}
