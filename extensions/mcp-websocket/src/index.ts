import { HttpService, McpAuthorizationService, Transports, defineExtension } from "@claw/kernel";
import type { Contract } from "./contract.gen.ts";
import { connectSocket } from "./socket.ts";

/** MCP servers at the other end of a WebSocket. */
export default defineExtension<Contract>((claw) => {
  const setting = { ...claw.config, http: claw.use(HttpService), authorization: claw.use(McpAuthorizationService) };
  claw.provide(Transports, "ws", { connect: (server, signal) => connectSocket(server, setting, signal) });
});
