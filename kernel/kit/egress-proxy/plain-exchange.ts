import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { forwardedHeaders, framing } from "./forwarded-headers.ts";
import type { RequestTarget } from "./request-target.ts";

/** Why a request cannot be handed on whole, or undefined. */
export function unforwardable({ headers }: IncomingMessage): string | undefined {
  const coding = headers["transfer-encoding"]?.trim().toLowerCase();
  return coding === undefined || coding === "chunked" ? undefined : "its transfer encoding is not known here";
}

/** Asks the host as a client of its own: origin form, its own `Host`, its own framing, one request a connection. */
export function exchangePlain(request: IncomingMessage, response: ServerResponse, target: RequestTarget, socket: Socket): void {
  const { pipeline } = process.getBuiltinModule("node:stream");
  const outgoing = process.getBuiltinModule("node:http").request({
    method: request.method,
    path: target.path,
    headers: ["Host", target.authority, ...forwardedHeaders(request.rawHeaders), ...bodyOf(request), "Connection", "close"],
    createConnection: () => socket,
  });
  outgoing.on("response", (incoming) => {
    response.sendDate = false;
    try {
      response.writeHead(incoming.statusCode ?? 502, [...forwardedHeaders(incoming.rawHeaders), ...lengthOf(incoming)]);
    } catch {
      incoming.destroy();
      return fail(response, target);
    }
    response.flushHeaders();
    pipeline(incoming, response, () => socket.destroy());
  });
  outgoing.on("error", () => {
    socket.destroy();
    fail(response, target);
  });
  response.on("close", () => {
    if (!response.writableFinished) socket.destroy();
  });
  pipeline(request, outgoing, (error) => {
    if (error !== undefined && error !== null && !request.complete) socket.destroy();
  });
}

const bodyOf = (request: IncomingMessage): readonly string[] => {
  const told = framing(request.headers);
  return told.length > 0 || ["GET", "HEAD"].includes(request.method ?? "") ? told : ["Content-Length", "0"];
};

/** Chunks are between us and the client: what it can read, the server here knows. */
const lengthOf = ({ headers }: IncomingMessage): readonly string[] => (headers["transfer-encoding"] === undefined ? framing(headers) : []);

function fail(response: ServerResponse, { authority }: RequestTarget): void {
  if (response.headersSent) response.destroy();
  else response.writeHead(502, { "content-type": "text/plain", connection: "close" }).end(`claw: ${authority} did not answer as a web server does\n`);
}
