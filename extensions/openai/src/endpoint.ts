import { type Endpoint as AnyEndpoint, endpointOf as endpoint, headersOf as headers } from "@claw/kernel/kit";

export interface Endpoint extends AnyEndpoint {
  /** OpenAI's own, in whatever region. */
  readonly official: boolean;
}

export const addressFix =
  "set OPENAI_BASE_URL, or openai's baseUrl in settings.json, to https://host/v1; for a server without the Responses API, openai's wire to chat";

const extension = "claw/openai";

/** Where requests go. A host alone means its `/v1`; whoever writes a path means that. */
export function endpointOf(baseUrl: string): Endpoint {
  const { url, host } = endpoint(baseUrl, { extension, fix: addressFix });
  const { hostname, pathname } = new URL(url);
  return { url: pathname === "/" ? `${url}/v1` : url, host, official: /^(?:[a-z0-9-]+\.)?api\.openai\.com$/.test(hostname) };
}

/** What a person wrote as headers, or why it cannot be sent. */
export const headersOf = (given: Readonly<Record<string, string>>): Readonly<Record<string, string>> => headers(given, { extension });
