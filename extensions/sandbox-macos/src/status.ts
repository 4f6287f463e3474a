import type { SandboxState, SandboxStatus } from "@claw/kernel";
import type { ProbeResult } from "./probe.ts";
import { HIDDEN, type SandboxConfig } from "./wall.ts";

export interface StatusFacts {
  readonly platform: NodeJS.Platform;
  readonly release: string;
  readonly config: SandboxConfig;
  readonly home: string | undefined;
  /** Whether this very process was started inside a wall of ours. */
  readonly inside: boolean;
  readonly probe: ProbeResult;
  readonly since: string;
}

/** Only what the probe showed. */
export function statusOf({ platform, release, config, home, inside, probe, since }: StatusFacts): SandboxStatus {
  const state = stateOf(platform, config, inside, probe);
  const stands = state === "active";
  return {
    state,
    backend: stands || state === "inherited" ? "seatbelt" : "none",
    required: config.required,
    fs: {
      mode: config.mode,
      writable: stands ? config.writable : [],
      hidden: stands ? [...HIDDEN, ...(home === undefined ? [] : [home])] : [],
      protected: stands ? [".claw", ".git/config", ".git/hooks", ".mcp.json", ".vscode"] : [],
    },
    namespaces: { user: false, pid: false, ipc: false, uts: false, net: false, cgroup: false },
    procMasked: false,
    network: { mode: !stands ? "open" : config.hosts.length > 0 ? "proxy" : "none", allowed: stands ? config.hosts : [] },
    seccomp: "none",
    noNewPrivs: false,
    envFiltered: true,
    nesting: { markers: inside ? ["CLAW_SANDBOX"] : [], initialUserNamespace: true, probe },
    reasons: reasonsOf(state, platform, probe),
    version: { kernel: release },
    since,
  };
}

function stateOf(platform: NodeJS.Platform, { mode }: SandboxConfig, inside: boolean, { ok, stage }: ProbeResult): SandboxState {
  if (platform !== "darwin") return "unavailable";
  if (mode === "off") return "off";
  if (ok) return "active";
  // Seatbelt does not take a second profile: a wall that cannot be put up is one sign of being inside, the variable the other.
  return inside && stage === "apply" ? "inherited" : "unavailable";
}

function reasonsOf(state: SandboxState, platform: NodeJS.Platform, { stage, stderr }: ProbeResult): SandboxStatus["reasons"] {
  if (state === "off") return [{ code: "off", text: "the settings take the sandbox away", fix: 'set sandbox.mode to "workspace-only"' }];
  if (state !== "unavailable") return [];
  if (platform !== "darwin") return [{ code: "platform", text: `seatbelt is a part of macOS, and this is ${platform}` }];
  switch (stage) {
    case "start":
      return [{ code: "absent", text: "/usr/bin/sandbox-exec is not there" }];
    case "outside":
      return [{ code: "leaks", text: "a program inside could write outside, so the wall is not counted as one" }];
    default:
      return [{ code: "refused", text: `macOS does not put up the wall${stderr === "" ? "" : `: ${stderr}`}` }];
  }
}
