import type { SandboxConfig } from "./wall.ts";

/** The settings with what the administrator's policy, which its schema has checked, says of the sandbox: only ever stricter. */
export function strictest(config: SandboxConfig, rules: Readonly<Record<string, unknown>> | undefined): SandboxConfig {
  const { required, hosts } = rules ?? {};
  const most = Array.isArray(hosts) ? hosts.filter((host) => typeof host === "string") : undefined;
  const strict = required === true;
  return {
    ...config,
    required: config.required || strict,
    mode: strict && config.mode === "off" ? "workspace-only" : config.mode,
    hosts: withinMost(config.hosts, most),
    ...(most === undefined ? {} : { mostHosts: most }),
  };
}

/** Those of the hosts that may be allowed at all. */
export const withinMost = (hosts: readonly string[], most: readonly string[] | undefined): readonly string[] =>
  most === undefined
    ? hosts
    : hosts.filter((host) => most.some((one) => one === host || (one.startsWith("*.") && host.replace(/^\*/, "").endsWith(one.slice(1)))));
