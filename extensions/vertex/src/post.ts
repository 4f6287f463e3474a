import type { Http } from "@claw/kernel";

export interface Post {
  readonly url: string;
  /** The token or key, and what goes with it. */
  readonly credential: Readonly<Record<string, string>>;
  /** Of every request; they win over our own. */
  readonly headers: Readonly<Record<string, string>>;
  readonly userAgent: string;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly signal: AbortSignal;
}

/** Sends one request and answers the bare response, whatever its status. */
export function post({ url, credential, headers, userAgent, body, signal }: Post, http: Http): Promise<Response> {
  const own = { accept: "text/event-stream", "content-type": "application/json", "user-agent": userAgent, ...credential };
  const given = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  return http.fetch(url, { method: "POST", headers: { ...own, ...given }, body, signal, redirect: "manual" });
}
