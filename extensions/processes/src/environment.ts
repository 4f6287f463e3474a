import { isSecretName } from "@claw/kernel/kit";

/** What a started program may know of the real environment. Anything that is not named here is left out. */
export const KEPT: readonly string[] = [
  "HOME",
  "USER",
  "LOGNAME",
  "SHELL",
  "LANG",
  "LANGUAGE",
  "TZ",
  "TMPDIR",
  "CI",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "ALL_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "all_proxy",
  "no_proxy",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "NODE_EXTRA_CA_CERTS",
  "REQUESTS_CA_BUNDLE",
  "CURL_CA_BUNDLE",
  "GIT_SSL_CAINFO",
  "NODE_ENV",
  "NVM_DIR",
  "PNPM_HOME",
  "BUN_INSTALL",
  "DENO_DIR",
  "VIRTUAL_ENV",
  "CONDA_PREFIX",
  "PYENV_ROOT",
  "GOPATH",
  "GOROOT",
  "GOCACHE",
  "GOMODCACHE",
  "CARGO_HOME",
  "RUSTUP_HOME",
  "JAVA_HOME",
  "MAVEN_HOME",
  "GRADLE_USER_HOME",
  "ANDROID_HOME",
  "DOTNET_ROOT",
  "GEM_HOME",
  "GEM_PATH",
];

export const KEPT_PREFIXES: readonly string[] = ["LC_", "XDG_"];

/** Without these a Windows program does not start, or does not find the person's folders. */
export const KEPT_ON_WINDOWS: readonly string[] = [
  "SYSTEMROOT",
  "WINDIR",
  "COMSPEC",
  "PATHEXT",
  "SYSTEMDRIVE",
  "PROGRAMFILES",
  "PROGRAMFILES(X86)",
  "PROGRAMDATA",
  "COMMONPROGRAMFILES",
  "USERPROFILE",
  "USERNAME",
  "HOMEDRIVE",
  "HOMEPATH",
  "APPDATA",
  "LOCALAPPDATA",
  "TEMP",
  "TMP",
  "NUMBER_OF_PROCESSORS",
  "PROCESSOR_ARCHITECTURE",
  "OS",
];

/** No pager, no prompt, no colour, no terminal; and how a program can tell that an agent started it. */
export const FIXED: Readonly<Record<string, string>> = {
  TERM: "dumb",
  PAGER: "cat",
  GIT_PAGER: "cat",
  MANPAGER: "cat",
  GIT_TERMINAL_PROMPT: "0",
  GIT_OPTIONAL_LOCKS: "0",
  NO_COLOR: "1",
  // npm would ask the registry that a project names for a newer npm.
  npm_config_update_notifier: "false",
  // npm would write a log of everything that it is asked, and many of its commands only read.
  npm_config_logs_max: "0",
  AI_AGENT: "claw",
  CLAW: "1",
};

export interface EnvironmentSource {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The folder of programs that come with claw. */
  readonly bin: string;
  readonly platform: NodeJS.Platform;
}

export interface EnvironmentWishes {
  readonly environment: readonly string[];
  readonly secretEnvironment: readonly string[];
}

export interface CleanEnvironment {
  readonly variables: Readonly<Record<string, string>>;
  /** The folders of PATH, absolute, in order. */
  readonly folders: readonly string[];
  /** Names asked for and not handed on because they look like secrets. */
  readonly refused: readonly string[];
}

/** The environment of every started program, made from nothing but the names above and those the person wished for. */
export function cleanEnvironment(source: EnvironmentSource, wishes: EnvironmentWishes): CleanEnvironment {
  const windows = source.platform === "win32";
  const same = (name: string): string => (windows ? name.toUpperCase() : name);
  const kept = new Set([...KEPT, ...(windows ? KEPT_ON_WINDOWS : []), ...wishes.environment].map(same));
  const secrets = new Set(wishes.secretEnvironment.map(same));
  const isKept = (name: string): boolean =>
    secrets.has(name) || (!isSecretName(name) && (kept.has(name) || KEPT_PREFIXES.some((prefix) => name.startsWith(prefix))));

  const variables: Record<string, string> = {};
  for (const [name, value] of Object.entries(source.environment)) {
    if (value !== undefined && isKept(same(name))) variables[name] = value;
  }
  const path = Object.entries(source.environment).find(([name]) => same(name) === "PATH")?.[1] ?? "";
  const folders = cleanPath([source.bin, ...path.split(windows ? ";" : ":")], windows);
  const own = { ...FIXED, PATH: folders.join(windows ? ";" : ":") };
  // Windows compares names without case: a `Path` beside our PATH would be a second value of one variable.
  for (const name of Object.keys(variables)) if (same(name) in own) delete variables[name];
  return {
    variables: { ...variables, ...own },
    folders,
    refused: wishes.environment.filter((name) => isSecretName(name) && !secrets.has(same(name))),
  };
}

/** Absolute folders, each once. Those in `node_modules`, which npm and npx put in front, are the project's to fill: nothing of ours runs from there. */
export function cleanPath(folders: readonly string[], windows: boolean): readonly string[] {
  const isAbsolute = (folder: string): boolean => (windows ? /^[A-Za-z]:[\\/]|^\\\\/.test(folder) : folder.startsWith("/"));
  return [...new Set(folders)].filter((folder) => isAbsolute(folder) && !/[\\/]node_modules([\\/]|$)/.test(folder));
}
