import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { type Served, serve } from "./identity-server.ts";

export const json = (response: ServerResponse, status: number, value: object): void =>
  void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));

const nothing: RequestListener = (_request, response) => void response.writeHead(404).end();

/** Registers whoever asks, and knows nothing else. */
export const register: RequestListener = (request, response) => {
  if (request.url === "/register") json(response, 201, { client_id: "c1", redirect_uris: ["http://127.0.0.1/oauth/callback"] });
  else nothing(request, response);
};

/** An authorization server whose metadata says such things. */
export const speaking = (said: (origin: string) => object, more: RequestListener = nothing): Promise<Served> =>
  serve((origin) => (request, response) => {
    if (request.url?.startsWith("/.well-known/oauth-authorization-server") !== true) return more(request, response);
    json(response, 200, {
      issuer: origin,
      authorization_endpoint: `${origin}/authorize`,
      token_endpoint: `${origin}/token`,
      registration_endpoint: `${origin}/register`,
      revocation_endpoint: `${origin}/revoke`,
      response_types_supported: ["code"],
      code_challenge_methods_supported: ["S256"],
      ...said(origin),
    });
  });

export async function formOf(request: IncomingMessage): Promise<Readonly<Record<string, string>>> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Object.fromEntries(new URLSearchParams(Buffer.concat(pieces).toString("utf8")));
}

export type TokenAnswer = (form: Readonly<Record<string, string>>, response: ServerResponse, request: IncomingMessage) => void;

/** One that registers everybody, sends every browser straight back with a code, and answers requests for tokens as it is told to. */
export const giving = (answer: TokenAnswer, said: (origin: string) => object = () => ({})): Promise<Served> =>
  speaking(said, (request, response) => {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    if (url.pathname === "/token" || url.pathname === "/revoke") return void formOf(request).then((form) => answer(form, response, request));
    if (!url.pathname.startsWith("/authorize")) return register(request, response);
    const back = new URL(url.searchParams.get("redirect_uri") ?? "");
    back.search = new URLSearchParams({ code: "code-1234567890-abcdefghij", state: url.searchParams.get("state") ?? "" }).toString();
    response.writeHead(302, { location: back.href }).end();
  });
