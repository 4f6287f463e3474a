import type { Secrets } from "@claw/kernel";
import { firstSecret } from "@claw/kernel/kit";
import { type CredentialWay, wayFailure } from "./credential.ts";

const provider = "bedrock";

/** Access keys, as the person exported them. */
export const keysWay = (secrets: Secrets): CredentialWay => ({
  name: "keys",
  missing: "no AWS_ACCESS_KEY_ID",
  isKept: false,
  label: async () => ((await firstSecret(secrets, ["AWS_ACCESS_KEY_ID"], provider)) === undefined ? undefined : "AWS_ACCESS_KEY_ID"),
  async find(label) {
    const accessKeyId = await firstSecret(secrets, ["AWS_ACCESS_KEY_ID"], provider);
    const secretAccessKey = await firstSecret(secrets, ["AWS_SECRET_ACCESS_KEY"], provider);
    const sessionToken = await firstSecret(secrets, ["AWS_SESSION_TOKEN"], provider);
    if (accessKeyId === undefined) return undefined;
    if (secretAccessKey === undefined) throw wayFailure(label, "AWS_SECRET_ACCESS_KEY is missing", { fix: "export AWS_SECRET_ACCESS_KEY=… too" });
    return {
      label,
      credential: {
        type: "keys",
        accessKeyId: accessKeyId.value,
        secretAccessKey: secretAccessKey.value,
        ...(sessionToken === undefined ? {} : { sessionToken: sessionToken.value }),
      },
    };
  },
});

/** A Bedrock API key. */
export const bearerWay = (secrets: Secrets): CredentialWay => ({
  name: "bearer",
  missing: "no AWS_BEARER_TOKEN_BEDROCK",
  isKept: false,
  label: async () => (await firstSecret(secrets, ["AWS_BEARER_TOKEN_BEDROCK"], provider))?.name,
  async find(label) {
    const token = await firstSecret(secrets, ["AWS_BEARER_TOKEN_BEDROCK"], provider);
    return token === undefined ? undefined : { label, credential: { type: "bearer", token: token.value } };
  },
});
