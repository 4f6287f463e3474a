import { tmpdir } from "node:os";
import { HostService, ProcessesService, defineExtension } from "@claw/kernel";
import type { Contract } from "./contract.gen.ts";
import { cleanEnvironment } from "./environment.ts";
import { createPipes } from "./pipes.ts";
import { programIn } from "./program.ts";
import { createProcesses } from "./start.ts";
import { createWatchdog } from "./watchdog.ts";

export default defineExtension<Contract>((claw) => {
  const {
    environment,
    folders: { bin },
  } = claw.use(HostService);
  const { platform } = process;
  const { variables, folders, refused } = cleanEnvironment({ environment, bin, platform }, claw.config);
  for (const name of refused) claw.log.warn(`${name} looks like a secret and is not handed to programs: name it in secretEnvironment if it must be`);

  const watchdog = claw.own(createWatchdog(platform === "win32" ? undefined : "/bin/sh"));
  const pipes = claw.own(createPipes(programIn(folders, "mkfifo", platform), tmpdir()));
  claw.provide(ProcessesService, claw.own(createProcesses({ variables, folders, platform, pipes, watchdog })));
});
