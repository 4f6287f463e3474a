import { WebHeaders, type HeadersInit } from "./headers.ts";
import type { UserAgent } from "./user-agent.ts";

/** A request as it is sent: bytes can be sent again, a stream only once. */
export interface Outgoing {
  readonly url: URL;
  readonly method: string;
  readonly headers: WebHeaders;
  readonly body: Uint8Array | AsyncIterable<Uint8Array> | undefined;
  readonly redirect: "follow" | "error" | "manual";
  readonly signal: AbortSignal | undefined;
}

type Input = Parameters<typeof fetch>[0];
type Init = NonNullable<Parameters<typeof fetch>[1]>;
type RequestBody = Init["body"];

/** What a call of `fetch` asks for. A `Request` is read by its properties, so that the engine's class need not be loaded. */
export async function outgoing(input: Input, init: Init | undefined, agent: UserAgent): Promise<Outgoing> {
  const request = typeof input === "string" || input instanceof URL ? undefined : input;
  const url = new URL(request?.url ?? (input as string | URL));
  if (url.protocol !== "http:" && url.protocol !== "https:") throw new TypeError(`${url.protocol} cannot be fetched, only http: and https:`);
  const method = (init?.method ?? request?.method ?? "GET").toUpperCase();
  const headers = new WebHeaders((init?.headers ?? request?.headers) as HeadersInit);
  const given = init?.body ?? request?.body ?? undefined;
  if (given !== undefined && (method === "GET" || method === "HEAD")) throw new TypeError(`a ${method} request has no body`);
  const { body, type } = await encoded(given);
  if (type !== undefined && !headers.has("content-type")) headers.set("content-type", type);
  if (!headers.has("accept")) headers.set("accept", "*/*");
  // Streams are small, and packing makes them late. What comes packed all the same is unpacked (unpacked.ts).
  if (!headers.has("accept-encoding")) headers.set("accept-encoding", "identity");
  if ((headers.get("user-agent") ?? agent.own) === agent.own) headers.set("user-agent", agent.said);
  credentials(url, headers);
  return { url, method, headers, body, redirect: init?.redirect ?? request?.redirect ?? "follow", signal: init?.signal ?? request?.signal ?? undefined };
}

/** `user:password@` of an address is sent as basic authorization and not as part of the address. */
function credentials(url: URL, headers: WebHeaders): void {
  if (url.username === "" && url.password === "") return;
  const plain = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  if (!headers.has("authorization")) headers.set("authorization", `Basic ${Buffer.from(plain).toString("base64")}`);
  url.username = "";
  url.password = "";
}

async function encoded(body: RequestBody | undefined): Promise<{ readonly body: Outgoing["body"]; readonly type?: string }> {
  if (body === undefined || body === null) return { body: undefined };
  if (typeof body === "string") return { body: Buffer.from(body), type: "text/plain;charset=UTF-8" };
  if (body instanceof ArrayBuffer) return { body: new Uint8Array(body) };
  if (ArrayBuffer.isView(body)) return { body: new Uint8Array(body.buffer, body.byteOffset, body.byteLength) };
  if (body instanceof URLSearchParams) return { body: Buffer.from(body.toString()), type: "application/x-www-form-urlencoded;charset=UTF-8" };
  if (Symbol.asyncIterator in body) return { body };
  // Forms and blobs: rare, and the engine knows how they are written.
  const real = new Response(body);
  const type = real.headers.get("content-type");
  return { body: new Uint8Array(await real.arrayBuffer()), ...(type === null ? {} : { type }) };
}
