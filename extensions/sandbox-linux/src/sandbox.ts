import { existsSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ClawError, type Launch, type Sandbox, type SandboxDenial, type SandboxPolicy, type SandboxState, type SandboxStatus } from "@claw/kernel";
import { isWithin } from "@claw/kernel/kit";
import { wallArguments } from "./arguments.ts";
import { containedEnvironment } from "./environment.ts";
import { openFilter } from "./filter-file.ts";
import { gitIdentity } from "./git-identity.ts";
import { emptiedFolders, isHidden, systemSecrets } from "./hidden-places.ts";
import { createPlaceholders } from "./placeholders.ts";
import { type Probe, ownConfinement, probe } from "./probe.ts";
import { guardedPaths } from "./protected-paths.ts";
import { removePlanted, watchPlanted } from "./planted-paths.ts";
import { type SandboxConfig, type SandboxRules, within } from "./sandbox-config.ts";
import { statusOf } from "./status.ts";
import { toolChains } from "./tool-chains.ts";
import { visibleSockets } from "./unix-sockets.ts";

export interface SandboxOptions {
  readonly config: SandboxConfig;
  readonly rules: SandboxRules;
  readonly home: string | undefined;
  /** claw's own folders, never in sight. */
  readonly own: readonly string[];
  /** Where claw keeps its state. */
  readonly state: string;
  /** The folder of programs that come with claw. */
  readonly bin: string;
  /** The real environment: signs of nesting are read from it, nothing is handed on. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly pathFolders: readonly string[];
  now(): Date;
  log(message: string): void;
}

/** The wall of bubblewrap. */
export function createSandbox(options: SandboxOptions): Sandbox {
  const { config, rules, home, own } = options;
  const required = config.required || rules.required;
  const hosts = within(config.hosts, rules);
  const hidden = emptiedFolders(home === undefined ? undefined : realOr(home), own.map(realOr));
  let found: Promise<{ readonly probe: Probe; readonly status: SandboxStatus }> | undefined;

  const examine = async (signal: AbortSignal) => {
    const shown = await probe(options.pathFolders, signal);
    const facts = { config, required, hosts, hidden, environment: options.environment, since: options.now() };
    return { probe: shown, status: statusOf(shown, stateOf(shown, config, required, options.environment), facts) };
  };
  const known = (signal: AbortSignal) => {
    found ??= examine(signal).catch((error: unknown) => {
      found = undefined;
      throw error;
    });
    return found;
  };
  const builder = createBuilder(options, hosts, hidden);

  return {
    status: async (signal) => (await known(signal)).status,
    async prepare(command, policy, signal) {
      const { probe: shown, status } = await known(signal);
      const mode = required && policy.mode === "off" ? config.mode : (policy.mode ?? config.mode);
      if (mode === "off" || status.state === "inherited") return nothing(policy, required && status.state !== "inherited", status);
      const wall = shown.level === undefined || shown.bubblewrap === undefined ? undefined : { level: shown.level, bubblewrap: shown.bubblewrap };
      if (wall === undefined) return nothing(policy, required && !config.trustOuterContainer, status);
      if (status.state === "degraded" && (required || policy.contained.required)) throw missing(status);
      return builder(command, { ...policy, mode }, wall);
    },
  };
}

function nothing(policy: SandboxPolicy, required: boolean, status: SandboxStatus): undefined {
  if (required || (policy.contained.required && status.state !== "inherited")) throw missing(status);
  return undefined;
}

function missing({ reasons }: SandboxStatus): ClawError {
  const [first] = reasons;
  return new ClawError(
    "SANDBOX_REQUIRED",
    `it may run only inside a sandbox, and there is none: ${first?.text ?? "it is turned off"}`,
    { reasons: reasons.map(({ text }) => text) },
    { fix: first?.fix ?? "claw sandbox status says more" },
  );
}

function stateOf({ level }: Probe, { mode }: SandboxConfig, required: boolean, environment: SandboxOptions["environment"]): SandboxState {
  if (mode === "off" && !required) return "off";
  if (level === "full" || level === "nested") return "active";
  if (level === "no-net-ns") return "degraded";
  // The variable alone says nothing: that no wall can be put up in here, and that this process is walled in, must be seen.
  const { noNewPrivileges, filtered } = ownConfinement();
  return environment["CLAW_SANDBOX"] !== undefined && noNewPrivileges && filtered ? "inherited" : "unavailable";
}

type Standing = { readonly level: NonNullable<Probe["level"]>; readonly bubblewrap: NonNullable<Probe["bubblewrap"]> };

function createBuilder(options: SandboxOptions, hosts: readonly string[], hidden: readonly string[]) {
  const { config, rules, home: givenHome, state, bin } = options;
  const home = givenHome === undefined ? undefined : realOr(givenHome);
  const placeholders = createPlaceholders(join(state, "sandbox", "placeholders.jsonl"));
  const secrets = systemSecrets();
  let identity: { readonly from: string; readonly to: string } | false | undefined;

  /** A copy of what programs may know of the person's git, made once. */
  const identityCopy = (): readonly { readonly from: string; readonly to: string }[] => {
    if (identity === undefined) {
      const text = home === undefined ? undefined : gitIdentity(home);
      identity = text === undefined || home === undefined ? false : { from: join(state, "sandbox", "gitconfig"), to: join(home, ".gitconfig") };
      if (identity !== false) {
        mkdirSync(join(state, "sandbox"), { recursive: true, mode: 0o700 });
        writeFileSync(identity.from, text ?? "", { mode: 0o600 });
      }
    }
    return identity === false ? [] : [identity];
  };

  return async (
    command: readonly string[],
    policy: SandboxPolicy & { readonly mode: "workspace-only" | "allow-list" },
    { level, bubblewrap }: Standing,
  ): Promise<Launch> => {
    const { contained } = policy;
    const roots = policy.roots.map(realOr);
    const tooMuch = roots.find((root) => root === "/");
    if (tooMuch !== undefined)
      throw new ClawError(
        "SANDBOX_FAILED",
        "the whole file system cannot be a session's folder inside a sandbox",
        { stage: "mounts" },
        { fix: "start claw in the project's folder" },
      );
    const ignored = policy.hidden.map(realOr);
    const guarded = roots.flatMap((root) => guardedPaths(root, home)).filter(({ path }) => !isHidden(path, ignored));
    const writable = [...new Set([...roots, ...config.writable.map(realOr), ...contained.writable.map(realOr)])].filter((path) => existsSync(path)).sort();
    const ownInside = options.own.map(realOr).filter((path) => existsSync(path) && writable.some((one) => isWithin(one, path)));
    const scratch = policy.scratch === undefined || !existsSync(policy.scratch) ? [] : [realOr(policy.scratch)];
    const allowed = contained.hosts === "any" ? "any" : [...new Set([...hosts, ...within(contained.hosts, rules)])];
    const openNetwork = allowed === "any" && rules.hosts === undefined;
    const free = guarded.flatMap((one) => (one.type === "kept free" ? [one.path] : []));
    const filter = openFilter({ strict: config.strict, debug: config.debug });
    const undo: (() => void | Promise<void>)[] = [() => filter[Symbol.dispose]()];
    try {
      const way = allowed === "any" || allowed.length === 0 || level === "no-net-ns" ? undefined : await openWay(command, allowed, options, undo);
      placeholders.hold(free);
      undo.push(() => placeholders.release(free));
      const planted = watchPlanted(guarded);
      undo.push(() => removePlanted(planted));
      const wall = wallArguments({
        level,
        mode: policy.mode,
        disableUserns: bubblewrap.disableUserns,
        openNetwork,
        emptied: policy.mode === "allow-list" ? (home === undefined ? ["/tmp", "/run"] : ["/tmp", "/run", home]) : hidden,
        readable: [
          ...toolChains(options.pathFolders, hidden, home, roots),
          ...(isHidden(bin, hidden) ? [bin] : []),
          ...config.allow.map(realOr),
          ...contained.readable.map(realOr),
          ...scratch,
          ...(openNetwork ? ["/run/systemd/resolve", "/run/resolvconf"] : []),
        ],
        copies: roots.some((root) => root === home) ? [] : identityCopy(),
        writable,
        guarded,
        masked: {
          folders: [...secrets.folders, ...ownInside, ...ignored.filter(isFolder)],
          files: [...secrets.files, ...ignored.filter((path) => !isFolder(path) && existsSync(path)), ...visibleSockets([...hidden, ...ignored])],
          but: scratch.filter((path) => ownInside.some((folder) => isWithin(folder, path))),
        },
        proxy: way?.binds ?? [],
        cwd: realOr(policy.cwd),
        seccomp: 3,
      });
      return {
        command: [bubblewrap.path, ...wall, ...(way?.command ?? command)],
        environment: containedEnvironment(policy.environment, way?.environment ?? {}),
        cwd: realOr(policy.cwd),
        descriptors: [filter.descriptor],
        backend: level === "nested" ? "bwrap-nested" : "bwrap",
        denials: () => way?.denials() ?? [],
        [Symbol.asyncDispose]: once(() => undone(undo)),
      };
    } catch (error) {
      await undone(undo);
      throw error;
    }
  };
}

interface Way {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly binds: readonly string[];
  denials(): readonly SandboxDenial[];
}

/** The way to the hosts it may reach. */
async function openWay(command: readonly string[], hosts: readonly string[], { log }: SandboxOptions, undo: (() => void | Promise<void>)[]): Promise<Way> {
  const [{ startProxy }, { forwarded }] = await Promise.all([import("./proxy.ts"), import("./forwarder.ts")]);
  const proxy = await startProxy({ hosts, log: ({ host, port, allowed, why }) => log(`${allowed ? "reached" : "refused"} ${host}:${port}: ${why}`) });
  undo.push(async () => proxy[Symbol.asyncDispose]());
  const socat = ["/usr/bin/socat", "/bin/socat"].find((path) => existsSync(path));
  const made = forwarded(command, { token: proxy.token, socket: proxy.socket, node: process.execPath, ...(socat === undefined ? {} : { socat }) });
  return { ...made, denials: () => proxy.denials() };
}

/** What was put up last is taken down first. */
async function undone(steps: (() => void | Promise<void>)[]): Promise<void> {
  for (let step = steps.pop(); step !== undefined; step = steps.pop()) await step();
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= work());
}

const isFolder = (path: string): boolean => {
  try {
    return realpathSync(`${path}/.`) !== "";
  } catch {
    return false;
  }
};

/** Where a path leads; itself where nothing is there yet. */
function realOr(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
