import { ClawError, type Host, type ProviderStatus, type Secrets } from "@claw/kernel";
import { type Endpoint, firstSecret } from "@claw/kernel/kit";
import { isSignedIn } from "./azure-cli.ts";
import { keyNames } from "./credential.ts";
import { identityName, identityOf } from "./identity.ts";
import type { Route } from "./route.ts";
import { keyFix } from "./sign-in.ts";

export interface StatusParts {
  readonly secrets: Secrets;
  readonly host: Pick<Host, "environment" | "folders">;
  /** Whether programs can be started. */
  readonly hasPrograms: boolean;
  /** The resource that AZURE_OPENAI_API_KEY is of, when there is one. */
  home(): Endpoint | undefined;
  /** The way to the deployment of the config, or to any. */
  route(): Route;
}

/** What is known without a request. Who signs in by the Azure CLI is ready; whether a virtual machine has an identity, only a request tells. */
export async function statusOf({ secrets, host, hasPrograms, home, route }: StatusParts): Promise<ProviderStatus> {
  try {
    const { wire, resource } = route();
    const key = await firstSecret(secrets, keyNames(wire, resource, home()), "foundry");
    if (key !== undefined) return { ready: true, host: resource.host, credential: key.name };
    const identity = await identityOf(host, secrets);
    if (identity.type !== "machine") return { ready: true, host: resource.host, credential: identityName(identity) };
    if (hasPrograms && isSignedIn(host)) return { ready: true, host: resource.host, credential: "Azure CLI" };
    return { ready: false, host: resource.host, problem: "there is no key; a managed identity is looked for at the first request", fix: keyFix };
  } catch (error) {
    if (!ClawError.is(error)) throw error;
    return { ready: false, problem: error.message, ...(error.fix === undefined ? {} : { fix: error.fix }) };
  }
}
