import { type Endpoint, endpointOf, isLoopbackName, settingFailure } from "@claw/kernel/kit";

const extension = "claw/compatible";

export interface Given {
  readonly url: string;
  /** Where it was written, for messages. */
  readonly property: string;
  /** Whether a key, or a header that looks like one, goes along. */
  readonly isSecret: boolean;
}

/** Where a server is. Plain http is for this machine, and for a network of one's own as long as no key goes along. */
export function addressOf({ url, property, isSecret }: Given): Endpoint {
  const fix = "correct it in compatible's endpoints of your settings";
  const parsed = URL.parse(url);
  if (parsed?.protocol !== "http:" || isLoopbackName(parsed.hostname)) return endpointOf(url, { extension, property, fix });
  if (!isLocalName(parsed.hostname))
    throw settingFailure(extension, `${property}: the conversation would cross the network unencrypted to ${parsed.host}: write https://`, fix);
  if (isSecret)
    throw settingFailure(extension, `${property}: the key would cross the network unencrypted to ${parsed.host}: write https://, or give it no key`, fix);
  // All else is checked as of an address that is encrypted.
  const checked = endpointOf(`https${parsed.href.slice("http".length)}`, { extension, property, fix });
  return { url: `http${checked.url.slice("https".length)}`, host: parsed.host };
}

/** Whether a host name of a parsed address can only mean this machine or one in a network of one's own. */
export function isLocalName(hostname: string): boolean {
  if (isLoopbackName(hostname)) return true;
  if (/^\[f[cd][0-9a-f]{2}:/.test(hostname) || /^\[fe[89ab][0-9a-f]:/.test(hostname)) return true;
  const [first = -1, second = -1] = /^\d+(?:\.\d+){3}$/.test(hostname) ? hostname.split(".").map(Number) : [];
  if (first === 10 || (first === 192 && second === 168)) return true;
  // Private, and what a carrier or an overlay network gives out.
  if ((first === 172 && second >= 16 && second < 32) || (first === 100 && second >= 64 && second < 128)) return true;
  return /^[a-z0-9-]*[a-z][a-z0-9-]*$/i.test(hostname) || /\.(?:local|lan|internal|home\.arpa|ts\.net)$/i.test(hostname);
}

/** An address as the environment has it: a server's own variable may name a host alone, and where to listen instead of where to ask. */
export function writtenOut(text: string, standard: string): string {
  const { port, protocol } = new URL(standard);
  const hasScheme = text.includes("://");
  const url = URL.parse(hasScheme ? text : `${protocol}//${text}`);
  if (url === null) return text;
  if (url.hostname === "0.0.0.0") url.hostname = "127.0.0.1";
  if (url.hostname === "[::]") url.hostname = "[::1]";
  if (!hasScheme && url.port === "") url.port = port;
  return url.href;
}

/** The address with what its wire expects: chat completions are below `/v1` where no path is written, messages above it. */
export function wiredUrl(url: string, wire: "openai" | "anthropic" | "responses"): string {
  const parsed = URL.parse(url);
  if (parsed === null) return url;
  if (wire === "anthropic") parsed.pathname = parsed.pathname.replace(/\/v1\/*$/, "/");
  else if (/^\/*$/.test(parsed.pathname)) parsed.pathname = "/v1";
  return parsed.href;
}
