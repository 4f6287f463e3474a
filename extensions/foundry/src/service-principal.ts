import { boundedText } from "@claw/kernel/kit";
import { ClawError } from "@claw/kernel";
import { readFile } from "node:fs/promises";
import { type FederatedIdentity, type SecretIdentity, identityName } from "./identity.ts";
import type { MachineParts } from "./managed-identity.ts";
import { tokenOf } from "./token-answer.ts";
import type { Token } from "./token-cache.ts";

const name = "Microsoft Entra";

/**
 * A token of an application in Entra, which proves itself by a secret or by what its cluster has signed for it: the client
 * credentials grant of OAuth 2. The vendor's SDK asks the same (the tests hold them against each other), reads the environment on
 * the way and cannot be bundled.
 */
export async function principalToken(identity: SecretIdentity | FederatedIdentity, scope: string, authority: string, parts: MachineParts): Promise<Token> {
  const { tenant, client } = identity;
  const fix = `check AZURE_TENANT_ID, AZURE_CLIENT_ID and ${identityName(identity)}`;
  if (!/^[0-9a-z.-]+$/i.test(tenant)) throw new ClawError("MODEL_AUTH", `${JSON.stringify(tenant)} is no tenant of Entra's`, { provider: "foundry" }, { fix });
  const proof = identity.type === "client-secret" ? identity.secret : await assertionOf(identity.file);
  const form = new URLSearchParams({
    client_id: client,
    scope,
    grant_type: "client_credentials",
    ...(identity.type === "client-secret"
      ? { client_secret: proof }
      : { client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", client_assertion: proof }),
  });
  const response = await parts.http.fetch(`${authority}/${tenant}/oauth2/v2.0/token`, {
    method: "POST",
    headers: { accept: "application/json", "content-type": "application/x-www-form-urlencoded;charset=utf-8" },
    body: Buffer.from(form.toString()),
    signal: parts.signal,
    redirect: "manual",
  });
  return tokenOf(response.status, await boundedText(response), parts.now().getTime(), { name, secrets: [proof], fix });
}

/** Read each time: who runs the cluster writes a new one before the old one ends. */
async function assertionOf(file: string): Promise<string> {
  try {
    return (await readFile(file, "utf8")).trim();
  } catch (error) {
    throw new ClawError(
      "MODEL_AUTH",
      `AZURE_FEDERATED_TOKEN_FILE: ${file} cannot be read (${(error as NodeJS.ErrnoException).code})`,
      { provider: "foundry" },
      { fix: "correct or unset AZURE_FEDERATED_TOKEN_FILE", cause: error },
    );
  }
}
