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

type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/** What a server says of who may ask is kept so far. */
const challengeCharacters = 1024;

/**
 * The requests to one server: they say who asks, to its own origin and nowhere else, ask once more after a refusal that has changed something, follow no redirect,
 * and read no more than is allowed.
 */
export function serverFetch(server: ServerSpec, address: URL, { http, authorization, maxMessageBytes }: ServerFetchSetting, onBroken: OnBroken): Fetch {
  const { name } = server;
  const send = async (url: URL, init: RequestInit): Promise<Response> => {
    const headers = new Headers(init.headers);
    const own = (await authorization?.headers(server, init.signal ?? new AbortController().signal)) ?? {};
    for (const [key, value] of Object.entries({ ...own, ...server.headers })) headers.set(key, value);
    return http.fetch(url, { ...init, headers, redirect: "manual" });
  };
  return async (where, init = {}) => {
    const url = new URL(where);
    if (url.origin !== address.origin)
      throw new ClawError("MCP_PROTOCOL", `the MCP server ${name} sends its client to ${url.host}, which is not where it is`, { server: name });
    let response = await send(url, init);
    const challenge = challengeOf(response);
    if (
      challenge !== undefined &&
      authorization !== undefined &&
      (await authorization.challenged(server, challenge, init.signal ?? new AbortController().signal))
    ) {
      await response.body?.cancel();
      response = await send(url, init);
    }
    await refuse(name, response);
    return bounded(response, maxMessageBytes, () => {
      const error = new ClawError("MCP_PROTOCOL", `the MCP server ${name} sent a message of more than ${maxMessageBytes} bytes`, { server: name });
      onBroken(error);
      return error;
    });
  };
}

const authenticateOf = (response: Response): string | undefined => response.headers.get("www-authenticate")?.slice(0, challengeCharacters);

function challengeOf(response: Response): { readonly status: 401 | 403; readonly authenticate?: string } | undefined {
  const authenticate = authenticateOf(response);
  const said = authenticate === undefined ? {} : { authenticate };
  if (response.status === 401) return { status: 401, ...said };
  // A 403 without a word about scopes is a no, whoever asks.
  return response.status === 403 && /insufficient_scope/.test(authenticate ?? "") ? { status: 403, ...said } : undefined;
}

/** What no further request to the server would change is said here; everything else is the protocol's library's to understand. */
async function refuse(name: string, response: Response): Promise<void> {
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
    const target = response.headers.get("location") ?? "";
    const host = URL.canParse(target) ? new URL(target).host : "another place";
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
