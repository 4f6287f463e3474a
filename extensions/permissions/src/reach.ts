import type { Contained, Containment, SandboxStatus } from "@claw/kernel";
import type { Wishes } from "./wishes.ts";

/** What one part of a call needs beyond the session's folders. */
export interface Reach {
  /** Hosts, `*` for any. */
  readonly hosts: readonly string[];
  /** Absolute. */
  readonly writable: readonly string[];
  /** Absolute: what it reads that a sandbox may hide. */
  readonly readable: readonly string[];
  /** Whether it needs what the person has and a sandbox has not: keys, agents, sockets. */
  readonly credentials: boolean;
  /** Whether it writes what the wall guards: once a person allowed that, only outside of it can it be done. */
  readonly guarded: boolean;
}

export const noReach: Reach = { hosts: [], writable: [], readable: [], credentials: false, guarded: false };

/** What is known of the sandbox when a call is judged. */
export interface Wall {
  readonly state: SandboxStatus["state"];
  readonly backend: SandboxStatus["backend"];
  /** Whether what runs contained is contained indeed. */
  readonly stands: boolean;
  /** Hosts that programs inside may reach anyway. */
  readonly hosts: readonly string[];
}

/** A wall counts when the probe showed a whole one, when claw itself is inside one, or when the person vouches for the container around it. */
export function wallOf({ state, backend, network, reasons }: SandboxStatus): Wall {
  const stands = state === "active" || state === "inherited" || (state !== "off" && reasons.some(({ code }) => code === "OUTER_TRUSTED"));
  return { state, backend, stands, hosts: network.allowed };
}

/** A rule without a port is for the usual two. */
const isPort = (port: string | undefined, allowed: string | undefined): boolean =>
  port === allowed || (allowed === undefined && (port === "443" || port === "80"));

/** A name and a port, if there is one; an address of IPv6 stands in brackets where one follows. */
function hostOf(text: string): readonly [name: string, port: string | undefined] {
  const [, name = text, port] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(text) ?? [];
  return [name.replace(/^\[(.*)\]$/, "$1"), port];
}

const isAllowedHost = (host: string, allowed: readonly string[]): boolean => {
  const [name, port] = hostOf(host);
  return allowed.some((one) => {
    const [given, at] = hostOf(one);
    return (given === name || (given.startsWith("*.") && name.endsWith(given.slice(1)) && name.length > given.length - 1)) && isPort(port, at);
  });
};

/** The hosts that the settings of the sandbox do not allow already. */
export const furtherHosts = (hosts: readonly string[], wall: Wall | undefined): readonly string[] =>
  hosts.filter((host) => !isAllowedHost(host, wall?.hosts ?? []));

/** Whether a part can do its work inside a wall. */
export const staysInside = (reach: Reach, wall: Wall): boolean =>
  furtherHosts(reach.hosts, wall).length === 0 && reach.writable.length === 0 && !reach.credentials && !reach.guarded;

/** What a part wants beyond the wall, in words; undefined if nothing. */
export function reachText(reach: Reach, wall: Wall | undefined): string | undefined {
  const hosts = furtherHosts(reach.hosts, wall);
  const wants = [
    ...(reach.credentials ? ["uses your own keys, agents or sockets, and runs outside of the sandbox"] : []),
    ...(hosts.length === 0 ? [] : [hosts.includes("*") ? "wants to reach hosts that are not known" : `wants to reach ${hosts.join(", ")}`]),
    ...(reach.writable.length === 0 ? [] : [`wants to write ${reach.writable.join(", ")}`]),
  ];
  return wants.length === 0 ? undefined : wants.join(", and ");
}

/** How far a call's programs may reach once it may run: as far as its parts need and were asked about, and no further. */
export function containmentOf(reaches: readonly Reach[], wishes: Wishes, { required, onlyReads }: Pick<Contained, "required" | "onlyReads">): Containment {
  if (wishes.outside || reaches.some(({ credentials, guarded }) => credentials || guarded)) return { type: "free" };
  const hosts = [...new Set([...reaches.flatMap((one) => one.hosts), ...wishes.hosts])];
  return {
    type: "contained",
    hosts: hosts.includes("*") ? "any" : hosts,
    writable: [...new Set([...reaches.flatMap(({ writable }) => writable), ...wishes.paths])],
    readable: [...new Set(reaches.flatMap(({ readable }) => readable))],
    ...(onlyReads === true ? { onlyReads } : {}),
    required,
  };
}
