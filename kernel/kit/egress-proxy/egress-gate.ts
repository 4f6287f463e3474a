import type { SandboxDenial } from "../../src/contracts/sandbox.ts";
import { ClawError } from "../../src/errors.ts";
import { allowedAddresses, isHostAllowed, readHostRule, type HostRule } from "./host-rule.ts";
import type { RequestTarget } from "./request-target.ts";

/** What was decided about one request, as a log keeps it. */
export interface EgressDecision {
  readonly host: string;
  readonly port: number;
  readonly allowed: boolean;
  readonly why: string;
}

/** All addresses of a host, in the order in which they are to be tried. */
export type HostLookup = (host: string) => Promise<readonly string[]>;

export interface EgressRules {
  /** `host`, `*.host`, with `:port` where it is not 443 or 80; `localhost:port` and addresses for what is near. */
  readonly hosts: readonly string[];
  readonly lookup: HostLookup;
  log(decision: EgressDecision): void;
}

/** Either the addresses that may be connected to, or why not, as a status of HTTP and a sentence. */
export type EgressAnswer = { readonly type: "open"; readonly addresses: readonly string[] } | EgressRefusal;

export interface EgressRefusal {
  readonly type: "closed";
  readonly status: number;
  readonly why: string;
}

export interface EgressGate {
  judge(target: RequestTarget): Promise<EgressAnswer>;
  /** Notes a request that did not get as far as to name a host that could be judged. */
  refuse(status: number, why: string, what?: string): EgressRefusal;
  denials(): readonly SandboxDenial[];
}

/** A program that tries a million hosts must not fill our memory. */
const MOST_DENIALS = 64;

/** The one check that every request passes, in whatever form it comes. Throws SANDBOX_FAILED for a rule that cannot be read. */
export function createGate({ hosts, lookup, log }: EgressRules): EgressGate {
  const rules = hosts.map(requireRule);
  const denied = new Map<string, SandboxDenial>();
  const deny = (status: number, { host, port }: { readonly host: string; readonly port: number }, why: string): EgressRefusal => {
    log({ host, port, allowed: false, why });
    const what = port === 0 ? host : `${host}:${port}`;
    if (denied.size < MOST_DENIALS && what !== "" && !denied.has(what)) denied.set(what, { type: "host", what, why });
    return { type: "closed", status, why };
  };
  return {
    async judge({ name, port }) {
      const at = { host: name.host, port };
      if (!isHostAllowed(rules, name, port)) return deny(403, at, whyNot(rules, at));
      const found = name.type === "address" ? [name.host] : await lookup(name.host).catch(() => []);
      if (found.length === 0) return deny(502, at, `${name.host} has no address`);
      const addresses = allowedAddresses(rules, name, port, found);
      if (addresses.length === 0) return deny(403, at, `${name.host} leads to ${found[0]}, which is not on the public internet and is not allowed by itself`);
      log({ ...at, allowed: true, why: "an allowed host" });
      return { type: "open", addresses };
    },
    refuse: (status, why, what = "") => deny(status, { host: visible(what), port: 0 }, why),
    denials: () => [...denied.values()],
  };
}

function whyNot(rules: readonly HostRule[], { host, port }: { readonly host: string; readonly port: number }): string {
  const elsewhere = rules.find((rule) => rule.host === host && !rule.below)?.ports;
  return elsewhere === undefined ? `${host} is not an allowed host` : `${host} is allowed on port ${elsewhere.join(" and ")} only, not on ${port}`;
}

function requireRule(text: string): HostRule {
  const rule = readHostRule(text);
  if (rule !== undefined) return rule;
  throw new ClawError(
    "SANDBOX_FAILED",
    `${JSON.stringify(text)} is no host that programs can be allowed to reach`,
    { stage: "network" },
    { fix: "write host, *.host or host:port" },
  );
}

/** Hostile text, fit for a log: what cannot be seen is shown as what it is. */
const visible = (text: string): string => text.slice(0, 200).replace(/[^\x20-\x7e]/g, (sign) => `\\x${sign.charCodeAt(0).toString(16).padStart(2, "0")}`);
