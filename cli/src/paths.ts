import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { ClawError, type StoreLocation } from "@claw/kernel/host";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where claw keeps things; absolute, and not necessarily there yet. */
export interface Folders {
  readonly config: string;
  readonly data: string;
  readonly state: string;
  readonly cache: string;
  readonly home?: string;
}

/** `CLAW_HOME` moves all four folders, `CLAW_CONFIG_HOME` the config alone; otherwise the platform's customs. */
export function foldersOf(environment: Environment, platform: string): Folders {
  const folders = customaryFolders(environment, platform);
  // Nothing can be kept there, and the engine never ends trying to make a folder there.
  const lost =
    platform === "linux" ? [folders.config, folders.data, folders.state, folders.cache].find((path) => /^\/(?:proc|sys)(?:\/|$)/.test(path)) : undefined;
  if (lost === undefined) return folders;
  throw new ClawError("HOME_MISSING", `${lost} is in a file system that keeps no files`, {}, { fix: "set CLAW_HOME to a folder of your own" });
}

function customaryFolders(environment: Environment, platform: string): Folders {
  const home = homeOf(environment);
  const about = home === undefined ? {} : { home };
  const set = (name: string): string | undefined => (environment[name] === undefined || environment[name] === "" ? undefined : environment[name]);
  const absolute = (name: string): string | undefined => (set(name) === undefined ? undefined : resolve(set(name) ?? ""));
  const all = absolute("CLAW_HOME");
  const config = absolute("CLAW_CONFIG_HOME");
  if (all !== undefined)
    return { config: config ?? join(all, "config"), data: join(all, "data"), state: join(all, "state"), cache: join(all, "cache"), ...about };
  const at = (): string => {
    if (home !== undefined) return home;
    throw new ClawError("HOME_MISSING", "there is no home folder to keep settings and sessions in", {}, { fix: "set CLAW_HOME to a folder of your own" });
  };
  if (platform === "win32") {
    const local = join(set("LOCALAPPDATA") ?? join(at(), "AppData", "Local"), "claw");
    return {
      config: config ?? join(set("APPDATA") ?? join(at(), "AppData", "Roaming"), "claw"),
      data: join(local, "data"),
      state: join(local, "state"),
      cache: join(local, "cache"),
      ...about,
    };
  }
  if (platform === "darwin") {
    const support = join(at(), "Library", "Application Support", "claw");
    return {
      config: config ?? join(support, "config"),
      data: join(support, "data"),
      state: join(support, "state"),
      cache: join(at(), "Library", "Caches", "claw"),
      ...about,
    };
  }
  // A relative path there is to be ignored (XDG Base Directory Specification).
  const xdg = (name: string, ...fallback: readonly string[]): string => join(isAbsolute(set(name) ?? "") ? (set(name) ?? "") : join(at(), ...fallback), "claw");
  return {
    config: config ?? xdg("XDG_CONFIG_HOME", ".config"),
    data: xdg("XDG_DATA_HOME", ".local", "share"),
    state: xdg("XDG_STATE_HOME", ".local", "state"),
    cache: xdg("XDG_CACHE_HOME", ".cache"),
    ...about,
  };
}

function homeOf(environment: Environment): string | undefined {
  const named = environment["HOME"] ?? environment["USERPROFILE"];
  if (named !== undefined && named !== "") return named;
  try {
    const found = homedir();
    return found === "" ? undefined : found;
  } catch {
    // A user without an entry in the system's list: a container that runs under a bare number.
    return undefined;
  }
}

/** The folder of the program: `profiles`, `bundled` and `demo` lie in it, `bin` in its `dist`. */
export const programFolder = join(import.meta.dirname, "..");
export const binFolder = join(programFolder, "dist", "bin");

/** The administrator's file, which nobody below may widen. No flag and no variable moves it. */
export function managedPolicyPath(environment: Environment, platform: string): string {
  if (platform === "win32") return join(environment["ProgramData"] ?? "C:\\ProgramData", "claw", "policy.json");
  return platform === "darwin" ? "/Library/Application Support/claw/policy.json" : "/etc/claw/policy.json";
}

/** The person's store of extensions. */
export const userStoreOf = (folders: Folders): StoreLocation & { readonly kind: "user" } => ({
  kind: "user",
  folder: join(folders.data, "ext"),
  sealKeyFile: join(folders.state, "seal.key"),
});

/** The store that comes with the program. */
export const bundledStore: StoreLocation = { kind: "bundled", folder: join(programFolder, "bundled") };
