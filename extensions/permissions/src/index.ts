import {
  Classifiers,
  Commands,
  defineExtension,
  HostService,
  PermissionsService,
  SandboxService,
  SessionStoreService,
  SettingsService,
  ShellAnalysisService,
  Tools,
  WorkspaceService,
} from "@claw/kernel";
import { join } from "node:path";
import type { Contract } from "./contract.gen.ts";
import { grantsIn } from "./grants.ts";
import { requireMeant } from "./meant-danger.ts";
import { permissionsDesk, startOf } from "./permissions.ts";
import { policyOf } from "./policy.ts";
import { configuredRules } from "./configured-rules.ts";
import { toolNames } from "./tool-names.ts";

export default defineExtension<Contract>((claw) => {
  const [host, settings] = [claw.use(HostService), claw.use(SettingsService)];
  const { folders, trusted } = host;
  const policy = policyOf(settings?.policy);
  const [tools, store] = [claw.use(Tools), claw.use(SessionStoreService)];
  const names = toolNames(tools);
  const rules = configuredRules(claw.config, settings, policy, names);
  for (const { text, instead, source } of rules.idle) claw.log.warn(`allow rule ${text} of ${source} has no effect; write ${instead}`);
  const start = startOf(claw.config, settings?.origins("defaultMode").at(-1)?.source ?? "settings or flags", policy);
  requireMeant(start, settings, host);
  const shared = {
    start,
    policy,
    workspace: claw.use(WorkspaceService),
    analysis: claw.use(ShellAnalysisService),
    sandbox: claw.use(SandboxService),
    home: folders.home,
    own: [folders.config, folders.data, folders.state, folders.bin],
    trusted,
  };
  const desk = permissionsDesk({
    ...shared,
    rules,
    grants: grantsIn({ folder: join(folders.state, "grants"), names, warn: (message) => claw.log.warn(message) }),
    classifiers: claw.use(Classifiers),
    mayLoosen: (extension) => extension.startsWith("claw/") || claw.config.trustClassifiers.includes(extension),
  });
  claw.provide(PermissionsService, desk);
  claw.on("PreToolUse", "decide", desk.decide);
  claw.on("PreToolUse", "observe", desk.observe);
  claw.provide(Commands, "why", { run: async (call) => (await import("./why-command.ts")).whyCommand(store).run(call) });
  claw.provide(Commands, "perm", {
    run: async (call) => {
      const [{ permCommand }, { permDesk }] = await Promise.all([import("./perm-command.ts"), import("./perm-desk.ts")]);
      return permCommand(permDesk({ ...shared, config: claw.config, settings, names, tools })).run(call);
    },
  });
});
