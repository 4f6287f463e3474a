import type { Http, TokenStore } from "@claw/kernel";
import { checkedFetch, type UrlPolicy } from "./checked-fetch.ts";
import { failureOf, kindOf, reauthRequired } from "./failures.ts";
import { unlessAborted } from "@claw/kernel/kit";
import { usableTokens } from "./usable-tokens.ts";
import { type Login, isFresh, loginFrom, loginText, renewed } from "./login.ts";

export interface RefreshParts {
  readonly http: Http;
  readonly store: TokenStore;
  readonly policy: UrlPolicy;
  readonly now: () => Date;
}

/**
 * A login that is good now: the stored one, or what the server gives for its refresh token. Only one process asks at a time, and who waited finds what it got:
 * with rotating tokens a second request would end the login. `refused` is an access token the server does not take any more.
 */
export async function freshLogin(
  server: string,
  key: string,
  refused: string | undefined,
  { http, store, policy, now }: RefreshParts,
  signal: AbortSignal,
): Promise<Login | undefined> {
  signal.throwIfAborted();
  const stored = loginFrom(await store.read(key));
  if (stored === undefined || isGood(stored, refused, now())) return stored;
  let login: Login | undefined;
  const renewing = store.update(key, async (text) => {
    login = loginFrom(text);
    if (login === undefined || isGood(login, refused, now())) return text;
    const { refreshToken } = login;
    if (refreshToken === undefined) throw reauthRequired(server, "it has run out");
    signal.throwIfAborted();
    login = await renew(server, login, refreshToken, checkedFetch(server, http, policy, untilAnswered), now());
    return loginText(login);
  });
  await unlessAborted(renewing, signal);
  return login;
}

/** What a server answers that rotates its tokens is the only way on: it is kept even when whoever asked waits no longer. */
const untilAnswered = new AbortController().signal;

const isGood = (login: Login, refused: string | undefined, now: Date): boolean => login.accessToken !== refused && isFresh(login, now);

async function renew(server: string, login: Login, refreshToken: string, fetchFn: ReturnType<typeof checkedFetch>, now: Date): Promise<Login> {
  const { refreshAuthorization } = await import("@modelcontextprotocol/client");
  try {
    const { issuer, metadata, client: clientInformation, resource } = login;
    const tokens = await refreshAuthorization(issuer, {
      metadata,
      clientInformation,
      refreshToken,
      fetchFn,
      ...(resource === undefined ? {} : { resource: new URL(resource) }),
    });
    return renewed(login, usableTokens(server, tokens), now);
  } catch (error) {
    if (kindOf(error) === "invalid_grant") throw reauthRequired(server, "the server does not renew it");
    throw failureOf(server, error);
  }
}
