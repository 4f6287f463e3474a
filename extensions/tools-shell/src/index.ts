import { ProcessesService, Tools, WorkspaceService, defineExtension } from "@claw/kernel";
import { BackgroundCommands } from "./background.ts";
import { createBash } from "./bash.ts";
import type { Contract } from "./contract.gen.ts";
import { createShell } from "./shell.ts";

export default defineExtension<Contract>((claw) => {
  const start = createShell(claw.use(ProcessesService), claw.use(WorkspaceService));
  const background = claw.own(new BackgroundCommands(start, claw.config, claw.signal));

  claw.provide(Tools, "bash", createBash(start, background, claw.config));
  claw.provide(Tools, "bash_output", ({ id, wait = 0 }, call) => background.look(id, wait, call));
  claw.provide(Tools, "kill_shell", ({ id }, call) => background.kill(id, call));
});
