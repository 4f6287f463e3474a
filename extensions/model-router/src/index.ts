import { CassetteService, type Command, Commands, HostService, ModelsService, Providers, defineExtension } from "@claw/kernel";
import type { Contract } from "./contract.gen.ts";
import { createModels } from "./models.ts";
import { realTiming } from "./timing.ts";

/** Any model of any provider by its address; the one place that retries. */
export default defineExtension<Contract>((claw) => {
  const { config } = claw;
  const providers = claw.use(Providers);
  const cassette = claw.use(CassetteService);
  const host = claw.use(HostService);

  claw.provide(ModelsService, createModels(config, { providers, cassette, timing: realTiming, host, warn: (message) => claw.log.warn(message) }));

  // What a person runs by hand is a chunk of its own: a session does not read it.
  const models: Command = { run: async (call) => (await import("./models-command.ts")).modelsCommand(call, { config, providers, host }) };
  const provider: Command = { run: async (call) => (await import("./provider-command.ts")).providerCommand(call, { config, providers, host }) };
  claw.provide(Commands, "models", models);
  claw.provide(Commands, "provider", provider);
});
