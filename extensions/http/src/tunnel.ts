import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

type Done = (error: Error | null, socket?: Duplex) => void;

/** A way through a proxy to `host`, for what Node's agents do not dig one for: they hand a plain request to the proxy itself. `dialled` is given the socket to the proxy. */
export function dig(proxy: string, host: string, dialled: (socket: Duplex) => void, done: Done): void {
  const { protocol, hostname, port, username, password } = new URL(proxy);
  const { request } = protocol === "https:" ? process.getBuiltinModule("node:https") : process.getBuiltinModule("node:http");
  const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString("base64");
  const asking = request({
    protocol,
    hostname: hostname.replace(/^\[|\]$/g, ""),
    port,
    method: "CONNECT",
    path: host,
    agent: false,
    headers: { host, ...(username === "" ? {} : { "proxy-authorization": `Basic ${credentials}` }) },
  });
  asking.once("socket", dialled);
  asking.once("error", (error) => done(error));
  asking.once("connect", ({ statusCode }: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (statusCode !== 200) {
      socket.destroy();
      return done(Object.assign(new Error("the proxy refused"), { code: "ERR_PROXY_TUNNEL", statusCode }));
    }
    if (head.length > 0) socket.unshift(head);
    done(null, socket);
  });
  asking.end();
}
