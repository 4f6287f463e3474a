import { Classifiers, defineExtension, HostService, PermissionsService, Tools, WorkspaceService } from "@claw/kernel";
import { join } from "node:path";
import type { Contract } from "./contract.gen.ts";
import { grantsIn } from "./grants.ts";
import { permissionsDesk, startOf } from "./permissions.ts";
import { rulesOf } from "./rules.ts";
import { toolNames } from "./tool-names.ts";

/** Below the time the kernel gives this tap, so that one slow classifier does not cost the rest of the judgement. */
const classifierMs = 20_000;

export default defineExtension<Contract>((claw) => {
  const { folders, trusted } = claw.use(HostService);
  const names = toolNames(claw.use(Tools));
  const rules = rulesOf(claw.config, "settings or flags", names);
  for (const { text, instead } of rules.idle) claw.log.warn(`allow rule ${text} has no effect; write ${instead}`);
  const desk = permissionsDesk({
    start: startOf(claw.config),
    rules,
    grants: grantsIn({ folder: join(folders.state, "grants"), names, warn: (message) => claw.log.warn(message) }),
    workspace: claw.use(WorkspaceService),
    classifiers: claw.use(Classifiers),
    home: folders.home,
    own: [folders.config, folders.data, folders.state, folders.bin],
    trusted,
    classifierMs,
  });
  claw.provide(PermissionsService, desk);
  claw.on("PreToolUse", "decide", desk.decide);
  claw.on("PreToolUse", "observe", desk.observe);
});
