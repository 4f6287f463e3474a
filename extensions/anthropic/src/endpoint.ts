import { type Endpoint as AnyEndpoint, endpointOf as endpoint } from "@claw/kernel/kit";

export interface Endpoint extends AnyEndpoint {
  /** Anthropic's own. */
  readonly official: boolean;
}

export const addressFix = "set ANTHROPIC_BASE_URL, or anthropic's baseUrl in settings.json, to https://host without /v1";

/** Where requests go. */
export function endpointOf(baseUrl: string): Endpoint {
  const { url, host } = endpoint(baseUrl, { extension: "claw/anthropic", fix: addressFix });
  return { url, host, official: new URL(url).hostname === "api.anthropic.com" };
}
