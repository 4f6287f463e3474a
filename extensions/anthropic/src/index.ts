import { HostService, HttpService, Providers, SecretsService, defineExtension } from "@claw/kernel";
import type { Contract } from "./contract.gen.ts";
import { createProvider } from "./provider.ts";

/** Claude through the Anthropic API, or any server that speaks its Messages API. */
export default defineExtension<Contract>((claw) => {
  claw.provide(
    Providers,
    "anthropic",
    createProvider({
      http: claw.use(HttpService),
      secrets: claw.use(SecretsService),
      host: claw.use(HostService),
      config: claw.config,
    }),
  );
});
