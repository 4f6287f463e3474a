import { once } from "node:events";
import { type IncomingMessage, type RequestListener, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ClawError, type Http, type ServerSpec, type Transport } from "@claw/kernel";
import type { HttpSetting } from "../src/connect.ts";

export const never = (): AbortSignal => new AbortController().signal;

/** An embedder's `http`: the built-in fetch, whose failures have claw's name. */
export const ownHttp: Http = {
  fetch: (input, init) =>
    fetch(input, init).catch((cause: unknown) => {
      if (init?.signal?.aborted === true) throw init.signal.reason;
      const { host } = new URL(String(input));
      throw new ClawError("NETWORK_FAILED", `the connection to ${host} failed`, { host }, { cause, retryable: true });
    }),
};

export const ping = { jsonrpc: "2.0", id: 1, method: "x", params: { a: 1 } };
export const hello = {
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "test", version: "1" } },
};
export const initialized = { jsonrpc: "2.0", method: "notifications/initialized" };

export const first = async (transport: Transport): Promise<unknown> => (await transport.incoming[Symbol.asyncIterator]().next()).value;

export const settingOf = (more: Partial<HttpSetting> = {}): HttpSetting => ({
  http: ownHttp,
  authorization: undefined,
  insecureHosts: [],
  maxMessageBytes: 67_108_864,
  ...more,
});

export interface Heard {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
}

export interface Served extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly IncomingMessage[];
  spec(kind?: "http" | "sse"): ServerSpec;
  /** Ends every connection and answers nobody any more. */
  kill(): Promise<void>;
}

export async function serve(listener: RequestListener): Promise<Served> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    response.on("error", () => undefined);
    listener(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
  let closed: Promise<unknown> | undefined;
  const kill = async (): Promise<void> => {
    if (closed === undefined) {
      closed = once(server, "close");
      server.close();
      server.closeAllConnections();
    }
    await closed;
  };
  return { url, requests, spec: (kind = "http") => ({ name: "far", transport: kind, url }), kill, [Symbol.asyncDispose]: kill };
}

export async function bodyOf(request: IncomingMessage): Promise<Heard> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return JSON.parse(Buffer.concat(pieces).toString("utf8") || "{}") as Heard;
}

export const event = (message: object): string => `event: message\ndata: ${JSON.stringify(message)}\n\n`;
export const resultOf = ({ id, params }: Heard): object => ({ jsonrpc: "2.0", id, result: params });

/** Answers a request with what it was asked: as JSON, or as a stream of events with a keep-alive before it. */
export function answer(heard: Heard, response: ServerResponse, headers: Readonly<Record<string, string>> = {}): void {
  if (heard.id === undefined) response.writeHead(202, headers).end();
  else if (heard.id % 2 === 1) response.writeHead(200, { "content-type": "application/json", ...headers }).end(JSON.stringify(resultOf(heard)));
  else response.writeHead(200, { "content-type": "text/event-stream", ...headers }).end(`: keep-alive\n\n${event(resultOf(heard))}`);
}
