import { createPrivateKey, type KeyObject, sign } from "node:crypto";
import { type Fields, type SourceParts, type TokenSource, cloudScope, invalidFile, optionalText, requiredText } from "./token-source.ts";

const lifetimeSeconds = 3600;

/** A service account's key: Google takes a token that the key itself signed, so that no token server is asked. */
export function serviceAccount(fields: Fields, { now, path }: SourceParts): TokenSource {
  const email = requiredText(fields, "client_email", path);
  const key = keyOf(requiredText(fields, "private_key", path), path);
  const keyId = optionalText(fields, "private_key_id");
  const project = optionalText(fields, "project_id");
  const quotaProject = optionalText(fields, "quota_project_id");
  return {
    label: `the service account ${email} of ${path}`,
    ...(project === undefined ? {} : { project }),
    ...(quotaProject === undefined ? {} : { quotaProject }),
    async fetch() {
      const issuedAt = Math.floor(now().getTime() / 1000);
      const header = { alg: "RS256", typ: "JWT", ...(keyId === undefined ? {} : { kid: keyId }) };
      const claims = { iss: email, sub: email, scope: cloudScope, exp: issuedAt + lifetimeSeconds, iat: issuedAt };
      const unsigned = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
      const signature = sign("RSA-SHA256", Buffer.from(unsigned), key).toString("base64url");
      return { value: `${unsigned}.${signature}`, expiresAtMs: (issuedAt + lifetimeSeconds) * 1000 };
    },
  };
}

function keyOf(pem: string, path: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    // What OpenSSL says of a key is not for people, and may quote it.
    throw invalidFile(path, "holds a private_key that is none");
  }
}
