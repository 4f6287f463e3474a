import { realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { ClawError, type Host, type SandboxMode, type SandboxPolicy } from "@claw/kernel";
import { isWithin } from "@claw/kernel/kit";
import type { Wall } from "./profile.ts";

export interface SandboxConfig {
  readonly mode: SandboxMode;
  readonly required: boolean;
  readonly hosts: readonly string[];
  readonly writable: readonly string[];
  readonly allow: readonly string[];
  readonly strict: boolean;
  readonly debug: boolean;
  /** The most hosts that anybody may allow, from an administrator's policy. */
  readonly mostHosts?: readonly string[];
}

/** Where people and programs keep what is theirs. */
export const HIDDEN: readonly string[] = ["/Users", "/Volumes", "/private/tmp", "/private/var/tmp", "/private/var/folders"];
/** Tool chains below the home folder that need more than the folder of PATH they are found by. */
const CHAINS: readonly string[] = [
  ".nvm",
  ".rustup",
  ".pyenv",
  ".rbenv",
  ".volta",
  ".bun",
  ".deno",
  ".asdf",
  ".local/share/mise",
  "go/bin",
  ".cargo/bin",
  "Library/pnpm",
];

/** The wall that a policy asks for, with every path as it really is. Throws SANDBOX_FAILED for a path that cannot be kept. */
export function wallFor(policy: SandboxPolicy, config: SandboxConfig, folders: Host["folders"], temporary: string, network: Wall["network"]): Wall {
  const { contained } = policy;
  const home = folders.home === undefined ? undefined : realOf(folders.home);
  const own = [folders.config, folders.data, folders.state, folders.cache].map(realOf);
  const mode = policy.mode ?? config.mode;
  const path = policy.environment["PATH"] ?? "";
  return {
    roots: policy.roots.map(realOf),
    home,
    temporary: realOf(temporary),
    reading: mode === "allow-list" ? "listed" : "all",
    hidden: [...HIDDEN, ...(home === undefined ? [] : [home])],
    readable: [...config.allow, ...contained.readable, ...toolChains(path.split(":"), home), folders.bin].map(realOf).filter((each) => each !== home),
    writable: [...config.writable, ...contained.writable].map(realOf),
    closed: [...own, ...policy.hidden.map(realOf)],
    unwritable: (policy.unwritable ?? []).map(realOf),
    exempt: policy.scratch === undefined ? [] : [realOf(policy.scratch)],
    network,
    debug: config.debug,
    strict: config.strict,
  };
}

/** The programs of PATH that lie below the home folder, and what they need beside them. */
function toolChains(path: readonly string[], home: string | undefined): readonly string[] {
  if (home === undefined) return [];
  const folders = path
    .filter((folder) => folder.startsWith("/"))
    .map(realOf)
    .filter((folder) => folder !== home && isWithin(home, folder));
  const used = CHAINS.map((chain) => join(home, chain)).filter((chain) =>
    folders.some((folder) => isWithin(chain, folder) || isWithin(dirname(chain), folder)),
  );
  return [...folders, ...used].filter(isThere);
}

const isThere = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;

/** A path with its links followed as far as it is there: seatbelt sees `/private/tmp` where people write `/tmp`. */
function realOf(path: string): string {
  if (!path.startsWith("/") || /[\0-\x1f\x7f]/.test(path)) {
    throw new ClawError("SANDBOX_FAILED", `${JSON.stringify(path)} is no path that a sandbox can keep`, { stage: "profile" });
  }
  for (let there = path, rest = ""; ; rest = join(there.slice(dirname(there).length), rest), there = dirname(there)) {
    try {
      return join(realpathSync.native(there), rest);
    } catch (error) {
      if (there === "/") throw error;
    }
  }
}
