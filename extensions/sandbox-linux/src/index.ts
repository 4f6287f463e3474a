import { defineExtension, HostService, type Sandbox, SandboxService, SettingsService } from "@claw/kernel";
import type { Contract } from "./contract.gen.ts";
import { rulesOf } from "./sandbox-config.ts";

export default defineExtension<Contract>((claw) => {
  const { folders, environment, now } = claw.use(HostService);
  const policy = claw.use(SettingsService)?.policy;
  let made: Promise<Sandbox> | undefined;
  // Nothing of it is loaded before a program is started.
  const sandbox = (): Promise<Sandbox> =>
    (made ??= import("./sandbox.ts").then(({ createSandbox }) =>
      createSandbox({
        config: claw.config,
        rules: rulesOf(policy?.rules),
        home: folders.home,
        own: [folders.config, folders.data, folders.state, folders.cache],
        state: folders.state,
        bin: folders.bin,
        environment,
        pathFolders: (environment["PATH"] ?? "").split(":").filter((folder) => folder.startsWith("/")),
        now,
        log: (message) => claw.log.info(message),
      }),
    ));
  claw.provide(SandboxService, {
    status: async (signal) => (await sandbox()).status(signal),
    prepare: async (command, options, signal) => (await sandbox()).prepare(command, options, signal),
  });
});
