import { join } from "node:path";
import {
  HostService,
  HttpService,
  McpAuthorizationHostService,
  McpAuthorizationService,
  ProcessesService,
  SecretsService,
  defineExtension,
} from "@claw/kernel";
import { Broker } from "./broker.ts";
import { openBrowser } from "./browser.ts";
import type { Contract } from "./contract.gen.ts";
import { fileTokens } from "./token-store.ts";

/** Logins of MCP servers; what a program that embeds claw gives itself stands in the place of the file, the browser and the rule for addresses. */
export default defineExtension<Contract>((claw) => {
  const { environment, folders, now } = claw.use(HostService);
  const own = claw.use(McpAuthorizationHostService);
  const processes = claw.use(ProcessesService);
  const secrets = claw.use(SecretsService);
  const { clients, clientMetadataUrl, callbackPort, callbackTimeoutMs } = claw.config;
  const broker = new Broker({
    http: claw.use(HttpService),
    store: own?.store ?? fileTokens(join(folders.config, "mcp-tokens.json")),
    policy: (url, server) => own?.allows?.(url, server) ?? true,
    open: async (url, server, signal) => {
      if (own?.open !== undefined) await own.open(url, server, signal);
      else if (processes !== undefined)
        await openBrowser(url, { processes, platform: process.platform, environment, home: folders.home ?? folders.config }, signal);
    },
    clients,
    clientSecret: async () => secrets?.get("MCP_CLIENT_SECRET"),
    clientMetadataUrl,
    callbackPort,
    callbackTimeoutMs,
    now,
    log: claw.log,
  });
  claw.provide(McpAuthorizationService, broker);
});
