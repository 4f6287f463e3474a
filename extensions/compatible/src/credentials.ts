import { ClawError, type Secrets } from "@claw/kernel";
import { type NamedSecret, firstSecret } from "@claw/kernel/kit";
import type { Endpoint } from "./endpoints.ts";
import type { KeyName } from "./presets.ts";

/** The key of an endpoint, and of no other; undefined when it needs none. */
export async function credentialOf(endpoint: Endpoint, provider: string, secrets: Secrets): Promise<NamedSecret<KeyName> | undefined> {
  if (endpoint.key === undefined) return undefined;
  const credential = await firstSecret(secrets, [endpoint.key], provider);
  if (credential !== undefined) return credential;
  throw new ClawError("MODEL_NO_CREDENTIALS", `there is no key for ${endpoint.preset?.title ?? endpoint.name}`, { provider }, { fix: keyFix(endpoint) });
}

/** How an endpoint gets its key. */
export const keyFix = ({ key, preset }: Endpoint): string => `export ${key}=…${preset?.keys === undefined ? "" : ` with a key from ${preset.keys}`}`;

/** What to do when the key was refused, or the lack of one. */
export function authFix({ key, name, preset }: Endpoint, host: string): string {
  if (key === undefined) return `${host} wants a key: set endpoints.${name}.key in compatible's settings to the name of a secret, such as COMPATIBLE_API_KEY`;
  return preset?.keys === undefined ? `check ${key}: it was sent to ${host}` : `check ${key}, which was sent to ${host}, at ${preset.keys}`;
}
