import { ClawError, type Http, type McpAuthorization, type ServerSpec } from "@claw/kernel";
import { plainLine } from "@claw/kernel/kit";
import { boundedEvents, boundedText } from "./bounded-body.ts";

export interface ServerFetchSetting {
  readonly http: Http;
  readonly authorization: McpAuthorization | undefined;
  readonly maxMessageBytes: number;
}

/** `onBroken` hears what the protocol's library would only note: an answer that was cut off for its length. */
export type OnBroken = (error: ClawError) => void;

export type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/** What a server says of who may ask is kept so far. */
const challengeCharacters = 1024;
const mostRedirects = 3;

/**
 * The requests to one server: they say who asks, to its own origin and nowhere else, ask once more after a refusal that has changed something, follow redirects
 * within that origin only, and read no more than is allowed.
 */
export function serverFetch(server: ServerSpec, address: URL, { http, authorization, maxMessageBytes }: ServerFetchSetting, onBroken: OnBroken): Fetch {
  const { name, headers: written = {} } = server;
  // A key that the entry names is the answer to who asks: nobody's login is looked for beside it.
  const login = Object.keys(written).some((key) => key.toLowerCase() === "authorization") ? undefined : authorization;
  const send = async (start: URL, init: RequestInit, signal: AbortSignal): Promise<Response> => {
    const headers = new Headers(init.headers);
    const own = (await login?.headers(server, signal)) ?? {};
    for (const [key, value] of Object.entries({ ...own, ...written })) headers.set(key, value);
    let url = start;
    for (let hops = 0; ; hops += 1) {
      const response = await http.fetch(url, { ...init, headers, redirect: "manual" });
      const next = hops < mostRedirects ? redirectedWithin(response, url, init.method) : undefined;
      if (next === undefined) return response;
      await response.body?.cancel();
      url = next;
    }
  };
  return async (where, init = {}) => {
    const url = new URL(where);
    const signal = init.signal ?? new AbortController().signal;
    if (url.origin !== address.origin)
      throw new ClawError("MCP_PROTOCOL", `the MCP server ${name} sends its client to ${url.host}, which is not where it is`, { server: name });
    let response = await send(url, init, signal);
    const challenge = challengeOf(response);
    if (challenge !== undefined && login !== undefined) {
      await response.body?.cancel();
      if (await login.challenged(server, challenge, signal)) response = await send(url, init, signal);
    }
    await refuse(name, url, response);
    return bounded(response, maxMessageBytes, () => {
      const error = new ClawError("MCP_PROTOCOL", `the MCP server ${name} sent a message of more than ${maxMessageBytes} bytes`, { server: name });
      onBroken(error);
      return error;
    });
  };
}

/** Where a redirect leads that changes nothing but the path: to the same origin, and with the same method. */
function redirectedWithin({ status, headers }: Response, url: URL, method = "GET"): URL | undefined {
  const isKept = status === 307 || status === 308 || (method === "GET" && (status === 301 || status === 302));
  const location = headers.get("location");
  if (!isKept || location === null || !URL.canParse(location, url.href)) return undefined;
  const next = new URL(location, url);
  return next.origin === url.origin && next.username === "" && next.password === "" ? next : undefined;
}

const authenticateOf = (response: Response): string | undefined => response.headers.get("www-authenticate")?.slice(0, challengeCharacters);

function challengeOf(response: Response): { readonly status: 401 | 403; readonly authenticate?: string } | undefined {
  const authenticate = authenticateOf(response);
  const said = authenticate === undefined ? {} : { authenticate };
  if (response.status === 401) return { status: 401, ...said };
  // A 403 that names no way to ask is a no, whoever asks.
  return response.status === 403 && authenticate !== undefined ? { status: 403, ...said } : undefined;
}

/** What no further request to the server would change is said here; everything else is the protocol's library's to understand. */
async function refuse(name: string, url: URL, response: Response): Promise<void> {
  const { status } = response;
  const challenge = challengeOf(response);
  if (challenge !== undefined) {
    await response.body?.cancel();
    throw new ClawError(
      "MCP_AUTH_REQUIRED",
      `the MCP server ${name} wants to know who asks (${status})`,
      { server: name, ...(challenge.authenticate === undefined ? {} : { authenticate: plainLine(challenge.authenticate, challengeCharacters) }) },
      { fix: `claw mcp login ${name}, or put its key into headers` },
    );
  }
  if (status >= 300 && status < 400 && status !== 304) {
    await response.body?.cancel();
    const target = response.headers.get("location");
    const host = target !== null && URL.canParse(target, url.href) ? new URL(target, url).host : "another place";
    throw new ClawError(
      "MCP_UNREACHABLE",
      `the MCP server ${name} is not here any more: it answers with a way to ${plainLine(host, 200)}`,
      { server: name, status },
      { fix: "write its new address into url, if you trust it" },
    );
  }
}

function bounded(response: Response, maxBytes: number, tooLong: () => ClawError): Response {
  const { body, headers, status, statusText } = response;
  if (body === null) return response;
  const isStream = /^text\/event-stream\b/i.test(headers.get("content-type") ?? "");
  return new Response(body.pipeThrough(isStream ? boundedEvents(maxBytes, tooLong) : boundedText(maxBytes, tooLong)), { headers, status, statusText });
}
