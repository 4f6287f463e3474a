import { release, tmpdir } from "node:os";
import { HostService, SandboxService, SettingsService, defineExtension } from "@claw/kernel";
import type { Contract } from "./contract.gen.ts";
import { strictest } from "./administrator.ts";
import { createSandbox } from "./sandbox.ts";

export default defineExtension<Contract>((claw) => {
  claw.provide(
    SandboxService,
    createSandbox({
      config: strictest(claw.config, claw.use(SettingsService)?.policy?.rules),
      host: claw.use(HostService),
      log: claw.log,
      platform: process.platform,
      release: release(),
      sandboxExec: "/usr/bin/sandbox-exec",
      temporary: tmpdir(),
    }),
  );
});
