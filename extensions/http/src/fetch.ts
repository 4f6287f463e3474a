import type { IncomingMessage } from "node:http";
import { Body, bytesOf } from "./body.ts";
import type { Connections } from "./connections.ts";
import { exchange } from "./exchange.ts";
import { networkFailure } from "./failure.ts";
import { WebHeaders } from "./headers.ts";
import { refuseOffline } from "./offline.ts";
import { outgoing, type Outgoing } from "./outgoing.ts";
import { maxRedirects, redirected, refused } from "./redirect.ts";
import { WebResponse } from "./response.ts";
import type { UserAgent } from "./user-agent.ts";
import { type Coding, codingsOf, unpacked } from "./unpacked.ts";

export interface FetchOptions {
  readonly connections: Connections;
  readonly offline: boolean;
  readonly connectTimeoutMs: number;
  readonly agent: UserAgent;
  /** The extension it is for. */
  readonly wantedBy?: string;
}

/** The one `fetch`: the global one's signature, over node:http, through the person's proxy and authorities. */
export const createFetch =
  (options: FetchOptions): typeof fetch =>
  async (input, init) => {
    let request = await outgoing(input, init, options.agent);
    for (let hops = 0; ; hops += 1) {
      if (options.offline) refuseOffline(request.url, options.wantedBy);
      const message = await exchange(request, options.connections, options.connectTimeoutMs);
      const next = request.redirect === "manual" ? undefined : follow(request, message, hops);
      if (next === undefined) return responseOf(message, request, hops > 0);
      message.destroy();
      request = next;
    }
  };

function follow(request: Outgoing, message: IncomingMessage, hops: number): Outgoing | undefined {
  try {
    const next = redirected(request, message.statusCode ?? 0, message.headers.location);
    if (next !== undefined && request.redirect === "error") throw refused(request.url, `to ${next.url.host}`);
    if (next !== undefined && hops === maxRedirects) throw refused(request.url, `more than ${maxRedirects} times`);
    return next;
  } catch (error) {
    message.destroy();
    throw error;
  }
}

function responseOf(message: IncomingMessage, { url, method, signal }: Outgoing, wasRedirected: boolean): WebResponse {
  const headers = new WebHeaders();
  for (let at = 0; at < message.rawHeaders.length; at += 2) headers.append(message.rawHeaders[at] ?? "", message.rawHeaders[at + 1] ?? "");
  const status = message.statusCode ?? 0;
  const head = { status, statusText: message.statusMessage ?? "", headers, url: url.href, redirected: wasRedirected };
  if (method === "HEAD" || status === 204 || status === 205 || status === 304) {
    message.resume();
    return new WebResponse(head, undefined);
  }
  const failed = (error: unknown): unknown => (signal?.aborted === true ? signal.reason : networkFailure(error, url.host, undefined));
  const packed = packedAs(headers, message, url.host);
  const open = packed.length === 0 ? undefined : () => unpacked(message, packed);
  return new WebResponse(head, new Body(bytesOf(message, failed, open)));
}

function packedAs(headers: WebHeaders, message: IncomingMessage, host: string): readonly Coding[] {
  try {
    return codingsOf(headers, host);
  } catch (error) {
    message.destroy();
    throw error;
  }
}
