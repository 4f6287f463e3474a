import { ClawError } from "@claw/kernel";
import type { ClientRequest, IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Connections, Route } from "./connections.ts";
import { networkFailure } from "./failure.ts";
import type { Outgoing } from "./outgoing.ts";

/** One request and the head of its answer. An abort closes the socket, whatever it is doing. */
export async function exchange(outgoing: Outgoing, connections: Connections, connectTimeoutMs: number): Promise<IncomingMessage> {
  for (;;) {
    outgoing.signal?.throwIfAborted();
    try {
      return await once(outgoing, connections.route(outgoing.url), connectTimeoutMs);
    } catch (error) {
      // A kept connection that the other side was just closing: nothing has been answered, so it is asked again on another.
      if (!(error instanceof StaleConnection)) throw error;
    }
  }
}

class StaleConnection extends Error {}

function once({ url, method, headers, body, signal }: Outgoing, route: Route, connectTimeoutMs: number): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  let dialled: Duplex | undefined;
  let answer: IncomingMessage | undefined;
  const length = body instanceof Uint8Array ? { "content-length": String(body.length) } : {};
  const request = route.send(url, { method, headers: { ...Object.fromEntries(headers), ...length }, dialled: (socket) => (dialled = socket) }, (message) => {
    answer = message;
    // A message that nobody reads fails unheard; who reads it is told.
    message.on("error", () => undefined);
    message.once("close", () => signal?.removeEventListener("abort", abort));
    resolve(message);
  });
  const fail = (error: unknown): void => {
    stop();
    if (answer === undefined) signal?.removeEventListener("abort", abort);
    reject(error);
  };
  // A request whose tunnel is being dug knows no socket yet and would wait for it: the socket is closed and the end said here.
  const cut = (reason: Error): void => {
    request.destroy(reason);
    dialled?.destroy();
    fail(reason);
  };
  const abort = (): void => {
    if (answer === undefined) cut(signal?.reason as Error);
    else answer.destroy(signal?.reason as Error);
  };
  const stop = watchConnecting(request, url, connectTimeoutMs, () =>
    cut(new ClawError("NETWORK_FAILED", `${url.host} could not be connected to within ${connectTimeoutMs / 1000} s`, { host: url.host }, { retryable: true })),
  );
  signal?.addEventListener("abort", abort, { once: true });
  request.on("error", (error: NodeJS.ErrnoException) => {
    const stale = request.reusedSocket && (error.code === "ECONNRESET" || error.code === "EPIPE") && isRepeatable(body);
    fail(stale ? new StaleConnection() : networkFailure(error, url.host, route.proxy));
  });
  send(request, body);
  return promise;
}

/** Node has no limit of its own for connecting, and the network's is minutes. Ends by itself once the connection stands. */
function watchConnecting(request: ClientRequest, url: URL, ms: number, late: () => void): () => void {
  const timer = setTimeout(late, ms);
  const stop = (): void => clearTimeout(timer);
  request.once("socket", (socket) => {
    if (socket.connecting) socket.once(url.protocol === "https:" ? "secureConnect" : "connect", stop);
    else stop();
  });
  request.once("close", stop);
  return stop;
}

function send(request: ClientRequest, body: Outgoing["body"]): void {
  if (body === undefined || body instanceof Uint8Array) request.end(body);
  else void pour(body, request).catch((error: unknown) => request.destroy(error as Error));
}

async function pour(body: AsyncIterable<Uint8Array>, request: ClientRequest): Promise<void> {
  for await (const bytes of body) {
    if (request.destroyed) return;
    if (!request.write(bytes)) await new Promise<void>((resolve) => void request.once("drain", resolve).once("close", resolve));
  }
  request.end();
}

export const isRepeatable = (body: Outgoing["body"]): boolean => body === undefined || body instanceof Uint8Array;
