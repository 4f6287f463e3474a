import type { Processes } from "@claw/kernel";
import { createProvider } from "../src/provider.ts";
import type { Contract } from "../src/contract.gen.ts";

export const defaults: Contract["config"] = {
  region: "us-east-1",
  credentials: "auto",
  inferenceProfile: "none",
  wire: "auto",
  idleTimeoutMs: 10_000,
  headers: {},
  cacheTtl: "5m",
};

export const keys: Readonly<Record<"AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" | "AWS_SESSION_TOKEN", string>> = {
  AWS_ACCESS_KEY_ID: "AKIDEXAMPLE0123456789",
  AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  AWS_SESSION_TOKEN: "FwoGZXIvYXdzEXAMPLESESSIONTOKEN//////////0123456789==",
};

export interface Given {
  readonly config?: Partial<Contract["config"]>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly home?: string;
  readonly offline?: boolean;
  readonly now?: () => Date;
  readonly fetch?: typeof fetch;
  readonly processes?: Processes;
}

/** The provider over given circumstances; nothing of it is from this machine. */
export function bedrock(given: Given = {}): ReturnType<typeof createProvider> {
  const held: Readonly<Record<string, string>> = given.secrets ?? keys;
  const { config = {}, environment = {}, home = "/nonexistent", offline = false, now = () => new Date(), fetch: send = fetch } = given;
  return createProvider({
    http: { fetch: send },
    secrets: { get: async (name) => held[name] },
    processes: given.processes,
    host: { version: "1.0.0", now, environment, offline, folders: { home } },
    config: { ...defaults, ...config },
    signal: new AbortController().signal,
  });
}
