import { readFile } from "node:fs/promises";
import { fieldOf, jsonFrom } from "@claw/kernel/kit";
import type { IdentityPoolClientOptions } from "google-auth-library";
import { impersonated } from "./impersonation.ts";
import { exchange, exchangeFields } from "./token-exchange.ts";
import { type Fields, type SourceParts, type TokenSource, cloudScope, invalidFile, optionalText, requiredText, tokenOf } from "./token-source.ts";

const usualTokenUrl = "https://sts.googleapis.com/v1/token";
/** Where clouds tell a machine who it is, without encryption. */
const machineHost = "169.254.169.254";

type CredentialSource = NonNullable<IdentityPoolClientOptions["credential_source"]>;

/** Workload identity: a token of another cloud, read from a file or asked of an address, is exchanged for one of Google's. */
export function externalAccount(fields: Fields, parts: SourceParts): TokenSource {
  const { http, now, path } = parts;
  const audience = requiredText(fields, "audience", path);
  const tokenType = requiredText(fields, "subject_token_type", path);
  const url = optionalText(fields, "token_url") ?? usualTokenUrl;
  const impersonationUrl = optionalText(fields, "service_account_impersonation_url");
  const lifetime = fieldOf(fields["service_account_impersonation"], "token_lifetime_seconds");
  const clientId = optionalText(fields, "client_id");
  const clientSecret = optionalText(fields, "client_secret") ?? "";
  const userProject = optionalText(fields, "workforce_pool_user_project");
  const quotaProject = optionalText(fields, "quota_project_id");
  const source = sourceIn(fields["credential_source"], path);
  const fix = `check the workload identity in ${path}`;

  const exchanged = async (): Promise<ReturnType<typeof tokenOf>> => {
    const subject = await subjectToken(source, parts, fix);
    const what = "an access token for a workload identity";
    const body = new URLSearchParams({
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      audience,
      scope: cloudScope,
      requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
      subject_token: subject,
      subject_token_type: tokenType,
      ...(clientId === undefined && userProject !== undefined ? { options: JSON.stringify({ userProject }) } : {}),
    }).toString();
    const headers = {
      "content-type": "application/x-www-form-urlencoded",
      ...(clientId === undefined ? {} : { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}` }),
    };
    return tokenOf(await exchangeFields({ what, url, headers, body, secrets: [subject, clientSecret], fix }, http), what, url, now);
  };

  return {
    label: `the workload identity in ${path}`,
    ...(quotaProject === undefined ? {} : { quotaProject }),
    async fetch() {
      const token = await exchanged();
      if (impersonationUrl === undefined) return token;
      return impersonated({ url: impersonationUrl, token: token.value, ...(typeof lifetime === "number" ? { lifetimeSeconds: lifetime } : {}) }, http);
    },
  };
}

/** Files and addresses only: nothing is executed, and nothing is taken from the environment of another cloud. */
function sourceIn(given: unknown, path: string): CredentialSource {
  if (typeof given !== "object" || given === null) throw invalidFile(path, "has no credential_source");
  if ("executable" in given) throw invalidFile(path, "wants a program run for its token (credential_source.executable), which claw does not do");
  const source = given as CredentialSource;
  if (typeof source.file !== "string" && typeof source.url !== "string")
    throw invalidFile(path, "has a credential_source that is neither a file nor a url; claw reads no other");
  return source;
}

async function subjectToken({ file, url = "", headers = {}, format }: CredentialSource, { http, path }: SourceParts, fix: string): Promise<string> {
  const isLocal = URL.parse(url)?.hostname === machineHost;
  const text =
    file === undefined
      ? await exchange({ what: "the token of a workload", url, method: "GET", headers, secrets: Object.values(headers), fix, isLocal }, http)
      : await readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
          throw invalidFile(path, `names a token file, ${file}, that cannot be read (${cause.code ?? "no reason given"})`);
        });
  const token = format?.type === "json" ? fieldOf(jsonFrom(text), format.subject_token_field_name ?? "") : text;
  if (typeof token !== "string" || token === "") throw invalidFile(path, `names ${file ?? "an address"} for its token, and there is none`);
  return token;
}
