import { once } from "node:events";
import { createRequire } from "node:module";
import { type IncomingMessage, type RequestListener, type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What is used here of the package, which has no types of its own. */
interface ProviderModule {
  readonly default: new (issuer: string, configuration: object) => { callback(): RequestListener };
}
const require = createRequire(import.meta.url);

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

export interface Served extends AsyncDisposable {
  readonly origin: string;
  /** Everything it was asked, with what was said. */
  readonly seen: readonly Seen[];
}

export async function serve(make: (origin: string) => RequestListener | Promise<RequestListener>): Promise<Served> {
  const seen: Seen[] = [];
  let answer: RequestListener = (_request, response) => void response.writeHead(503).end();
  const server: Server = createServer((request, response) => {
    record(request, seen);
    answer(request, response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  answer = await make(origin);
  return {
    origin,
    seen,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

function record(request: IncomingMessage, seen: Seen[]): void {
  const pieces: Buffer[] = [];
  const { method = "", url = "" } = request;
  const entry = { method, url, authorization: request.headers.authorization, body: "" };
  seen.push(entry);
  request.on("data", (piece: Buffer) => {
    pieces.push(piece);
    entry.body = Buffer.concat(pieces).toString("utf8");
  });
}

/** A real authorization server: registration, PKCE for everybody, resource indicators, rotating refresh tokens, revocation. */
export const startIdentityServer = (options: { readonly accessTokenSeconds?: number; readonly clients?: readonly object[] } = {}): Promise<Served> =>
  serve(async (origin) => {
    const { default: Provider } = require("oidc-provider") as ProviderModule;
    const provider = new Provider(origin, {
      clients: options.clients ?? [],
      scopes: ["openid", "offline_access", "notes"],
      pkce: { required: () => true },
      issueRefreshToken: async () => true,
      rotateRefreshToken: true,
      ttl: { AccessToken: options.accessTokenSeconds ?? 3600 },
      clientDefaults: { grant_types: ["authorization_code", "refresh_token"], token_endpoint_auth_method: "none" },
      features: {
        registration: { enabled: true },
        revocation: { enabled: true },
        devInteractions: { enabled: true },
        resourceIndicators: {
          enabled: true,
          getResourceServerInfo: async () => ({ scope: "notes", accessTokenFormat: "opaque", accessTokenTTL: options.accessTokenSeconds ?? 3600 }),
          useGrantedResource: async () => true,
        },
      },
    });
    return provider.callback();
  });

/** An MCP server that says where its tokens come from; every other request is refused. */
export const startResource = (issuer: () => string, said: (origin: string) => object = () => ({})): Promise<Served> =>
  serve((origin) => (request, response) => {
    if (request.url?.startsWith("/.well-known/oauth-protected-resource") === true)
      response
        .writeHead(200, { "content-type": "application/json" })
        .end(JSON.stringify({ resource: `${origin}/mcp`, authorization_servers: [issuer()], scopes_supported: ["notes"], ...said(origin) }));
    else response.writeHead(404).end();
  });

/** A browser that logs in wherever it is asked to, and agrees to everything. Answers the last page. */
export async function browse(start: URL): Promise<string> {
  const cookies = new Map<string, string>();
  let [url, init]: [URL, RequestInit] = [start, {}];
  for (let hops = 0; hops < 20; hops += 1) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(url, { ...init, redirect: "manual", headers: { ...(init.headers as Record<string, string> | undefined), cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ""] = line.split(";");
      const at = pair.indexOf("=");
      cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    const location = response.headers.get("location");
    const page = await response.text();
    if (location !== null) [url, init] = [new URL(location, url), {}];
    else {
      const action = /<form[^>]* action="([^"]+)"/.exec(page)?.[1];
      const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1];
      if (action === undefined || prompt === undefined) return page;
      const body = new URLSearchParams({ prompt, login: "me", password: "mine" }).toString();
      [url, init] = [new URL(action, url), { method: "POST", body, headers: { "content-type": "application/x-www-form-urlencoded" } }];
    }
  }
  throw new Error("the browser goes round in circles");
}
