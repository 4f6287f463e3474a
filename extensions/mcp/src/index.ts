import { Classifiers, Commands, HostService, McpAuthorizationService, McpService, Tools, Transports, defineExtension } from "@claw/kernel";
import { AcceptedTools } from "./accepted-tools.ts";
import { Bridge } from "./bridge.ts";
import { changedTools } from "./changed-tools.ts";
import type { Contract } from "./contract.gen.ts";
import { listResources, readResource } from "./resource-tools.ts";
import { serverEntries } from "./server-entries.ts";
import { Servers } from "./servers.ts";
import { start } from "./start.ts";
import { ToolMemory } from "./tool-memory.ts";

export default defineExtension<Contract>(async (claw) => {
  const { environment, folders, version, now } = claw.use(HostService);
  const { servers: configured, startWaitMs, ...limits } = claw.config;
  const { entries, problems } = serverEntries(configured, { environment, home: folders.home ?? folders.config });
  for (const problem of problems) claw.log.warn(problem);

  const memory = new ToolMemory(folders.cache);
  const servers = claw.own(
    new Servers({
      ...limits,
      transports: claw.use(Transports),
      version,
      now,
      log: claw.log,
      onTools: (entry, tools) => {
        bridge.offer(entry, tools);
        void memory.keep(entry.spec, tools).catch(() => undefined); // Without it the next start asks again.
      },
    }),
  );
  const accepted = new AcceptedTools(folders.state);
  const bridge = new Bridge({ servers, accepted, provide: (name, tool) => claw.provide(Tools, name, tool), log: claw.log });

  claw.provide(McpService, servers);
  claw.provide(
    Classifiers,
    "changed-tools",
    changedTools(accepted, (name) => bridge.offered(name)),
  );
  claw.provide(Tools, "list_mcp_resources", listResources(servers));
  claw.provide(Tools, "read_mcp_resource", readResource(servers));
  const authorization = claw.use(McpAuthorizationService);
  // Nobody but who types it needs it.
  claw.provide(Commands, "mcp", {
    run: async (call) => (await import("./command.ts")).mcpCommand({ servers, entries, problems, authorization, accepted }).run(call),
  });
  await start({ servers, entries, bridge, memory, startWaitMs, signal: claw.signal });
});
