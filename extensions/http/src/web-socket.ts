import { ClawError, type Http, type TextSocket } from "@claw/kernel";
import type { RawData, WebSocket as Socket } from "ws";
import { networkFailure } from "./failure.ts";
import type { FetchOptions } from "./fetch.ts";
import { refuseOffline } from "./offline.ts";

type Open = NonNullable<Http["webSocket"]>;

const usualMaxBytes = 64 * 1024 * 1024;
/** What a slow reader has not taken yet, in characters, before the connection is paused. */
const mostWaiting = 1024 * 1024;
/** How long the other side may take to say goodbye. */
const closeMs = 1_000;

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
    const socket = new WebSocket(url, [...protocols], {
      agent: route.agent,
      headers: { "user-agent": agent.said, ...headers },
      handshakeTimeout: connectTimeoutMs,
      maxPayload: maxMessageBytes,
      followRedirects: false,
      // What is compressed together with a secret can give it away by its length.
      perMessageDeflate: false,
    });
    await opened(socket, signal, (error) => failed(error, address.host, route.proxy));
    return textSocket(socket, (error) => failed(error, address.host, route.proxy));
  };

function failed(error: unknown, host: string, proxy: string | undefined): ClawError {
  const [, status] = /^Unexpected server response: (\d{3})$/.exec(error instanceof Error ? error.message : "") ?? [];
  if (status === undefined) return networkFailure(error, host, proxy);
  return new ClawError("NETWORK_FAILED", `${host} answered ${status} when asked for a WebSocket`, { host }, { cause: error, retryable: Number(status) >= 500 });
}

async function opened(socket: Socket, signal: AbortSignal, failure: (error: unknown) => ClawError): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const stop = (): void => {
    reject(signal.reason);
    socket.terminate();
  };
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  socket.once("open", resolve);
  // Stays: a socket that is torn down while it connects says so once more.
  socket.on("error", (error) => reject(failure(error)));
  try {
    await promise;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function textSocket(socket: Socket, failure: (error: unknown) => ClawError): TextSocket {
  const waiting: string[] = [];
  let held = 0;
  let end: { readonly error?: ClawError } | undefined;
  let closing = false;
  let wake = (): void => undefined;
  const finish = (error?: ClawError): void => {
    end ??= error === undefined || closing ? {} : { error };
    wake();
  };
  socket.on("message", (data: RawData, isBinary) => {
    if (isBinary) {
      finish(failure(new Error("a binary message")));
      return socket.terminate();
    }
    const text = textOf(data);
    waiting.push(text);
    if ((held += text.length) > mostWaiting) socket.pause();
    wake();
  });
  socket.on("error", (error) => finish(failure(error)));
  socket.on("close", (code) => finish(code === 1000 || code === 1005 ? undefined : failure(new Error(`closed with ${code}`))));

  return {
    incoming: (async function* () {
      for (;;) {
        const next = waiting.shift();
        if (next !== undefined) {
          held -= next.length;
          if (socket.isPaused && held <= mostWaiting / 2) socket.resume();
          yield next;
        } else if (end?.error !== undefined) throw end.error;
        else if (end !== undefined) return;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    })(),
    send: (text) =>
      new Promise((resolve, reject) => {
        socket.send(text, (error) => {
          if (error === undefined || error === null) resolve();
          else reject(failure(error));
        });
      }),
    async [Symbol.asyncDispose]() {
      closing = true;
      finish();
      if (socket.readyState === socket.CLOSED) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(() => socket.terminate(), closeMs);
      socket.once("close", resolve);
      // What still comes is read by nobody, and goodbye comes after it.
      socket.resume();
      socket.close(1000);
      await promise;
      clearTimeout(timer);
    },
  };
}

const textOf = (data: RawData): string => (Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer)).toString("utf8");
