import { ClawError } from "@claw/kernel";
import { BlockList, isIP } from "node:net";

type Environment = Readonly<Record<string, string | undefined>>;

/** The proxy for an address, with its credentials, or undefined to go straight there. The lower-case variable wins, as everywhere. */
export function proxyFor(url: URL, environment: Environment): string | undefined {
  const scheme = url.protocol === "https:" ? "https_proxy" : "http_proxy";
  const [name, value] = firstOf(environment, scheme);
  if (value === undefined || bypasses(url, firstOf(environment, "no_proxy")[1] ?? "")) return undefined;
  return checked(name, value);
}

function firstOf(environment: Environment, name: string): readonly [string, string | undefined] {
  for (const spelling of [name, name.toUpperCase()]) {
    const value = environment[spelling]?.trim();
    if (value !== undefined && value !== "") return [spelling, value];
  }
  return [name, undefined];
}

/** A proxy's address; it may lack the scheme. Its text is in no message: it may hold a password. */
function checked(name: string, value: string): string {
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(value);
  const parsed = URL.parse(hasScheme ? value : `http://${value}`);
  // `http:/host` and `http//host` would be a proxy by the name of http.
  const isMangled = !hasScheme && /^[a-z][a-z0-9+.-]*:?\//i.test(value);
  if ((parsed?.protocol === "http:" || parsed?.protocol === "https:") && parsed.port !== "0" && !isMangled) return parsed.href;
  const message = `${name} ${wrongWith(value, isMangled ? null : parsed)}`;
  throw new ClawError("SETTINGS_INVALID", message, { problems: [{ file: name, key: name, message }] }, { fix: `set ${name} to http://host:port` });
}

function wrongWith(value: string, parsed: URL | null): string {
  const [, port] = /:(\d+)\/*$/.exec(value) ?? [];
  if (port !== undefined && !(Number(port) >= 1 && Number(port) <= 65_535)) return `has the port ${port.slice(0, 10)}, and ports are 1 to 65535`;
  if (parsed === null) return "is no address of a proxy";
  return `begins with ${parsed.protocol}//, and only http:// and https:// proxies can be used`;
}

/**
 * `NO_PROXY` as curl and Go read it: names between commas or blanks, each with its subdomains, with an optional port;
 * addresses, ranges of addresses (10.0.0.0/8) and `*`.
 */
export function bypasses(url: URL, list: string): boolean {
  const host = url.hostname.toLowerCase().replace(/^\[|\]$|\.$/g, "");
  const port = url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port;
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => entry !== "" && matches(entry, host, port));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === "*") return true;
  const range = /^\[?([0-9a-f.:]+)\]?\/(\d{1,3})$/.exec(entry);
  if (range !== null) return isInRange(host, range[1] ?? "", Number(range[2]));
  const withPort = isIP(entry) === 0 ? /^(.*[^:]):(\d+)$/.exec(entry) : null;
  if (withPort !== null && withPort[2] !== port) return false;
  const name = (withPort?.[1] ?? entry).replace(/^\[|\]$/g, "").replace(/^\*?\./, "");
  return name !== "" && (host === name || (isIP(host) === 0 && host.endsWith(`.${name}`)));
}

function isInRange(host: string, network: string, prefix: number): boolean {
  const family = isIP(network);
  if (family === 0 || isIP(host) !== family || prefix > (family === 4 ? 32 : 128)) return false;
  const kind = family === 4 ? "ipv4" : "ipv6";
  const range = new BlockList();
  range.addSubnet(network, prefix, kind);
  return range.check(host, kind);
}
