import type { Http, Secrets } from "@claw/kernel";
import type { Endpoint as Address } from "@claw/kernel/kit";
import { credentialOf } from "./credentials.ts";
import type { Endpoint } from "./endpoints.ts";

export interface ExchangeParts {
  readonly http: Http;
  readonly secrets: Secrets;
  readonly userAgent: string;
  /** The provider that is asked, for messages. */
  readonly provider: string;
}

/** The way to one endpoint: its address, its key and its headers, which go nowhere else. */
export interface Exchange {
  readonly address: Address;
  /** Nothing may repeat them. */
  readonly secrets: readonly string[];
  get(url: string, signal: AbortSignal): Promise<Response>;
  post(url: string, body: Uint8Array<ArrayBuffer> | string, signal: AbortSignal): Promise<Response>;
}

/** Finds the key of an endpoint. Throws what is missing or wrong before anything is sent. */
export async function exchangeWith(endpoint: Endpoint, { http, secrets, userAgent, provider }: ExchangeParts): Promise<Exchange> {
  const { address, headers } = endpoint.reach();
  const credential = await credentialOf(endpoint, provider, secrets);
  const sent = {
    "user-agent": userAgent,
    ...(credential === undefined ? {} : { authorization: `Bearer ${credential.value}` }),
    ...(endpoint.wire === "anthropic" ? { "anthropic-version": "2023-06-01" } : {}),
    // Servers of the Messages API want a key in this place, gateways in the other.
    ...(endpoint.wire === "anthropic" && credential !== undefined ? { "x-api-key": credential.value } : {}),
    // Names of headers are the same in any case.
    ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
  };
  return {
    address,
    secrets: [...(credential === undefined ? [] : [credential.value]), ...Object.values(headers)],
    get: (url, signal) => http.fetch(url, { headers: { ...sent, accept: "application/json" }, signal, redirect: "manual" }),
    post: (url, body, signal) =>
      http.fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json", accept: "text/event-stream, application/json", ...sent },
        body,
        signal,
        redirect: "manual",
      }),
  };
}
