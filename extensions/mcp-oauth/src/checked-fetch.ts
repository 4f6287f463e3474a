import { ClawError, type Http } from "@claw/kernel";
import { isLoopbackName, redacted } from "@claw/kernel/kit";

/** Metadata, tokens and keys are small. */
const mostBytes = 64 * 1024;
const answerTimeoutMs = 30_000;

/** Whether a request may go there, beside what is never allowed. */
export type UrlPolicy = (url: URL, server: string) => boolean;

/** https, or http on this machine; nothing else, and no password in it. */
export function checkedUrl(where: string | URL, server: string, policy: UrlPolicy): URL {
  const refuse = (why: string): ClawError =>
    new ClawError("AUTHORIZATION_FAILED", `the MCP server ${server} names an address that is not gone to: ${why}`, { server, kind: "url" });
  if (!URL.canParse(String(where))) throw refuse("it is no URL");
  const url = new URL(where);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopbackName(url.hostname)))
    throw refuse(`${url.protocol} is neither https: nor on this machine`);
  if (url.username !== "" || url.password !== "") throw refuse("it holds a password");
  if (!policy(url, server)) throw refuse(`${url.host} is not allowed`);
  return url;
}

/** The same address, without the signs that mean something to a shell and nothing here: some openers of pages are scripts. */
export const spelledOut = (url: URL): URL =>
  new URL(url.href.replaceAll(/[^\w:/?#@!&*+,;=.~%[\]-]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`));

type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/** The requests of a login: each address is checked, no redirect is followed, and no more is read than such an answer has. */
export const checkedFetch =
  (server: string, http: Http, policy: UrlPolicy, signal: AbortSignal): Fetch =>
  async (where, init = {}) => {
    const url = checkedUrl(where, server, policy);
    const deadline = AbortSignal.any([
      signal,
      AbortSignal.timeout(answerTimeoutMs),
      ...(init.signal === undefined || init.signal === null ? [] : [init.signal]),
    ]);
    const response = await http.fetch(url, { ...init, redirect: "manual", signal: deadline });
    const body = await bounded(response, server);
    return new Response(response.ok || body === null ? body : withoutSecrets(body, init), {
      status: response.status === 304 || response.status < 200 ? 502 : response.status,
      headers: textHeaders(response.headers),
    });
  };

const secretNames = ["code", "code_verifier", "refresh_token", "client_secret", "token"];

/** A server that says what is wrong may repeat what it was told. */
function withoutSecrets(body: Uint8Array, { body: sent, headers }: RequestInit): string {
  const form = new URLSearchParams(sent instanceof URLSearchParams || typeof sent === "string" ? sent : "");
  const [scheme = "", credentials = ""] = (new Headers(headers).get("authorization") ?? "").split(" ");
  const [, password = ""] = scheme.toLowerCase() === "basic" ? Buffer.from(credentials, "base64").toString().split(":") : [];
  const secrets = [...secretNames.map((name) => form.get(name) ?? ""), credentials, password];
  return redacted(
    Buffer.from(body).toString(),
    secrets.flatMap((secret) => [secret, encodeURIComponent(secret)]),
  );
}

/** What is handed on has been unpacked already. */
function textHeaders(headers: Headers): Headers {
  const own = new Headers(headers);
  for (const name of ["content-encoding", "content-length"]) own.delete(name);
  return own;
}

async function bounded(response: Response, server: string): Promise<Uint8Array<ArrayBuffer> | null> {
  if (response.status === 204 || response.status === 205 || response.body === null) return null;
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
    pieces.push(piece);
    if ((length += piece.length) > mostBytes)
      throw new ClawError("AUTHORIZATION_FAILED", `the MCP server ${server} answers a login with more than ${mostBytes} bytes`, { server, kind: "size" });
  }
  return new Uint8Array(Buffer.concat(pieces));
}
