/** Whether a host is one of those listed: a name, or `*.name` for every host below it. */
export function isListed(host: string, hosts: readonly string[]): boolean {
  if (!/^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(host)) return false;
  return hosts.some((one) => (one.startsWith("*.") ? host.endsWith(one.slice(1)) : host === one));
}

/** A host as a list may name it, in lower case; undefined for an address, a port, or a star anywhere but in front. */
export function hostPatternOf(text: string): string | undefined {
  const host = text.trim().toLowerCase();
  return /^(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(host) && !/^[\d.]+$/.test(host) ? host : undefined;
}

/** The host of a URL that a page is fetched from safely: https, the usual port, no name or password, nothing that readers of URLs disagree about. */
export function plainHttpsHost(text: string): string | undefined {
  if (!/^https:\/\/[A-Za-z0-9.-]+(?:[/?#][\u0021-\u005B\u005D-\u007E]*)?$/.test(text) || !URL.canParse(text)) return undefined;
  return new URL(text).hostname;
}
