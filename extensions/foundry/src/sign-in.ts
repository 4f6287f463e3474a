import { ClawError, type Host, type Http, type Processes, type Secrets } from "@claw/kernel";
import { endpointOf } from "@claw/kernel/kit";
import { cliToken } from "./azure-cli.ts";
import { extension } from "./endpoint.ts";
import { type Identity, identityOf } from "./identity.ts";
import { arcKeys, arcToken, machineToken, serviceToken } from "./managed-identity.ts";
import { principalToken } from "./service-principal.ts";
import type { Token } from "./token-cache.ts";

export interface SignInParts {
  readonly http: Http;
  readonly secrets: Secrets;
  readonly host: Pick<Host, "environment" | "folders" | "now" | "offline">;
  /** Without it the Azure CLI is not asked. */
  readonly processes: Processes | undefined;
  readonly authorityHost: string;
}

/** Where virtual machines in Azure are told who they are, and how long to wait for somebody there. */
const machineAddress = "http://169.254.169.254";
const probeMs = 1000;

export const keyFix = "export AZURE_OPENAI_API_KEY=… with a key of the resource, or sign in with az login";

/** A new token of whoever the environment says we are. Nothing is kept. */
export async function signIn(scope: string, signal: AbortSignal, parts: SignInParts): Promise<Token> {
  const { http, host, secrets } = parts;
  const identity = await identityOf(host, secrets);
  const machine = { http, signal, now: () => host.now() };
  switch (identity.type) {
    case "client-secret":
    case "federated": {
      const { url } = endpointOf(parts.authorityHost, { extension, property: "authorityHost", fix: "correct or unset AZURE_AUTHORITY_HOST" });
      return principalToken(identity, scope, url, machine);
    }
    case "app-service":
      return serviceToken(identity, scope, machine);
    case "arc":
      return arcToken(identity, scope, arcKeys(process.platform, host.environment), machine);
    case "machine":
      return ofMachine(identity, scope, signal, parts);
    default:
      return identity satisfies never;
  }
}

async function ofMachine({ client }: Extract<Identity, { readonly type: "machine" }>, scope: string, signal: AbortSignal, parts: SignInParts): Promise<Token> {
  const { http, host, processes } = parts;
  // The CLI asks the network by itself, where no guard of ours reaches.
  const given = host.offline || processes === undefined ? "the Azure CLI cannot be started" : await cliToken(scope, { processes, host, signal });
  if (typeof given === "object") return given;
  const why = host.offline ? "claw is offline" : "this machine has no managed identity";
  if (!host.offline) {
    const address = host.environment["AZURE_POD_IDENTITY_AUTHORITY_HOST"] ?? machineAddress;
    const token = await machineToken(address, client, scope, probeMs, { http, signal, now: () => host.now() });
    if (token !== undefined) return token;
  }
  throw new ClawError("MODEL_NO_CREDENTIALS", `there is no key for foundry and no identity: ${given}, and ${why}`, { provider: "foundry" }, { fix: keyFix });
}
