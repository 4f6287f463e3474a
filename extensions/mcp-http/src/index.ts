import { HttpService, McpAuthorizationService, Transports, defineExtension } from "@claw/kernel";
import type { Contract } from "./contract.gen.ts";

/** MCP servers at the other end of HTTP. */
export default defineExtension<Contract>((claw) => {
  const setting = { ...claw.config, http: claw.use(HttpService), authorization: claw.use(McpAuthorizationService) };
  for (const kind of ["http", "sse"] as const)
    claw.provide(Transports, kind, { connect: async (server, signal) => (await import("./connect.ts")).connectHttp(kind, server, setting, signal) });
});
