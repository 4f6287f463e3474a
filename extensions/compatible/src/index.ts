import { HostService, HttpService, Providers, SecretsService, defineExtension } from "@claw/kernel";
import type { Contract } from "./contract.gen.ts";
import { createProviders } from "./providers.ts";

/** Servers that speak the API of OpenAI or of Anthropic: the person's own, and those that are well known. */
export default defineExtension<Contract>((claw) => {
  const providers = createProviders({
    http: claw.use(HttpService),
    secrets: claw.use(SecretsService),
    host: claw.use(HostService),
    config: claw.config,
    warn: (message) => claw.log.warn(message),
  });
  for (const [name, provider] of providers) claw.provide(Providers, name, provider);
});
