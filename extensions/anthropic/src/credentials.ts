import { ClawError, type Secrets } from "@claw/kernel";
import type { Endpoint } from "./endpoint.ts";

export interface Credential {
  readonly name: "ANTHROPIC_API_KEY" | "ANTHROPIC_AUTH_TOKEN";
  readonly value: string;
}

/** The key, or else the token. */
export async function credentialOf(secrets: Secrets): Promise<Credential> {
  for (const name of ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"] as const) {
    const value = (await secrets.get(name))?.trim() ?? "";
    if (value === "") continue;
    // An error of the header itself would repeat it.
    if (!/^[\x21-\x7e]+$/.test(value)) {
      throw new ClawError(
        "MODEL_AUTH",
        `${name} holds characters that no key has`,
        { provider: "anthropic" },
        { fix: `copy the key again and export ${name}` },
      );
    }
    return { name, value };
  }
  throw new ClawError(
    "MODEL_NO_CREDENTIALS",
    "there is no key for anthropic",
    { provider: "anthropic" },
    {
      fix: "export ANTHROPIC_API_KEY=… with a key from https://platform.claude.com/settings/keys",
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
