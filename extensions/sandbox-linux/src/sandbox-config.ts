import type { Contract } from "./contract.gen.ts";

export type SandboxConfig = Contract["config"];

/** What the administrator says of the sandbox: it may only be made stricter. */
export interface SandboxRules {
  readonly required: boolean;
  /** The most hosts; undefined without a limit. */
  readonly hosts: readonly string[] | undefined;
}

/** The rules of a policy, which its schema has checked. */
export function rulesOf(policy: Readonly<Record<string, unknown>> | undefined): SandboxRules {
  const hosts = policy?.["hosts"];
  return { required: policy?.["required"] === true, hosts: Array.isArray(hosts) ? hosts.filter((host) => typeof host === "string") : undefined };
}

/** Those of the hosts that a policy lets anybody allow. */
export const within = (hosts: readonly string[], { hosts: most }: SandboxRules): readonly string[] =>
  most === undefined
    ? hosts
    : hosts.filter((host) => most.some((one) => one === host || (one.startsWith("*.") && host.replace(/^\*/, "").endsWith(one.slice(1)))));
