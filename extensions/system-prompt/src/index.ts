import { Commands, HostService, ProcessesService, SystemPromptService, defineExtension } from "@claw/kernel";
import { assembleSections } from "./assemble.ts";
import { createPrintCommand } from "./command.ts";
import type { Contract } from "./contract.gen.ts";
import { textsOf } from "./section.ts";

export default defineExtension<Contract>((claw) => {
  const assembly = { config: claw.config, host: claw.use(HostService), processes: claw.use(ProcessesService) };

  claw.provide(SystemPromptService, {
    assemble: async (call, { model }) => textsOf(await assembleSections(call, model.address, assembly)).map((text) => ({ type: "text", text })),
  });
  claw.provide(Commands, "print-system-prompt", createPrintCommand(assembly));
});
