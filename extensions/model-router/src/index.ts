import { CassetteService, ModelsService, Providers, defineExtension } from "@claw/kernel";
import type { Contract } from "./contract.gen.ts";
import { createModels } from "./models.ts";
import { realTiming } from "./timing.ts";

/** Any model of any provider by its address; the one place that retries. */
export default defineExtension<Contract>((claw) => {
  const providers = claw.use(Providers);
  const cassette = claw.use(CassetteService);

  claw.provide(ModelsService, createModels(claw.config, { providers, cassette, timing: realTiming, warn: (message) => claw.log.warn(message) }));
});
