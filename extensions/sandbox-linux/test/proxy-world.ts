import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect, createServer as createPlainServer, type Server, type Socket } from "node:net";
import type { EgressDecision } from "@claw/kernel/kit";
import { type Proxy, startProxy } from "../src/proxy.ts";

/** A proxy, a web server and a server of bytes behind it, all on this machine; names lead where `names` says. */
export interface ProxyWorld extends AsyncDisposable {
  readonly proxy: Proxy;
  /** The web server's port, and the one of the server that sends back what it gets once all has come. */
  readonly web: number;
  readonly echo: number;
  readonly decisions: readonly EgressDecision[];
  /** Names that were looked up. */
  readonly lookups: readonly string[];
  /** Requests the web server has seen. */
  readonly seen: readonly IncomingMessage[];
  readonly credentials: string;
  /** Sends bytes to the proxy, and has all that it answers until it ends. */
  raw(bytes: string | Uint8Array, options?: { readonly end?: boolean; readonly waitMs?: number }): Promise<string>;
  /** The proxy as clients of the network want it: on a port. */
  bridge(): Promise<number>;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const names: Readonly<Record<string, readonly string[]>> = {
  "allowed.test": ["127.0.0.1"],
  "docs.allowed.test": ["127.0.0.1"],
  "rebound.test": ["169.254.169.254"],
  "inside.test": ["127.0.0.2", "10.1.1.1", "::ffff:127.0.0.1"],
};

export async function proxyWorld(hosts: readonly string[], answer: Answer = (_request, response) => void response.end("hello")): Promise<ProxyWorld> {
  const seen: IncomingMessage[] = [];
  const decisions: EgressDecision[] = [];
  const lookups: string[] = [];
  const servers: Server[] = [];
  const open = async (server: Server): Promise<number> => {
    servers.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  };
  const webServer = createServer((request, response) => {
    seen.push(request);
    answer(request, response);
  });
  webServer.maxHeadersCount = 0;
  const web = await open(webServer);
  const echo = await open(createPlainServer({ allowHalfOpen: true }, (socket) => void socket.on("error", () => socket.destroy()).pipe(socket)));
  const proxy = await startProxy({
    hosts: [...hosts.map((host) => host.replace("WEB", String(web)).replace("ECHO", String(echo))), `127.0.0.1:${web}`, `127.0.0.1:${echo}`],
    lookup: async (host) => {
      lookups.push(host);
      return names[host] ?? [];
    },
    log: (decision) => decisions.push(decision),
  });
  const credentials = `Proxy-Authorization: Basic ${btoa(`claw:${proxy.token}`)}\r\n`;
  return {
    proxy,
    web,
    echo,
    decisions,
    lookups,
    seen,
    credentials,
    raw: (bytes, { end = false, waitMs = 10_000 } = {}) => conversation(connect(proxy.socket), bytes, end, waitMs),
    bridge: () =>
      open(
        createPlainServer({ allowHalfOpen: true }, (near) => {
          const far = connect({ path: proxy.socket, allowHalfOpen: true });
          near.on("error", () => far.destroy()).pipe(far);
          far.on("error", () => near.destroy()).pipe(near);
        }),
      ),
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      for (const server of servers) server.close();
      webServer.closeAllConnections();
    },
  };
}

async function conversation(socket: Socket, bytes: string | Uint8Array, end: boolean, waitMs: number): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("error", () => socket.destroy());
  if (end) socket.end(bytes);
  else socket.write(bytes);
  socket.setTimeout(waitMs, () => socket.destroy());
  await once(socket, "close");
  return Buffer.concat(chunks).toString("latin1");
}
