import { HostService, HttpService, Providers, SecretsService, defineExtension } from "@claw/kernel";
import type { Contract } from "./contract.gen.ts";
import { createProvider } from "./provider.ts";

/** GPT models through the OpenAI API, or any gateway that speaks its Responses or chat completions. */
export default defineExtension<Contract>((claw) => {
  claw.provide(
    Providers,
    "openai",
    createProvider({
      http: claw.use(HttpService),
      secrets: claw.use(SecretsService),
      host: claw.use(HostService),
      config: claw.config,
    }),
  );
});
