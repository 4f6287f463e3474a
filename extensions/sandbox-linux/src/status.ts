import type { SandboxState, SandboxStatus } from "@claw/kernel";
import type { Probe } from "./probe.ts";
import { containerSigns, isInitialUserNamespace } from "./probe.ts";
import { reasonsOf } from "./reasons.ts";
import type { SandboxConfig } from "./sandbox-config.ts";

export interface StatusFacts {
  readonly config: SandboxConfig;
  readonly required: boolean;
  readonly hosts: readonly string[];
  readonly hidden: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly since: Date;
}

/** The status as the probe showed it. A wall that shares the network is none where one is needed. */
export function statusOf(found: Probe, state: SandboxState, facts: StatusFacts): SandboxStatus {
  const { level, bubblewrap, landlock, attempt, kernel } = found;
  const { config, hosts } = facts;
  const stands = state === "active" || state === "degraded";
  /** Namespaces, and what can only be had in them. */
  const apart = stands && level !== undefined;
  const separate = apart && level !== "no-net-ns";
  return {
    state,
    backend: !stands ? "none" : !apart ? "landlock" : level === "nested" ? "bwrap-nested" : "bwrap",
    required: facts.required,
    fs: {
      mode: stands ? config.mode : "off",
      writable: stands ? ["the session's folders", ...config.writable] : [],
      hidden: stands ? facts.hidden : [],
      protected: apart ? [".git/config", ".git/hooks", ".claw", ".claude", ".mcp.json", ".vscode", ".idea", ".envrc", ".husky", "AGENTS.md", "CLAUDE.md"] : [],
    },
    namespaces: { user: apart, pid: apart, ipc: apart, uts: apart, net: separate, cgroup: apart },
    procMasked: apart && level !== "nested",
    network: !stands
      ? { mode: "open", allowed: [] }
      : separate
        ? { mode: hosts.length === 0 ? "none" : "proxy", allowed: hosts }
        : // Landlock tells no host from another.
          { mode: apart || hosts.length === 0 ? "none" : "open", allowed: [] },
    seccomp: !stands ? "none" : config.strict ? "strict" : "default",
    noNewPrivs: stands,
    envFiltered: stands,
    nesting: {
      markers: containerSigns(facts.environment),
      initialUserNamespace: isInitialUserNamespace(),
      probe: { ok: attempt.ok, stage: attempt.stage, stderr: attempt.stderr, ms: Math.round(attempt.ms * 10) / 10 },
    },
    reasons: [
      ...(state === "off" ? [{ code: "TURNED_OFF", text: "sandbox.mode is off" }] : reasonsOf(found)),
      ...(state === "inherited" ? [{ code: "INSIDE_ALREADY", text: "claw itself runs inside a sandbox of claw's: programs start in that one" }] : []),
      ...((state === "unavailable" || (stands && !apart)) && config.trustOuterContainer
        ? [{ code: "OUTER_TRUSTED", text: "sandbox.trustOuterContainer: you say that a container around claw is the wall" }]
        : []),
    ],
    version: {
      ...(bubblewrap === undefined ? {} : { bwrap: bubblewrap.version }),
      kernel,
      ...(landlock === undefined ? {} : { landlockAbi: landlock.abi }),
    },
    since: facts.since.toISOString(),
  };
}
