import { ClawError } from "../src/errors.ts";

export interface Endpoint {
  /** Without a slash at its end. */
  readonly url: string;
  readonly host: string;
}

/** Whose settings they are, for messages. */
export interface EndpointOptions {
  /** The extension, such as `claw/openai`. */
  readonly extension: string;
  /** The property of its config that holds the address. */
  readonly property?: string;
  readonly fix?: string;
}

/** Where requests go. A key never travels in the clear: plain http is for this machine only. */
export function endpointOf(baseUrl: string, { extension, property = "baseUrl", fix }: EndpointOptions): Endpoint {
  const invalid = (what: string): ClawError => settingFailure(extension, `${property}: ${what}`, fix);
  const url = URL.parse(baseUrl);
  if (url === null) throw invalid(`${JSON.stringify(baseUrl.replace(/\/\/[^/]*@/, "//…@"))} is no URL`);
  if (url.protocol !== "https:" && url.protocol !== "http:") throw invalid(`${url.protocol}// is neither https:// nor http://`);
  if (url.protocol === "http:" && !isLoopbackName(url.hostname)) throw invalid(`the key would cross the network unencrypted to ${url.host}: write https://`);
  if (url.username !== "" || url.password !== "") throw invalid("a URL is no place for a password: use the headers beside it");
  if (url.search !== "" || url.hash !== "") throw invalid("it has a query or a fragment");
  return { url: url.href.replace(/\/+$/, ""), host: url.host };
}

/** What a person wrote as headers, or why it cannot be sent. */
export function headersOf(headers: Readonly<Record<string, string>>, { extension }: Pick<EndpointOptions, "extension">): Readonly<Record<string, string>> {
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) throw settingFailure(extension, `headers: ${JSON.stringify(name)} is no name of a header`);
    // The value may be secret: it is not repeated.
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) throw settingFailure(extension, `headers: the value of ${name} holds characters that no header may have`);
  }
  return headers;
}

/** Whether a host name of a parsed address means this machine. Names below `localhost` do for browsers; here they are looked up, and may be anybody's. */
export const isLoopbackName = (hostname: string): boolean => hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);

/** What is wrong with an extension's config that its schema could not say. */
export const settingFailure = (extension: string, problem: string, fix?: string): ClawError<"E_CONFIG_SCHEMA"> =>
  new ClawError("E_CONFIG_SCHEMA", `${extension}: ${problem}`, { extension, problems: [problem] }, fix === undefined ? {} : { fix });
