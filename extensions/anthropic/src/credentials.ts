import { ClawError, type Host, type Secrets } from "@claw/kernel";
import { type NamedSecret, firstSecret } from "@claw/kernel/kit";
import type { Endpoint } from "./endpoint.ts";

export type Credential = NamedSecret<"ANTHROPIC_API_KEY" | "ANTHROPIC_AUTH_TOKEN">;

/** Variables of other vendors that this extension may read, no key among them, and what has their models. */
const elsewhere = { AWS_PROFILE: "bedrock", GOOGLE_CLOUD_PROJECT: "vertex", AZURE_OPENAI_ENDPOINT: "foundry", OPENAI_BASE_URL: "openai" } as const;

/** The key, or else the token. */
export async function credentialOf(secrets: Secrets, environment: Host["environment"]): Promise<Credential> {
  const credential = await firstSecret(secrets, ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"], "anthropic");
  if (credential !== undefined) return credential;
  const hint = Object.entries(elsewhere).find(([name]) => (environment[name] ?? "") !== "");
  throw new ClawError(
    "MODEL_NO_CREDENTIALS",
    "there is no key for anthropic",
    { provider: "anthropic" },
    {
      fix: `export ANTHROPIC_API_KEY=… with a key from https://platform.claude.com/settings/keys${hint === undefined ? "" : `; ${hint[0]} is set: is it ${hint[1]}/… that you want?`}`,
    },
  );
}

/** What to do when the key was refused. */
export function authFix({ name, value }: Credential, { official, host }: Endpoint): string {
  if (name === "ANTHROPIC_AUTH_TOKEN" && value.startsWith("sk-ant-api"))
    return "sk-ant-api… is a key: export it as ANTHROPIC_API_KEY and unset ANTHROPIC_AUTH_TOKEN";
  if (name === "ANTHROPIC_API_KEY" && official && !value.startsWith("sk-ant-")) return "ANTHROPIC_API_KEY is no key of Anthropic's: those begin with sk-ant-";
  return official ? `check ${name} at https://platform.claude.com/settings/keys` : `check ${name}: it was sent to ${host}`;
}
