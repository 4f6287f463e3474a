import { isPort, readHost, type HostName } from "./host-rule.ts";

/** Where a request to a proxy wants to go. */
export interface RequestTarget {
  readonly name: HostName;
  readonly port: number;
  /** Of a request that is not a tunnel: what the host is asked for. */
  readonly path: string;
  /** The host and port as the host is told them. */
  readonly authority: string;
}

/** What CONNECT names: a host and a port, nothing else. */
export const tunnelTarget = (target: string): RequestTarget | undefined => targetOf(target, undefined, "");

/** The absolute form, http alone: https is for tunnels. Never read as a URL, which would mend what is wrong with it. */
export function plainTarget(target: string): RequestTarget | undefined {
  const [, authority, path = ""] = /^http:\/\/([^/?#]*)([/?][\x21\x22\x24-\x7e]*)?$/i.exec(target) ?? [];
  if (authority === undefined) return undefined;
  return targetOf(authority, 80, path.startsWith("/") ? path : `/${path}`);
}

function targetOf(authority: string, usual: number | undefined, path: string): RequestTarget | undefined {
  const [, host = "", written] = /^(\[[^\]]*\]|[^:[\]]*)(?::(\d{1,5}))?$/.exec(authority) ?? [];
  const name = readHost(host);
  const port = written === undefined ? usual : Number(written);
  if (name === undefined || port === undefined || !isPort(port)) return undefined;
  const shown = name.host.includes(":") ? `[${name.host}]` : name.host;
  return { name, port, path, authority: port === usual ? shown : `${shown}:${port}` };
}
