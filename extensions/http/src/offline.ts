import { ClawError } from "@claw/kernel";

/** Whether a host name of a parsed address means this machine; `URL` has written every form of an IPv4 address out already. */
export const isLoopback = (hostname: string): boolean =>
  /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\]|\[::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4}\])\.?$/i.test(hostname);

/**
 * Whether a host is one that no proxy is asked for: this machine, and what only its own link reaches. A cloud's metadata service
 * answers with credentials, in the clear, and a local server may be given a key: neither is for a proxy to see, or to make up.
 */
export const isNearby = (hostname: string): boolean =>
  isLoopback(hostname) ||
  /^(?:169\.254(?:\.\d{1,3}){2}|\[fe[89ab][0-9a-f]:[0-9a-f:]*\]|\[fd00:ec2:[0-9a-f:]*\]|metadata\.google\.internal)\.?$/i.test(hostname);

/** Refuses, before anything is resolved, whatever would leave this machine. */
export function refuseOffline(url: URL, wantedBy: string | undefined): void {
  if (isLoopback(url.hostname)) return;
  throw new ClawError(
    "NETWORK_OFFLINE",
    `claw is offline, so ${url.host} was not contacted${wantedBy === undefined ? "" : ` (${wantedBy} wanted to)`}`,
    { host: url.host },
    { fix: "run without --offline" },
  );
}
