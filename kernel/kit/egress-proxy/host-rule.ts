import { canonicalAddress, isPublicAddress } from "./public-address.ts";

/** A host as somebody wrote it, read once: a name that only a resolver can tell more of, or an address. */
export interface HostName {
  readonly type: "name" | "address";
  /** Lower case; an address in its one spelling, without brackets. */
  readonly host: string;
}

/** A host that programs may reach. */
export interface HostRule extends HostName {
  /** Whether it stands for everything below the name, and not for the name itself. */
  readonly below: boolean;
  readonly ports: readonly number[];
}

const USUAL_PORTS: readonly number[] = [443, 80];

/**
 * Reads a host strictly: letters, digits, dots and hyphens in labels, nothing that some resolver would take for a number
 * (`0x7f.1`, `2130706433`, `0177.0.0.1`), no dot at the end, addresses of IPv6 in brackets.
 */
export function readHost(text: string): HostName | undefined {
  const bracketed = /^\[([0-9a-f:.]+)\]$/i.exec(text)?.[1];
  if (bracketed !== undefined) {
    const address = canonicalAddress(bracketed);
    return address?.includes(":") === true ? { type: "address", host: address } : undefined;
  }
  const host = text.toLowerCase();
  if (!/^[a-z0-9.-]+$/.test(host) || host.length > 253) return undefined;
  const labels = host.split(".");
  if (!labels.every((label) => /^(?!-)[a-z0-9-]{1,63}(?<!-)$/.test(label))) return undefined;
  if (!/^(?:\d+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? "")) return { type: "name", host };
  return canonicalAddress(host) === undefined ? undefined : { type: "address", host };
}

/** `host`, `*.host`, `host:port`, an address; undefined for anything else. Without a port it means 443 and 80. */
export function readHostRule(text: string): HostRule | undefined {
  const [, star, written = "", port] = /^(\*\.)?(\[[^\]]*\]|[^:[\]]+)(?::(\d{1,5}))?$/.exec(text.trim()) ?? [];
  const name = readHost(written);
  const ports = port === undefined ? USUAL_PORTS : [Number(port)];
  if (name === undefined || !ports.every(isPort) || (star !== undefined && name.type === "address")) return undefined;
  return { ...name, below: star !== undefined, ports };
}

export const isPort = (port: number): boolean => Number.isInteger(port) && port >= 1 && port <= 65_535;

/** Whether some rule covers a host. It is asked before anything is looked up: a look-up alone would tell the host's server. */
export const isHostAllowed = (rules: readonly HostRule[], name: HostName, port: number): boolean => rules.some((rule) => covers(rule, name, port));

function covers(rule: HostRule, { type, host }: HostName, port: number): boolean {
  if (rule.type !== type || !rule.ports.includes(port)) return false;
  return rule.below ? host.endsWith(`.${rule.host}`) : host === rule.host;
}

/**
 * Of the addresses a covered host has, those that may be connected to: public ones, those that a rule names, and for
 * `localhost` this machine's. A name that leads into the private network leads nowhere.
 */
export function allowedAddresses(rules: readonly HostRule[], name: HostName, port: number, addresses: readonly string[]): readonly string[] {
  return addresses
    .map(canonicalAddress)
    .filter((address) => address !== undefined)
    .filter(
      (address) =>
        isPublicAddress(address) ||
        isHostAllowed(rules, { type: "address", host: address }, port) ||
        (name.host === "localhost" && (address === "::1" || address.startsWith("127."))),
    );
}
