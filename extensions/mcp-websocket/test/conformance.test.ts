import { transportConformance } from "@claw/testing/conformance";
import { connectSocket } from "../src/socket.ts";
import { echo, serve, settingOf } from "./setting.ts";

transportConformance({
  name: "ws",
  factory: () => ({ connect: (server, signal) => connectSocket(server, settingOf(), signal) }),
  async start() {
    const server = await serve(echo);
    return {
      server: server.spec,
      kill: async () => server.peers.forEach((peer) => peer.terminate()),
      connections: async () => server.peers.size,
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
  nowhere: { name: "gone", transport: "ws", url: "ws://127.0.0.1:1/" },
});
