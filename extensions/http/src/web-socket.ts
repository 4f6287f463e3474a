import { ClawError, type Http } from "@claw/kernel";
import { plainLine } from "@claw/kernel/kit";
import type { Duplex } from "node:stream";
import type { ClientOptions, WebSocket as Socket } from "ws";
import type { Connections, Route } from "./connections.ts";
import { networkFailure } from "./failure.ts";
import type { FetchOptions } from "./fetch.ts";
import { refuseOffline } from "./offline.ts";
import { textSocket } from "./text-socket.ts";
import { dig } from "./tunnel.ts";

type Open = NonNullable<Http["webSocket"]>;

const usualMaxBytes = 64 * 1024 * 1024;

/** WebSockets over the same connections as `fetch`: the person's proxy, authorities, and offline. */
export const createWebSocket =
  ({ connections, offline, connectTimeoutMs, agent, wantedBy }: FetchOptions): Open =>
  async (url, { protocols = [], headers = {}, maxMessageBytes = usualMaxBytes }, signal) => {
    signal.throwIfAborted();
    const address = new URL(url);
    address.protocol = url.protocol === "wss:" ? "https:" : "http:";
    if (offline) refuseOffline(address, wantedBy);
    const route = connections.route(address);
    const { WebSocket } = await import("ws");
    signal.throwIfAborted();
    let dialled: Duplex | undefined;
    const socket = new WebSocket(url, [...protocols], {
      ...wayOf(address, route, (to) => (dialled = to)),
      headers: { "user-agent": agent.said, ...headers },
      maxPayload: maxMessageBytes,
      followRedirects: false,
      // What is compressed together with a secret can give it away by its length.
      perMessageDeflate: false,
    });
    const failure = (error: unknown): ClawError => failed(error, address.host, route.proxy, maxMessageBytes);
    const text = textSocket(socket, address.host, failure);
    await opened(socket, { connections, connectTimeoutMs, host: address.host, signal, failure, hangUp: () => dialled?.destroy() });
    return text;
  };

/** A plain request would be handed to the proxy itself, which takes no WebSocket: a tunnel is dug for it. */
function wayOf(address: URL, { agent, gate }: Route, dialled: (socket: Duplex) => void): ClientOptions {
  if (gate === undefined || address.protocol === "https:") return { agent, dialled } as ClientOptions;
  const host = `${address.hostname}:${address.port || 80}`;
  const createConnection = (_options: object, done: Parameters<typeof dig>[3]): void => dig(gate, host, dialled, done);
  return { createConnection } as unknown as ClientOptions;
}

function failed(error: unknown, host: string, proxy: string | undefined, maxBytes: number): ClawError {
  const message = error instanceof Error ? error.message : "";
  const { code } = error as { readonly code?: unknown };
  const plain = (sentence: string, retryable: boolean, more: { readonly status?: number } = {}): ClawError =>
    new ClawError("NETWORK_FAILED", sentence, { host, ...more }, { cause: error, retryable });
  const status = Number(/^Unexpected server response: (\d{3})$/.exec(message)?.[1]);
  if (status > 0) return plain(`${host} answered ${status} when asked for a WebSocket`, status >= 500, { status });
  if (code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH") return plain(`${host} sent a message of more than ${maxBytes} bytes`, false);
  // Everything else that has no code, or one of the protocol's own, is said by who speaks the protocol.
  if (code === undefined || String(code).startsWith("WS_ERR_")) return plain(`${host} does not speak WebSocket as asked: ${plainLine(message, 200)}`, false);
  return networkFailure(error, host, proxy);
}

interface Opening {
  readonly connections: Connections;
  readonly connectTimeoutMs: number;
  readonly host: string;
  readonly signal: AbortSignal;
  readonly failure: (error: unknown) => ClawError;
  /** Closes what is under the socket, which knows nothing of it while a tunnel is being dug. */
  readonly hangUp: () => void;
}

async function opened(socket: Socket, { connections, connectTimeoutMs, host, signal, failure, hangUp }: Opening): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const stop = (reason: unknown): void => {
    reject(reason);
    socket.terminate();
    hangUp();
  };
  const abort = (): void => stop(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  const late = `${host} did not open a WebSocket within ${connectTimeoutMs / 1000} s`;
  const timer = setTimeout(() => stop(new ClawError("NETWORK_FAILED", late, { host }, { retryable: true })), connectTimeoutMs);
  const forget = connections.holds(() => stop(new ClawError("SCOPE_CLOSED", "claw/http is closed", { scope: "claw/http" })));
  socket.once("open", resolve);
  // Stays: a socket that is torn down while it connects says so once more.
  socket.on("error", (error) => reject(failure(error)));
  socket.once("close", forget);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}
