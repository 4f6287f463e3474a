import { ClawError, type ProviderStatus } from "@claw/kernel";
import type { Account } from "./account.ts";
import { runtimeOf } from "./address.ts";
import type { Contract } from "./contract.gen.ts";
import { noCredentialsFix } from "./credentials.ts";

/** Which credential would be used and where requests would go, as far as can be said without a request. */
export async function providerStatus({ credentials, region }: Account, config: Contract["config"]): Promise<ProviderStatus> {
  let credential: string | undefined;
  try {
    credential = await credentials.label();
    const { host } = runtimeOf(config.endpoint, await region());
    if (credential === undefined) return { ready: false, host, problem: "there are no credentials for bedrock", fix: noCredentialsFix };
    // Whether there is such a service, only a request could say.
    const isInstance = credential === "the instance's role";
    return isInstance && config.credentials === "auto"
      ? { ready: false, host, credential, problem: "there are no credentials for bedrock, unless this is an EC2 instance with a role", fix: noCredentialsFix }
      : { ready: true, host, credential };
  } catch (error) {
    if (!ClawError.is(error)) throw error;
    return {
      ready: false,
      problem: error.message,
      ...(credential === undefined ? {} : { credential }),
      ...(error.fix === undefined ? {} : { fix: error.fix }),
    };
  }
}
