import type { Secrets } from "@claw/kernel";
import { type Endpoint, firstSecret } from "@claw/kernel/kit";
import { isSameResource } from "./endpoint.ts";
import type { Route } from "./route.ts";
import type { TokenCache } from "./token-cache.ts";

export interface Credential {
  readonly type: "key" | "token";
  /** The secret it is from; of a token, nothing. */
  readonly name?: string;
  readonly value: string;
  /** How a request carries it. */
  readonly header: Readonly<Record<string, string>>;
}

export interface CredentialParts {
  readonly secrets: Secrets;
  readonly tokens: TokenCache;
  /** The resource that AZURE_OPENAI_API_KEY is of, when there is one. */
  readonly home: Endpoint | undefined;
}

const keyHeaders = { chat: "api-key", responses: "api-key", messages: "x-api-key" } as const;

/** The key of the resource that is asked, or else a token. A key goes to its own resource only. */
export async function credentialOf({ wire, resource, scope }: Route, { secrets, tokens, home }: CredentialParts, signal: AbortSignal): Promise<Credential> {
  const key = await firstSecret(secrets, keyNames(wire, resource, home), "foundry");
  if (key !== undefined) return { type: "key", ...key, header: { [keyHeaders[wire]]: key.value } };
  const value = await tokens.get(scope, signal);
  return { type: "token", value, header: { authorization: `Bearer ${value}` } };
}

/** The names of the keys that a resource may be sent. */
export function keyNames(wire: Route["wire"], resource: Endpoint, home: Endpoint | undefined): readonly string[] {
  if (wire !== "messages") return ["AZURE_OPENAI_API_KEY"];
  return ["ANTHROPIC_FOUNDRY_API_KEY", ...(home !== undefined && isSameResource(home, resource) ? ["AZURE_OPENAI_API_KEY"] : [])];
}

/** What to do when it was refused. */
export const authFix = ({ name }: Credential, { host }: Endpoint): string =>
  name === undefined
    ? `give the identity the role "Cognitive Services User" on the resource of ${host}, or export AZURE_OPENAI_API_KEY`
    : `check ${name}: it must be a key of the resource of ${host}, and the resource must accept keys`;
