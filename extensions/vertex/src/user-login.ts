import { exchangeFields } from "./token-exchange.ts";
import { type Fields, type SourceParts, type TokenSource, loginFix, optionalText, requiredText, tokenOf } from "./token-source.ts";

export const tokenUrl = "https://oauth2.googleapis.com/token";

/** A person's login, as `gcloud auth application-default login` leaves it: a refresh token makes access tokens. */
export function userLogin(fields: Fields, { http, now, path }: SourceParts): TokenSource {
  const secret = requiredText(fields, "client_secret", path);
  const refreshToken = requiredText(fields, "refresh_token", path);
  const body = new URLSearchParams({
    refresh_token: refreshToken,
    client_id: requiredText(fields, "client_id", path),
    client_secret: secret,
    grant_type: "refresh_token",
  }).toString();
  const quotaProject = optionalText(fields, "quota_project_id");
  return {
    label: `the login in ${path}`,
    ...(quotaProject === undefined ? {} : { project: quotaProject, quotaProject }),
    async fetch() {
      const what = "an access token";
      const headers = { "content-type": "application/x-www-form-urlencoded" };
      return tokenOf(await exchangeFields({ what, url: tokenUrl, headers, body, secrets: [secret, refreshToken], fix: loginFix }, http), what, tokenUrl, now);
    },
  };
}
