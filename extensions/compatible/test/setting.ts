import type { Http, ModelProvider } from "@claw/kernel";
import type { Contract } from "../src/contract.gen.ts";
import type { EndpointConfig } from "../src/presets.ts";
import { createProviders } from "../src/providers.ts";

export interface Setting {
  readonly http?: Http;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly endpoints?: Readonly<Record<string, EndpointConfig>>;
  readonly idleTimeoutMs?: number;
  readonly warn?: (message: string) => void;
}

/** The provider of a name, as the extension makes it. */
export function named(
  name: string,
  { http = { fetch }, secrets = {}, environment = {}, endpoints = {}, idleTimeoutMs = 10_000, warn = () => undefined }: Setting,
): ModelProvider {
  const provider = createProviders({
    http,
    secrets: { get: async (secret) => secrets[secret] },
    host: { version: "1.0.0", now: () => new Date(), environment },
    config: { endpoints: endpoints as Contract["config"]["endpoints"], idleTimeoutMs },
    warn,
  }).find(([one]) => one === name)?.[1];
  if (provider === undefined) throw new Error(`there is no provider ${name}`);
  return provider;
}
