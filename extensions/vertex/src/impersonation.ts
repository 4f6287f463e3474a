import type { Http } from "@claw/kernel";
import { fieldOf } from "@claw/kernel/kit";
import { exchangeFields, invalidAnswer } from "./token-exchange.ts";
import {
  type AccessToken,
  type Fields,
  type SourceParts,
  type TokenSource,
  cloudScope,
  invalidFile,
  isToken,
  optionalText,
  requiredText,
} from "./token-source.ts";

const usualLifetimeSeconds = 3600;

/** A service account that other credentials may speak for. */
export function impersonatedAccount(fields: Fields, parts: SourceParts, sourceOf: (fields: Fields, parts: SourceParts) => TokenSource): TokenSource {
  const { http, path } = parts;
  const url = requiredText(fields, "service_account_impersonation_url", path);
  const given = fields["source_credentials"];
  if (typeof given !== "object" || given === null || fieldOf(given, "type") === "impersonated_service_account")
    throw invalidFile(path, "has no source_credentials that can be used");
  const source = sourceOf(given as Fields, parts);
  const delegates = fields["delegates"];
  const quotaProject = optionalText(fields, "quota_project_id");
  return {
    label: `${principalOf(url)} for ${source.label}`,
    ...(quotaProject === undefined ? {} : { project: quotaProject, quotaProject }),
    fetch: async () => impersonated({ url, token: (await source.fetch()).value, ...(Array.isArray(delegates) ? { delegates } : {}) }, http),
  };
}

export interface Impersonation {
  readonly url: string;
  /** Of who may speak for the account. */
  readonly token: string;
  readonly delegates?: readonly unknown[];
  readonly lifetimeSeconds?: number;
}

/** An access token of a service account. */
export async function impersonated({ url, token, delegates = [], lifetimeSeconds = usualLifetimeSeconds }: Impersonation, http: Http): Promise<AccessToken> {
  const what = `a token of ${principalOf(url)}`;
  const answer = await exchangeFields(
    {
      what,
      url,
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify({ delegates, scope: [cloudScope], lifetime: `${lifetimeSeconds}s` }),
      secrets: [token],
      fix: `give the role Service Account Token Creator on ${principalOf(url)}`,
    },
    http,
  );
  const value = fieldOf(answer, "accessToken");
  const expiresAtMs = Date.parse(String(fieldOf(answer, "expireTime")));
  if (!isToken(value) || Number.isNaN(expiresAtMs)) throw invalidAnswer(what, url);
  return { value, expiresAtMs };
}

/** `…/serviceAccounts/ada@project.iam.gserviceaccount.com:generateAccessToken` */
const principalOf = (url: string): string => /serviceAccounts\/([^/:]+):generateAccessToken$/.exec(url)?.[1] ?? "a service account";
