import { ClawError } from "@claw/kernel";
import { type Account, createAccount } from "../src/account.ts";
import { type Given, defaults } from "./bedrock-setting.ts";

export const began = new Date("2026-11-22T08:00:00Z");
export const inAnHour = "2026-11-22T09:00:00Z";

const nowhere: typeof fetch = async (url) => {
  const { host } = new URL(String(url));
  throw new ClawError("NETWORK_FAILED", `no connection to ${host}`, { host }, { retryable: true });
};

/** An account in given circumstances: no keys, no files, no network, no instance, unless they are given. */
export function account(given: Given = {}): Account {
  const { config = {}, secrets = {}, environment = { AWS_EC2_METADATA_DISABLED: "true" }, home = "/nonexistent" } = given;
  const { offline = false, now = () => began, fetch: send = nowhere } = given;
  return createAccount({
    http: { fetch: send },
    secrets: { get: async (name) => secrets[name] },
    processes: given.processes,
    host: { version: "1.0.0", now, environment, offline, folders: { home } },
    config: { ...defaults, ...config },
    signal: new AbortController().signal,
  });
}

export const failureOf = (promise: Promise<unknown>): Promise<ClawError> =>
  promise.then(
    () => Promise.reject(new Error("it did not fail")),
    (error: unknown) => error as ClawError,
  );

/** All that an error says, its cause included. */
export const saidBy = (error: ClawError): string => JSON.stringify([error.message, error.fix, error.data, String(error.cause ?? ""), error.stack]);

/** What AWS's agents on a machine answer: keys of a role. */
export const roleJson = (name: string, expiration: string = inAnHour): string =>
  JSON.stringify({ AccessKeyId: `AKID${name}`, SecretAccessKey: `secret-of-${name}`, Token: `token-of-${name}`, Expiration: expiration, Code: "Success" });
