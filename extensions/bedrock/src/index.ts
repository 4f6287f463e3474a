import { HostService, HttpService, ProcessesService, Providers, SecretsService, defineExtension } from "@claw/kernel";
import type { Contract } from "./contract.gen.ts";
import { createProvider } from "./provider.ts";

/** Models of Amazon Bedrock: Claude over its Messages API, all others over ConverseStream. */
export default defineExtension<Contract>((claw) => {
  claw.provide(
    Providers,
    "bedrock",
    createProvider({
      http: claw.use(HttpService),
      secrets: claw.use(SecretsService),
      processes: claw.use(ProcessesService),
      host: claw.use(HostService),
      config: claw.config,
      signal: claw.signal,
    }),
  );
});
