import { once } from "node:events";
import { type IncomingMessage, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ClawError, type Http, type ServerSpec, type TextSocket } from "@claw/kernel";
import { memoryHttp } from "@claw/testing";
import { type WebSocket as Peer, WebSocket, WebSocketServer } from "ws";
import type { SocketSetting } from "../src/socket.ts";

export const never = (): AbortSignal => new AbortController().signal;

function broken(host: string, why = "was closed"): ClawError {
  const status = Number(/response: (\d+)/.exec(why)?.[1]);
  return new ClawError(
    "NETWORK_FAILED",
    `the connection to ${host} failed: ${why}`,
    { host, ...(status > 0 ? { status } : {}) },
    { retryable: !(status < 500) },
  );
}

/** An embedder's `http` that opens WebSockets. */
export const ownHttp: Http = {
  ...memoryHttp(),
  async webSocket(url, { protocols = [], headers = {}, maxMessageBytes = 0 }, signal): Promise<TextSocket> {
    signal.throwIfAborted();
    const socket = new WebSocket(url, [...protocols], { headers: { ...headers }, maxPayload: maxMessageBytes });
    const waiting: string[] = [];
    let end: { readonly error?: ClawError } | undefined;
    let wake = (): void => undefined;
    socket.addEventListener("message", ({ data }) => {
      waiting.push(String(data));
      wake();
    });
    socket.addEventListener("close", ({ code }) => {
      end ??= code === 1000 ? {} : { error: broken(url.host, `closed with ${code}`) };
      wake();
    });
    const opened = Promise.withResolvers<void>();
    socket.addEventListener("open", () => opened.resolve());
    socket.addEventListener("error", ({ message }) => {
      opened.reject(broken(url.host, message));
      end ??= { error: broken(url.host, message) };
    });
    await opened.promise;
    return {
      incoming: (async function* () {
        for (;;) {
          const next = waiting.shift();
          if (next !== undefined) yield next;
          else if (end?.error !== undefined) throw end.error;
          else if (end !== undefined) return;
          else await new Promise<void>((resolve) => (wake = resolve));
        }
      })(),
      async send(text) {
        if (socket.readyState !== WebSocket.OPEN) throw broken(url.host);
        socket.send(text);
      },
      async [Symbol.asyncDispose]() {
        end ??= {};
        wake();
        socket.close(1000);
      },
    };
  },
};

export const settingOf = (more: Partial<SocketSetting> = {}): SocketSetting => ({
  http: ownHttp,
  authorization: undefined,
  insecureHosts: [],
  maxMessageBytes: 67_108_864,
  ...more,
});

export interface Server extends AsyncDisposable {
  readonly spec: ServerSpec;
  readonly peers: ReadonlySet<Peer>;
  /** The headers of each handshake. */
  readonly asked: readonly NodeJS.Dict<string | string[]>[];
}

/** A server that does so with each text, and to begin with. */
export async function serve(
  hear: (peer: Peer, text: string) => void,
  greet: (peer: Peer) => void = () => undefined,
  admits: (headers: NodeJS.Dict<string | string[]>) => boolean = () => true,
): Promise<Server> {
  const server = createServer();
  const asked: NodeJS.Dict<string | string[]>[] = [];
  const verifyClient = ({ req }: { readonly req: IncomingMessage }): boolean => asked.push(req.headers) > 0 && admits(req.headers);
  const web = new WebSocketServer({ server, handleProtocols: (protocols) => (protocols.has("mcp") ? "mcp" : false), verifyClient });
  web.on("connection", (peer) => {
    peer.on("message", (data: Buffer) => hear(peer, data.toString()));
    peer.on("error", () => undefined);
    greet(peer);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    spec: { name: "live", transport: "ws", url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/mcp` },
    peers: web.clients,
    asked,
    async [Symbol.asyncDispose]() {
      for (const peer of web.clients) peer.terminate();
      web.close();
      server.close();
      await once(server, "close");
    },
  };
}

/** Answers each message with what it was asked. */
export function echo(peer: Peer, text: string): void {
  const { id, params } = JSON.parse(text) as { readonly id?: number; readonly params?: unknown };
  if (id !== undefined) peer.send(JSON.stringify({ jsonrpc: "2.0", id, result: params }));
}
