import { HostService, WorkspaceService, defineExtension } from "@claw/kernel";
import type { Contract } from "./contract.gen.ts";
import { createWorkspace } from "./workspace.ts";

export default defineExtension<Contract>((claw) => {
  claw.provide(WorkspaceService, createWorkspace(claw.use(HostService).folders.home));
});
