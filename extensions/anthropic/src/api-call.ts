import { BaseAnthropic } from "@anthropic-ai/sdk/client";
import type { Http } from "@claw/kernel";
import type { Credential } from "./credentials.ts";
import type { Endpoint } from "./endpoint.ts";
import { LightHeaders } from "./light-headers.ts";

export interface ApiCall {
  readonly endpoint: Endpoint;
  readonly credential: Credential;
  /** Of every request; they win over our own. */
  readonly headers: Readonly<Record<string, string>>;
  readonly userAgent: string;
  /** Below the endpoint, with its query. */
  readonly path: string;
  /** What is posted; without one, it is asked for. */
  readonly body?: Uint8Array<ArrayBuffer>;
  readonly signal: AbortSignal;
}

type MadeHeaders = ConstructorParameters<typeof LightHeaders>[0];

// The SDK's own timer sees the response's head only; how long to wait is the watch's to say.
const forever = 2 ** 31 - 1;
const silent = { error: () => undefined, warn: () => undefined, info: () => undefined, debug: () => undefined };
/** What of the SDK's headers is sent: others come from the environment, or tell what machine this is. */
const sdkHeaders = ["accept", "anthropic-version", "authorization", "content-type"];

/**
 * Makes one request through the official SDK and answers the bare response, whatever its status. Every setting that the SDK would
 * take from the environment is given. The address is ours by construction, so that the key goes nowhere else.
 */
export async function callApi({ endpoint, credential, headers, userAgent, path, body, signal }: ApiCall, http: Http): Promise<Response> {
  let answer: Promise<Response> | undefined;
  const client = new BaseAnthropic({
    apiKey: credential.name === "ANTHROPIC_API_KEY" ? credential.value : null,
    authToken: credential.name === "ANTHROPIC_AUTH_TOKEN" ? credential.value : null,
    webhookKey: null,
    baseURL: endpoint.url,
    maxRetries: 0,
    timeout: forever,
    logger: silent,
    logLevel: "off",
    openTelemetry: false,
    fetch: async (_url, init) => {
      const made = new LightHeaders(init?.headers as MadeHeaders);
      const sent = new LightHeaders([["user-agent", userAgent], ...[...made].filter(([name]) => sdkHeaders.includes(name))]);
      // Gateways of the time before the API took keys as bearer tokens.
      if (!endpoint.official && credential.name === "ANTHROPIC_API_KEY") sent.set("x-api-key", credential.value);
      for (const [name, value] of Object.entries(headers)) sent.set(name, value);
      const how = { headers: Object.fromEntries(sent), signal, redirect: "manual" } as const;
      answer = http.fetch(`${endpoint.url}${path}`, body === undefined ? { method: "GET", ...how } : { method: "POST", body, ...how });
      const response = await answer;
      if (!response.ok) throw new Error("refused");
      return response;
    },
  });
  try {
    // What is given here wins over the environment, which may name a header of this kind too.
    const given = { authorization: `Bearer ${credential.value}` };
    if (body === undefined) return await client.get(path, { signal, headers: given }).asResponse();
    return await client.post(path, { body, stream: true, signal, headers: { ...given, "content-type": "application/json" } }).asResponse();
  } catch (error) {
    // The SDK wraps what happened; what happened is said better without.
    if (answer === undefined) throw error;
    return answer;
  }
}
