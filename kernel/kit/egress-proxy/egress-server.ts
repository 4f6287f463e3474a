import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { EgressGate, EgressRefusal } from "./egress-gate.ts";
import type { EgressLimits } from "./egress-limits.ts";
import { connectTo } from "./outgoing-socket.ts";
import { exchangePlain, unforwardable } from "./plain-exchange.ts";
import { isAuthorized } from "./proxy-authorization.ts";
import { plainTarget, tunnelTarget, type RequestTarget } from "./request-target.ts";
import { joinStreams } from "./tunnel.ts";

export interface Passage {
  readonly gate: EgressGate;
  readonly token: string;
  readonly limits: EgressLimits;
  /** What is closed with the proxy. */
  own(stream: Duplex): void;
}

/** Tunnels and plain requests, every one of them through the same check, on a kept connection too. */
export function createEgressServer(passage: Passage): Server {
  const { limits, gate, own } = passage;
  const server = process.getBuiltinModule("node:http").createServer({
    maxHeaderSize: limits.headBytes,
    headersTimeout: limits.headMs,
    requestTimeout: 0,
    connectionsCheckingInterval: Math.min(1000, limits.headMs),
    insecureHTTPParser: false,
  });
  // Beyond a number of headers the rest would be dropped unsaid, the framing among them; their size is bounded already.
  server.maxHeadersCount = 0;
  server.maxConnections = limits.connections;
  server.setTimeout(limits.idleMs, (socket: Socket) => socket.destroy());
  server.on("connection", own);
  server.on("connect", (request: IncomingMessage, socket: Duplex, head: Buffer) => void tunnel(request, socket, head, passage));
  server.on("request", (request, response) => void plain(request, response, passage));
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (error.code === "ECONNRESET" || !socket.writable) socket.destroy();
    else close(socket, gate.refuse(...whyUnread(error.code)));
  });
  return server;
}

async function tunnel(request: IncomingMessage, socket: Duplex, head: Buffer, passage: Passage): Promise<void> {
  socket.on("error", () => socket.destroy());
  const answer = await admit(request, tunnelTarget(request.url ?? ""), passage);
  if (answer.type === "closed") return close(socket, answer);
  const { upstream } = answer;
  if (socket.destroyed) return void upstream.destroy();
  socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
  if (head.length > 0) upstream.write(head);
  joinStreams(socket, upstream);
}

async function plain(request: IncomingMessage, response: ServerResponse, passage: Passage): Promise<void> {
  request.on("error", () => response.destroy());
  const answer = await admit(request, plainTarget(request.url ?? ""), passage);
  if (answer.type === "open") return response.destroyed ? void answer.upstream.destroy() : exchangePlain(request, response, answer.target, answer.upstream);
  request.resume();
  response.writeHead(answer.status, [...CONTENT_TYPE, ...challenge(answer)]).end(sentence(answer));
}

interface Admitted {
  readonly type: "open";
  readonly target: RequestTarget;
  readonly upstream: Socket;
}

/** Who asks comes before what is asked for. */
async function admit(request: IncomingMessage, target: RequestTarget | undefined, { gate, token, limits, own }: Passage): Promise<Admitted | EgressRefusal> {
  if (!isAuthorized(request.headers["proxy-authorization"], token)) return gate.refuse(407, "the token of this run is missing");
  if (target === undefined) return gate.refuse(400, "a proxy is asked with CONNECT host:port or http://host/path, and this is neither", request.url);
  const trouble = unforwardable(request);
  if (trouble !== undefined) return gate.refuse(400, trouble, target.authority);
  const answer = await gate.judge(target);
  if (answer.type === "closed") return answer;
  try {
    const upstream = await connectTo(answer.addresses, target.port, limits);
    own(upstream);
    return { type: "open", target, upstream };
  } catch (error) {
    return { type: "closed", status: 502, why: `${target.authority} cannot be reached (${(error as Error).message})` };
  }
}

function whyUnread(code: string | undefined): readonly [number, string] {
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return [408, "the request took too long to arrive"];
  if (code === "HPE_HEADER_OVERFLOW") return [431, "the request's head is too long"];
  return [400, "it is no request of HTTP"];
}

const CONTENT_TYPE = ["Content-Type", "text/plain"];
const sentence = ({ why }: EgressRefusal): string => `claw: ${why}\n`;
const challenge = ({ status }: EgressRefusal): readonly string[] => (status === 407 ? ["Proxy-Authenticate", 'Basic realm="claw"'] : []);

/** Says why, on a connection that no longer speaks HTTP, and ends it: what else comes on it is never read. */
function close(socket: Duplex, refusal: EgressRefusal): void {
  const body = sentence(refusal);
  const headers = [...CONTENT_TYPE, "Content-Length", String(Buffer.byteLength(body)), "Connection", "close", ...challenge(refusal)];
  const lines = headers.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${headers[index + 1]}`] : []));
  const reason = process.getBuiltinModule("node:http").STATUS_CODES[refusal.status] ?? "Refused";
  socket.end([`HTTP/1.1 ${refusal.status} ${reason}`, ...lines, "", body].join("\r\n"), () => socket.destroy());
}
