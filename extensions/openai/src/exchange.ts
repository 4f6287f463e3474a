import type { Http } from "@claw/kernel";
import type { Contract } from "./contract.gen.ts";
import type { Credential } from "./credentials.ts";
import { type Endpoint, headersOf } from "./endpoint.ts";

export interface Exchange {
  readonly endpoint: Endpoint;
  /** Below the endpoint's address. */
  readonly path: "/chat/completions" | "/responses" | "/models";
  readonly credential: Credential;
  readonly config: Pick<Contract["config"], "organization" | "project" | "headers">;
  readonly userAgent: string;
  /** Absent for a question that has none. */
  readonly body?: Uint8Array<ArrayBuffer>;
  readonly signal: AbortSignal;
}

/**
 * Sends one request and answers the bare response, whatever its status. The headers are those of the official SDK, less what
 * tells of this machine: the SDK itself is 400 KB that a start would have to read.
 */
export function exchange({ endpoint, path, credential, config, userAgent, body, signal }: Exchange, http: Http): Promise<Response> {
  const headers: Record<string, string> = {
    "user-agent": userAgent,
    accept: "application/json",
    authorization: `Bearer ${credential.value}`,
    ...(body === undefined ? {} : { "content-type": "application/json" }),
  };
  const { organization, project } = config;
  const written = {
    ...(organization === "" ? {} : { "openai-organization": organization }),
    ...(project === "" ? {} : { "openai-project": project }),
    ...config.headers,
  };
  // What a person wrote wins over our own.
  for (const [name, value] of Object.entries(headersOf(written))) headers[name.toLowerCase()] = value;
  return http.fetch(`${endpoint.url}${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers,
    ...(body === undefined ? {} : { body }),
    signal,
    redirect: "manual",
  });
}
