import { ClawError, type Sandbox, type SandboxPolicy, type SandboxState, type SandboxStatus } from "@claw/kernel";
import { emptiedFolders } from "./hidden-places.ts";
import { createConfiner } from "./confine.ts";
import { createLauncher } from "./launch.ts";
import { isWalledIn, type Probe, probe } from "./probe.ts";
import { realOr } from "./real-path.ts";
import { type SandboxConfig, type SandboxRules, within } from "./sandbox-config.ts";
import { statusOf } from "./status.ts";

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

/** The wall of bubblewrap; where none can be put up, what Landlock can hold. */
export function createSandbox(options: SandboxOptions): Sandbox {
  const { rules, home, own } = options;
  const required = options.config.required || rules.required;
  // Where a wall is required, it cannot be turned off as well.
  const config = { ...options.config, mode: required && options.config.mode === "off" ? ("workspace-only" as const) : options.config.mode };
  const hosts = within(config.hosts, rules);
  const hidden = emptiedFolders(home === undefined ? undefined : realOr(home), own.map(realOr));
  let found: Promise<{ readonly probe: Probe; readonly status: SandboxStatus }> | undefined;

  const examine = async () => {
    const shown = await probe(options.pathFolders);
    const facts = { config, required, hosts, hidden, environment: options.environment, since: options.now() };
    return { probe: shown, status: statusOf(shown, stateOf(shown, config, options.environment), facts) };
  };
  // What is found holds for every caller: none of them ends the search for the others.
  const known = async (signal: AbortSignal) => {
    signal.throwIfAborted();
    found ??= examine().catch((error: unknown) => {
      found = undefined;
      throw error;
    });
    const result = await found;
    signal.throwIfAborted();
    return result;
  };
  let launcher: ReturnType<typeof createLauncher> | undefined;
  let confiner: ReturnType<typeof createConfiner> | undefined;

  return {
    status: async (signal) => (await known(signal)).status,
    async prepare(command, policy, signal) {
      const { probe: shown, status } = await known(signal);
      const mode = required && policy.mode === "off" ? config.mode : (policy.mode ?? config.mode);
      if (mode === "off" || status.state === "inherited") return nothing(policy, required && status.state !== "inherited", status);
      const wall = shown.level === undefined || shown.bubblewrap === undefined ? undefined : { level: shown.level, bubblewrap: shown.bubblewrap };
      const { landlock } = shown;
      if (wall === undefined && landlock === undefined) return nothing(policy, required && !config.trustOuterContainer, status);
      const isTrusted = wall === undefined && config.trustOuterContainer;
      if (status.state === "degraded" && ((required && !isTrusted) || policy.contained.required)) throw missing(status);
      if (wall === undefined) {
        if (landlock === undefined || isTrusted) return undefined;
        confiner ??= createConfiner({ ...options, config }, hosts, hidden);
        return confiner(command, { ...policy, mode }, landlock, signal);
      }
      launcher ??= createLauncher({ ...options, config }, hosts, hidden, () => (found = undefined));
      return launcher(command, { ...policy, mode }, wall, signal);
    },
  };
}

/** Nothing is put around it, where that will do. */
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

function stateOf({ level, landlock }: Probe, { mode }: Pick<SandboxConfig, "mode">, environment: SandboxOptions["environment"]): SandboxState {
  if (mode === "off") return "off";
  if (level === "full" || level === "nested") return "active";
  if (level === "no-net-ns") return "degraded";
  // The variable alone says nothing: that no wall can be put up in here, and that this process is walled in, must be seen.
  if (environment["CLAW_SANDBOX"] !== undefined && isWalledIn()) return "inherited";
  return landlock === undefined ? "unavailable" : "degraded";
}
