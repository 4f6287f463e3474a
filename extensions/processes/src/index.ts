import { tmpdir } from "node:os";
import { Commands, HostService, ProcessesService, SandboxService, WorkspaceService, defineExtension } from "@claw/kernel";
import type { Contract } from "./contract.gen.ts";
import { cleanEnvironment } from "./environment.ts";
import { createPipes } from "./pipes.ts";
import { programIn } from "./program.ts";
import { createProcesses } from "./start.ts";
import { createWatchdog } from "./watchdog.ts";

export default defineExtension<Contract>((claw) => {
  const host = claw.use(HostService);
  const { environment, folders: places } = host;
  const { platform } = process;
  const { variables, folders, refused } = cleanEnvironment({ environment, bin: places.bin, platform }, claw.config);
  for (const name of refused) claw.log.warn(`${name} looks like a secret and is not handed to programs: name it in secretEnvironment if it must be`);

  const sandbox = claw.use(SandboxService);
  const watchdog = claw.own(createWatchdog(platform === "win32" ? undefined : "/bin/sh"));
  const pipes = claw.own(createPipes(programIn(folders, "mkfifo", platform), tmpdir()));
  const processes = claw.own(
    createProcesses({
      variables,
      folders,
      platform,
      pipes,
      watchdog,
      sandbox,
      workspace: claw.use(WorkspaceService),
    }),
  );
  claw.provide(ProcessesService, processes);
  // Nobody but who types it needs it.
  claw.provide(Commands, "sandbox", { run: async (call) => (await import("./sandbox-command.ts")).sandboxCommand({ sandbox, processes, host }).run(call) });
});
