import { once } from "node:events";
import { type Server, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ClawError } from "@claw/kernel";
import { plainLine } from "@claw/kernel/kit";
import { boundedLine } from "./failures.ts";
import { isSame } from "./state.ts";

const path = "/oauth/callback";
const origin = "http://127.0.0.1";

/** What the browser came back with. */
export interface Callback {
  readonly code: string;
  /** The authorization server, as it names itself (RFC 9207). */
  readonly issuer?: string;
}

export interface CallbackOptions {
  readonly server: string;
  readonly port: number;
  readonly timeoutMs: number;
  readonly state: string;
  /** Whether it is whom the browser was sent to (RFC 9207); what anybody else says is neither taken nor shown. */
  readonly isIssuer?: (issuer: string | undefined) => boolean;
}

export interface CallbackListener extends AsyncDisposable {
  readonly redirectUrl: string;
  /** Throws AUTHORIZATION_FAILED when the server refused, or nobody came in time. */
  arrived(signal: AbortSignal): Promise<Callback>;
}

/** Waits on this machine for the browser to come back. Whoever does not know the state is sent away, and changes nothing. */
export async function listenForCallback({ server, port, timeoutMs, state, isIssuer = () => true }: CallbackOptions): Promise<CallbackListener> {
  const { promise, resolve, reject } = Promise.withResolvers<Callback>();
  promise.catch(() => undefined);
  let isDone = false;
  const listener: Server = createServer((request, response) => {
    const target = request.url ?? "";
    // Some of what may be asked for is no URL.
    const url = target.startsWith("/") && URL.canParse(target, origin) ? new URL(target, origin) : undefined;
    if (request.method !== "GET" || url?.pathname !== path) return page(response, 404, "There is nothing here.");
    const [given, code, error, issuer] = ["state", "code", "error", "iss"].map((name) => url.searchParams.get(name) ?? undefined);
    if (given === undefined || !isSame(given, state)) return page(response, 400, "This is not the login that was begun here.");
    if (isDone) return page(response, 200, "This login is over. You may close this window.");
    isDone = true;
    if (!isIssuer(issuer)) {
      reject(
        new ClawError("AUTHORIZATION_FAILED", `the answer to the login to the MCP server ${server} comes from another authorization server`, {
          server,
          kind: "issuer",
        }),
      );
      return page(response, 400, "This is not where you were sent to log in. You may close this window.");
    }
    if (code !== undefined && error === undefined) {
      resolve({ code, ...(issuer === undefined ? {} : { issuer }) });
      return page(response, 200, "You are logged in. You may close this window.");
    }
    const words = boundedLine(url.searchParams.get("error_description") ?? error ?? "it gave no code");
    reject(
      new ClawError("AUTHORIZATION_FAILED", `the MCP server ${server} refused the login: ${words}`, {
        server,
        ...(error === undefined ? {} : { kind: plainLine(error, 60) }),
      }),
    );
    return page(response, 200, "The login was refused. You may close this window.");
  });
  listener.listen(port, "127.0.0.1");
  try {
    await once(listener, "listening");
  } catch (cause) {
    throw new ClawError(
      "AUTHORIZATION_FAILED",
      `port ${port} is taken, and the browser is to come back to it`,
      { server, kind: "port" },
      { cause, fix: "set mcpLogin.callbackPort to 0 or to a free port" },
    );
  }
  const { port: bound } = listener.address() as AddressInfo;
  return {
    redirectUrl: `http://127.0.0.1:${bound}${path}`,
    async arrived(signal) {
      const late = setTimeout(
        () =>
          reject(
            new ClawError(
              "AUTHORIZATION_FAILED",
              `nobody logged in to the MCP server ${server} within ${Math.round(timeoutMs / 1000)} s`,
              { server, kind: "timeout" },
              { fix: `claw mcp login ${server}` },
            ),
          ),
        timeoutMs,
      );
      const stop = (): void => reject(signal.reason);
      signal.addEventListener("abort", stop, { once: true });
      if (signal.aborted) stop();
      try {
        return await promise;
      } finally {
        clearTimeout(late);
        signal.removeEventListener("abort", stop);
      }
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      // The page of whoever is being answered is let through.
      setTimeout(() => listener.closeAllConnections(), 200).unref();
      listener.closeIdleConnections();
      await once(listener, "close");
    },
  };
}

/** Says one sentence of ours: nothing that came with the request is in it. */
function page(response: ServerResponse, status: number, sentence: string): void {
  response
    .writeHead(status, {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": "default-src 'none'",
      "cache-control": "no-store",
      connection: "close",
    })
    .end(`<!doctype html><title>claw</title><p>${sentence}</p>\n`);
}
