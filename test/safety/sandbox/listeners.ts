import { createSocket } from "node:dgram";
import { once } from "node:events";
import { chmodSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";

export interface SocketPaths {
  readonly run: string;
  readonly temporary: string;
  readonly home: string;
  readonly visible: string;
  readonly abstract: string;
}

/** Services outside, which remember everything that they are told. */
export interface Listeners extends Disposable {
  readonly sockets: SocketPaths;
  readonly ports: { readonly tcp: number; readonly tcp6: number; readonly udp: number };
  readonly heard: ReadonlySet<string>;
}

export async function openListeners(sockets: SocketPaths): Promise<Listeners> {
  const heard = new Set<string>();
  const hear = (bytes: Buffer): void => {
    for (const [word] of bytes.toString("latin1").matchAll(/a\d+z/g)) heard.add(word);
  };
  const servers: Server[] = [];
  const listen = async (where: object): Promise<Server> => {
    const server = createServer((socket) => void socket.on("error", () => socket.destroy()).on("data", hear));
    servers.push(server);
    server.listen(where);
    await once(server, "listening");
    return server;
  };
  const portOf = (server: Server): number => (server.address() as AddressInfo).port;
  for (const path of [sockets.run, sockets.temporary, sockets.home, sockets.visible]) {
    if (servers.some((server) => server.address() === path)) continue;
    await listen({ path });
    chmodSync(path, 0o666);
  }
  await listen({ path: `\0${sockets.abstract}` });
  const tcp = portOf(await listen({ host: "0.0.0.0", port: 0 }));
  const tcp6 = portOf(await listen({ host: "::1", port: 0 }));
  const datagrams = createSocket("udp4").on("message", hear);
  datagrams.bind(0, "0.0.0.0");
  await once(datagrams, "listening");
  return {
    sockets,
    ports: { tcp, tcp6, udp: datagrams.address().port },
    heard,
    [Symbol.dispose]() {
      for (const server of servers) server.close();
      datagrams.close();
    },
  };
}
