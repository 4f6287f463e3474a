import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import type { Answer, RecordedRequest, Refusal, Reply, Script, WireError } from "./reply.ts";

/** How one vendor's API writes a stream and an error, byte for byte. */
export interface Wire {
  readonly contentType: string;
  framesOf(reply: Reply): Iterable<string | Uint8Array>;
  /** The body of an error, and the headers that come with it. */
  refusalOf(error: WireError, requestId: string): { readonly body: object; readonly headers?: Readonly<Record<string, string>> };
  /** What keeps a connection alive while a model thinks. */
  readonly ping: string | Uint8Array;
  readonly requestIdHeader: string;
}

export const replyBytes = (wire: Wire, reply: Reply): Buffer => Buffer.concat(Array.from(wire.framesOf(reply), (frame) => Buffer.from(frame)));

export interface WireServer extends AsyncDisposable {
  /** `http://127.0.0.1:port`, as a base URL wants it. */
  readonly url: string;
  readonly requests: readonly RecordedRequest[];
}

/** A loopback server that speaks a wire byte for byte and answers from a script. */
export async function startWireServer(script: Script, wire: Wire): Promise<WireServer> {
  const requests: RecordedRequest[] = [];
  const sockets = new Map<Socket, number>();
  const written = new WeakMap<Reply, Buffer>();
  /** A reply that is sent again is written once. */
  const bytesFor = (reply: Reply): Buffer => {
    const bytes = written.get(reply) ?? replyBytes(wire, reply);
    written.set(reply, bytes);
    return bytes;
  };
  let accepted = 0;
  const server = createServer((request, response) => {
    void record(request, response, sockets.get(request.socket) ?? 0)
      .then(async (recorded) => {
        const index = requests.push(recorded) - 1;
        const answer = await (typeof script === "function" ? script(recorded, index) : (script[index] ?? beyond(index)));
        await send(response, answer, index, wire, bytesFor);
      })
      .catch((error: unknown) => {
        if (!response.headersSent) response.writeHead(500, { "content-type": "text/plain" });
        response.end(String(error));
      });
  });
  server.on("connection", (socket) => {
    socket.setNoDelay(true);
    sockets.set(socket, (accepted += 1));
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

const beyond = (index: number): Refusal => ({ status: 500, body: { kind: "server", message: `request ${index + 1} is not in the script` } });

async function record(request: IncomingMessage, response: ServerResponse, connection: number): Promise<RecordedRequest> {
  const over = new Promise<"finished" | "closed">((resolve) => response.once("close", () => resolve(response.writableFinished ? "finished" : "closed")));
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  // A long body is read when somebody asks: a bench measures the client.
  const text = (): string => Buffer.concat(chunks).toString("utf8");
  return {
    method: request.method ?? "",
    path: request.url ?? "",
    headers,
    connection,
    over,
    get text() {
      return text();
    },
    get body(): unknown {
      return chunks.length === 0 ? undefined : JSON.parse(text());
    },
  };
}

async function send(response: ServerResponse, answer: Answer, index: number, wire: Wire, bytesFor: (reply: Reply) => Buffer): Promise<void> {
  if ("silent" in answer) return;
  if ("status" in answer) return refuse(response, answer, index, wire);
  const id = ("requestId" in answer ? answer.requestId : undefined) ?? `req_${index + 1}`;
  const isCompressed = "gzip" in answer && answer.gzip === true;
  response.writeHead(200, {
    "content-type": wire.contentType,
    "cache-control": "no-cache",
    [wire.requestIdHeader]: id,
    ...(isCompressed ? { "content-encoding": "gzip" } : {}),
  });
  if ("frames" in answer) {
    for (const frame of answer.frames) response.write(frame);
    response.end();
    return;
  }
  response.flushHeaders();
  if (isCompressed) response.end(gzipSync(bytesFor(answer)));
  else await stream(response, answer, wire, bytesFor);
}

function refuse(response: ServerResponse, { status, headers = {}, body = "" }: Refusal, index: number, wire: Wire): void {
  const id = `req_${index + 1}`;
  const refusal = typeof body === "string" ? undefined : wire.refusalOf(body, id);
  response.writeHead(status, {
    ...(refusal === undefined ? {} : { "content-type": "application/json" }),
    [wire.requestIdHeader]: id,
    ...refusal?.headers,
    ...headers,
  });
  response.end(refusal === undefined ? (body as string) : JSON.stringify(refusal.body));
}

async function stream(response: ServerResponse, reply: Reply, wire: Wire, bytesFor: (reply: Reply) => Buffer): Promise<void> {
  for (let count = 0; count < (reply.pings?.count ?? 0) && !response.destroyed; count += 1) {
    response.write(wire.ping);
    await pause(reply.pings?.everyMs);
  }
  const bytes = bytesFor(reply).subarray(0, reply.cutAfter);
  if (reply.delivery === "events" && reply.cutAfter === undefined) {
    for (const frame of wire.framesOf(reply)) await write(response, Buffer.from(frame));
  } else if (reply.delivery === "bytes") {
    for (let at = 0; at < bytes.length; at += 1) await write(response, bytes.subarray(at, at + 1));
  } else if (bytes.length > 0) await write(response, bytes);
  if (reply.hang !== undefined && reply.hang !== false) return;
  if (reply.reset === true) response.destroy();
  else response.end();
}

/** One write, handed to the operating system before the next. */
const write = (response: ServerResponse, bytes: Uint8Array): Promise<void> =>
  new Promise((resolve) => {
    if (response.destroyed) resolve();
    else response.write(bytes, () => setImmediate(resolve));
  });
