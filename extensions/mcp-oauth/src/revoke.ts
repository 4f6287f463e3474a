import type { BrokerParts } from "./broker.ts";
import { checkedFetch } from "./checked-fetch.ts";
import { authenticateClient } from "./client-authentication.ts";
import { wordsOf } from "./failures.ts";
import type { Login } from "./login.ts";

/** Tells the server that its tokens are not used any more (RFC 7009), the refresh token first. A server that does not listen changes nothing here. */
export async function revoke(
  server: string,
  { metadata, client, refreshToken, accessToken }: Login,
  { http, policy, log }: BrokerParts,
  signal: AbortSignal,
): Promise<void> {
  const { revocation_endpoint: endpoint } = metadata as { readonly revocation_endpoint?: unknown };
  if (typeof endpoint !== "string") return;
  const fetchFn = checkedFetch(server, http, policy, signal);
  const tokens = [...(refreshToken === undefined ? [] : [["refresh_token", refreshToken] as const]), ["access_token", accessToken] as const];
  for (const [token_type_hint, token] of tokens) {
    const headers = new Headers({ "content-type": "application/x-www-form-urlencoded" });
    const form = new URLSearchParams({ token, token_type_hint });
    authenticateClient(client, metadata, headers, form);
    try {
      const response = await fetchFn(endpoint, { method: "POST", headers, body: form.toString() });
      if (!response.ok) log.warn(`${server} answered ${response.status} when asked to revoke a token`);
    } catch (error) {
      log.warn(`${server} could not be asked to revoke a token: ${wordsOf(error)}`);
    }
  }
}
