import { HostService, ProcessesService, Transports, defineExtension } from "@claw/kernel";
import type { Contract } from "./contract.gen.ts";
import { connectProgram } from "./program.ts";

/** MCP servers that are programs on this machine. */
export default defineExtension<Contract>((claw) => {
  const { folders } = claw.use(HostService);
  const setting = { ...claw.config, processes: claw.use(ProcessesService), home: folders.home ?? folders.config, log: claw.log };
  claw.provide(Transports, "stdio", { connect: (server, signal) => connectProgram(server, setting, signal) });
});
