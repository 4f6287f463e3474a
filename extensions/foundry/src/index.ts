import { HostService, HttpService, ProcessesService, Providers, SecretsService, defineExtension } from "@claw/kernel";
import type { Contract } from "./contract.gen.ts";
import { createProvider } from "./provider.ts";

/** Models deployed in Azure: Azure OpenAI, Azure AI Foundry and Claude on Foundry. */
export default defineExtension<Contract>((claw) => {
  claw.provide(
    Providers,
    "foundry",
    createProvider({
      http: claw.use(HttpService),
      secrets: claw.use(SecretsService),
      host: claw.use(HostService),
      processes: claw.use(ProcessesService),
      config: claw.config,
    }),
  );
});
