import { ClawError, type Secrets } from "@claw/kernel";
import { type NamedSecret, firstSecret } from "@claw/kernel/kit";
import type { Endpoint } from "./endpoint.ts";

export type Credential = NamedSecret<"OPENAI_API_KEY">;

const keys = "https://platform.openai.com/api-keys";

export const keyFix = `export OPENAI_API_KEY=… with a key from ${keys}`;

export const keyOf = (secrets: Secrets): Promise<Credential | undefined> => firstSecret(secrets, ["OPENAI_API_KEY"], "openai");

export async function credentialOf(secrets: Secrets): Promise<Credential> {
  const credential = await keyOf(secrets);
  if (credential === undefined) throw new ClawError("MODEL_NO_CREDENTIALS", "there is no key for openai", { provider: "openai" }, { fix: keyFix });
  return credential;
}

/** Whose a key is that is none of OpenAI's, by what it begins with. */
const others: readonly (readonly [prefix: string, whose: string])[] = [
  ["sk-ant-", "Anthropic's: export it as ANTHROPIC_API_KEY, and choose a model of anthropic"],
  ["sk-or-", "OpenRouter's"],
  ["AIza", "Google's"],
  ["gsk_", "Groq's"],
  ["xai-", "xAI's"],
];

/** What to do when the key was refused. */
export function authFix({ name, value }: Credential, { official, host }: Endpoint): string {
  if (!official) return `check ${name}: it was sent to ${host}`;
  const whose = others.find(([prefix]) => value.startsWith(prefix))?.[1];
  if (whose !== undefined) return `${name} is no key of OpenAI's but ${whose}`;
  return value.startsWith("sk-") ? `check ${name} at ${keys}` : `${name} is no key of OpenAI's: those begin with sk-`;
}
