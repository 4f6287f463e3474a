import { HostService, HttpService, defineExtension } from "@claw/kernel";
import { Connections } from "./connections.ts";
import type { Contract } from "./contract.gen.ts";
import { createFetch } from "./fetch.ts";
import { userAgentOf } from "./user-agent.ts";
import { createWebSocket } from "./web-socket.ts";

/** The one place that opens sockets. */
export default defineExtension<Contract>((claw) => {
  const { environment, offline, version } = claw.use(HostService);
  const { systemAuthorities, connectTimeoutMs, userAgent } = claw.config;
  const connections = claw.own(new Connections({ environment, offline, systemAuthorities }));
  const agent = userAgentOf(`claw/${version}`, userAgent);

  const options = { connections, offline, connectTimeoutMs, agent };

  claw.provide(HttpService, {
    fetch: createFetch(options),
    webSocket: createWebSocket(options),
    forExtension: (wantedBy) => ({ fetch: createFetch({ ...options, wantedBy }), webSocket: createWebSocket({ ...options, wantedBy }) }),
  });
});
