import type { Http } from "@claw/kernel";
import type { Credential } from "./credential.ts";
import type { Route } from "./route.ts";

export interface Post {
  readonly route: Route;
  readonly credential: Credential;
  /** Of every request; they win over our own. */
  readonly headers: Readonly<Record<string, string>>;
  readonly userAgent: string;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly signal: AbortSignal;
}

/** The version of the Messages API that the vendor's SDK for Foundry speaks. */
const messagesVersion = "2026-10-21";

/**
 * Sends one request and answers the bare response, whatever its status. The vendors' SDKs would make the same request (the tests hold
 * them against each other), and read the environment on the way.
 */
export function post({ route, credential, headers, userAgent, body, signal }: Post, http: Http): Promise<Response> {
  const own = {
    "user-agent": userAgent,
    accept: "application/json",
    "content-type": "application/json",
    ...(route.wire === "messages" ? { "anthropic-version": messagesVersion } : {}),
    ...credential.header,
  };
  return http.fetch(route.url, { method: "POST", headers: { ...own, ...lowered(headers) }, body, signal, redirect: "manual" });
}

/** Names of headers are compared without case. */
export const lowered = (headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
