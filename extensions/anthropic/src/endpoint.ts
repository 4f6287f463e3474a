import { ClawError } from "@claw/kernel";

export interface Endpoint {
  /** Without a slash at its end. */
  readonly url: string;
  readonly host: string;
  /** Anthropic's own. */
  readonly official: boolean;
}

export const addressFix = "set ANTHROPIC_BASE_URL, or anthropic's baseUrl in settings.json, to https://host without /v1";

/** Where requests go. A key never travels in the clear: plain http is for this machine only. */
export function endpointOf(baseUrl: string): Endpoint {
  const url = URL.parse(baseUrl);
  if (url === null) throw invalid(`${JSON.stringify(baseUrl)} is no URL`);
  if (url.protocol !== "https:" && url.protocol !== "http:") throw invalid(`${url.protocol}// is neither https:// nor http://`);
  if (url.protocol === "http:" && !isLoopback(url.hostname)) throw invalid(`the key would cross the network unencrypted to ${url.host}: write https://`);
  if (url.username !== "" || url.password !== "") throw invalid("a URL is no place for a password: use config.headers");
  if (url.search !== "" || url.hash !== "") throw invalid("it has a query or a fragment");
  return { url: url.href.replace(/\/+$/, ""), host: url.host, official: url.hostname === "api.anthropic.com" };
}

/** What a person wrote as headers, or why it cannot be sent. */
export function headersOf(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) throw invalid(`${JSON.stringify(name)} is no name of a header`, "headers");
    // The value may be secret: it is not repeated.
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) throw invalid(`the value of ${name} holds characters that no header may have`, "headers");
  }
  return headers;
}

const isLoopback = (hostname: string): boolean =>
  hostname === "localhost" || hostname.endsWith(".localhost") || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);

function invalid(what: string, property: "baseUrl" | "headers" = "baseUrl"): ClawError<"E_CONFIG_SCHEMA"> {
  const problem = `${property}: ${what}`;
  return new ClawError(
    "E_CONFIG_SCHEMA",
    `claw/anthropic: ${problem}`,
    { extension: "claw/anthropic", problems: [problem] },
    property === "baseUrl" ? { fix: addressFix } : {},
  );
}
