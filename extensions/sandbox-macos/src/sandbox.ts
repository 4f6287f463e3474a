import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { ClawError, type Host, type Launch, type Logger, type Sandbox, type SandboxPolicy, type SandboxStatus } from "@claw/kernel";
import { type EgressProxy, proxyEnvironment, startEgressProxy, withGitSettings } from "@claw/kernel/kit";
import { withinMost } from "./administrator.ts";
import { gitIdentity } from "./git-identity.ts";
import { commandFor } from "./launch-command.ts";
import { probe, type ProbeResult } from "./probe.ts";
import { profileFor, type Wall } from "./profile.ts";
import { statusOf } from "./status.ts";
import { type SandboxConfig, wallFor } from "./wall.ts";

export interface SandboxFacts {
  readonly config: SandboxConfig;
  readonly host: Pick<Host, "folders" | "environment" | "now">;
  readonly log: Pick<Logger, "info">;
  readonly platform: NodeJS.Platform;
  readonly release: string;
  /** Absolute: the system's own, never one of PATH. */
  readonly sandboxExec: string;
  /** Where folders for what is temporary are made. */
  readonly temporary: string;
}

/** Of a program's environment, what would lead it to somebody outside. */
const doors: ReadonlySet<string> = new Set(["SSH_AUTH_SOCK", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "TMPDIR", "TMP", "TEMP"]);

export function createSandbox(facts: SandboxFacts): Sandbox {
  const { config, host } = facts;
  let known: Promise<SandboxStatus> | undefined;
  const status = (signal: AbortSignal): Promise<SandboxStatus> => {
    known ??= look(facts, signal).catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    return known;
  };
  return {
    status,
    async prepare(command, policy, signal) {
      const { state, reasons } = await status(signal);
      const off = (config.required && policy.mode === "off" ? config.mode : (policy.mode ?? config.mode)) === "off";
      if (!off && state === "inherited") return inherited(command, policy);
      if (!off && state === "active") return launch(facts, command, policy);
      if (!config.required && !policy.contained.required) return undefined;
      const texts = off ? ["the sandbox is turned off"] : reasons.map(({ text }) => text);
      throw new ClawError(
        "SANDBOX_REQUIRED",
        `this may run only inside a sandbox, and there is none: ${texts.join("; ")}`,
        { reasons: texts },
        { fix: reasons.find(({ fix }) => fix !== undefined)?.fix ?? "see `claw sandbox status`" },
      );
    },
  };

  async function look({ platform, release, sandboxExec, temporary }: SandboxFacts, signal: AbortSignal): Promise<SandboxStatus> {
    const result = platform === "darwin" && config.mode !== "off" ? await tried(sandboxExec, temporary, signal) : NOT_TRIED;
    const inside = host.environment["CLAW_SANDBOX"] !== undefined;
    return statusOf({ platform, release, config, home: host.folders.home, inside, probe: result, since: host.now().toISOString() });
  }
}

const NOT_TRIED: ProbeResult = { ok: false, stage: "not tried", stderr: "", ms: 0 };

async function tried(sandboxExec: string, temporary: string, signal: AbortSignal): Promise<ProbeResult> {
  const folder = mkdtempSync(join(temporary, "claw-sandbox-"));
  try {
    const own = join(folder, "own");
    mkdirSync(own);
    return await probe(sandboxExec, own, join(folder, "outside"), signal);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function inherited(command: readonly string[], { cwd, environment }: SandboxPolicy): Launch {
  return { command, environment, cwd, descriptors: [], backend: "seatbelt", denials: () => [], [Symbol.asyncDispose]: () => Promise.resolve() };
}

async function launch({ config, host, log, sandboxExec, temporary }: SandboxFacts, command: readonly string[], policy: SandboxPolicy): Promise<Launch> {
  const folder = mkdtempSync(join(temporary, "claw-sandbox-"));
  let proxy: EgressProxy | undefined;
  const takeDown = async (): Promise<void> => {
    await proxy?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const hosts = policy.contained.hosts === "any" && config.mostHosts !== undefined ? config.mostHosts : policy.contained.hosts;
    const wanted = hosts === "any" ? [] : withinMost([...config.hosts, ...hosts], config.mostHosts);
    if (wanted.length > 0)
      proxy = await startEgressProxy({
        hosts: wanted,
        listen: "loopback",
        log: ({ host: name, port, allowed, why }) => log.info(`network: ${name}:${port} ${allowed ? "reached" : "refused"}: ${why}`),
      });
    const network: Wall["network"] = hosts === "any" ? { type: "any" } : proxy?.port === undefined ? { type: "none" } : { type: "proxy", port: proxy.port };
    const gitConfig = join(folder, "gitconfig");
    writeFileSync(gitConfig, gitIdentity(host.folders.home), { mode: 0o600 });
    const wall = wallFor(policy, config, host.folders, folder, network);
    const kept = Object.fromEntries(
      Object.entries(policy.environment).filter(([name]) => !doors.has(name) && (hosts === "any" || !/^(?:https?|all|no)_proxy$/i.test(name))),
    );
    return {
      command: commandFor(sandboxExec, profileFor(wall), command),
      environment: withGitSettings(
        { ...kept, TMPDIR: wall.temporary, GIT_CONFIG_GLOBAL: join(wall.temporary, "gitconfig"), CLAW_SANDBOX: policy.mode ?? config.mode },
        proxy?.port === undefined ? {} : proxyEnvironment(proxy.port, proxy.token),
      ),
      cwd: policy.cwd,
      descriptors: [],
      backend: "seatbelt",
      denials: () => proxy?.denials() ?? [],
      [Symbol.asyncDispose]: takeDown,
    };
  } catch (error) {
    await takeDown();
    throw error;
  }
}
