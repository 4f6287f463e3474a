import type { Http, Logger, TokenStore } from "@claw/kernel";
import { unlessAborted } from "@claw/kernel/kit";
import { checkedFetch, type UrlPolicy } from "./checked-fetch.ts";
import { failureOf, kindOf, reauthRequired, wordsOf } from "./failures.ts";
import { type Login, isFresh, loginFrom, loginText, renewed } from "./login.ts";
import { usableTokens } from "./usable-tokens.ts";

/** What was asked with the token before this one is refused for so long after a renewal. */
const lateMs = 5_000;

export interface RefreshParts {
  readonly http: Http;
  readonly store: TokenStore;
  readonly policy: UrlPolicy;
  readonly now: () => Date;
  readonly log: Logger;
}

/** Logins that are good now. With tokens that are given once, a second request for the same one would end a login: there is never more than one. */
export class Renewals {
  readonly #parts: RefreshParts;
  /** By key: the renewal on its way, which whoever asks meanwhile waits for. */
  readonly #running = new Map<string, Promise<Login | undefined>>();
  /** By key: a login that the store did not take, and the text in the store that it stands for. */
  readonly #unstored = new Map<string, { readonly text: string; readonly login: Login }>();
  /** By key: when it was last renewed here. */
  readonly #renewedAt = new Map<string, number>();

  constructor(parts: RefreshParts) {
    this.#parts = parts;
  }

  async stored(key: string): Promise<Login | undefined> {
    return this.#loginIn(key, await this.#parts.store.read(key));
  }

  /** The stored login, or what the server gives for its refresh token. `refused` is the access token given out last, when the server refused one. */
  async fresh(server: string, key: string, refused: string | undefined, signal: AbortSignal): Promise<Login | undefined> {
    signal.throwIfAborted();
    const [stored, now] = [await this.stored(key), this.#parts.now()];
    if (stored === undefined || isGood(stored, refused, now)) return stored;
    if (isFresh(stored, now) && now.getTime() - (this.#renewedAt.get(key) ?? Number.NEGATIVE_INFINITY) < lateMs) return stored;
    let running = this.#running.get(key);
    if (running === undefined) {
      running = this.#renewed(server, key, refused).finally(() => this.#running.delete(key));
      this.#running.set(key, running);
    }
    return unlessAborted(running, signal);
  }

  /** Takes a login out of the store, with what was still on its way. */
  async forget(key: string, signal: AbortSignal): Promise<Login | undefined> {
    await unlessAborted(Promise.allSettled([this.#running.get(key)]), signal);
    let login: Login | undefined;
    await this.#parts.store.update(key, async (text) => {
      login = this.#loginIn(key, text);
      return undefined;
    });
    this.#unstored.delete(key);
    return login;
  }

  #loginIn(key: string, text: string | undefined): Login | undefined {
    const unstored = this.#unstored.get(key);
    if (unstored !== undefined && unstored.text === text) return unstored.login;
    this.#unstored.delete(key);
    return loginFrom(text);
  }

  async #renewed(server: string, key: string, refused: string | undefined): Promise<Login | undefined> {
    const { http, store, policy, now, log } = this.#parts;
    let login: Login | undefined;
    let isNew = false;
    try {
      await store.update(key, async (text) => {
        login = this.#loginIn(key, text);
        if (text === undefined || login === undefined || isGood(login, refused, now())) return text;
        const { refreshToken } = login;
        if (refreshToken === undefined) throw reauthRequired(server, "it has run out");
        login = await renew(server, login, refreshToken, checkedFetch(server, http, policy, untilAnswered), now());
        isNew = true;
        this.#unstored.set(key, { text, login });
        this.#renewedAt.set(key, now().getTime());
        return loginText(login);
      });
      if (isNew) this.#unstored.delete(key);
    } catch (error) {
      if (!isNew) throw error;
      // The token it was renewed with is used up: what it brought is all there is.
      log.warn(`the renewed login to the MCP server ${server} is kept in memory only: ${wordsOf(error)}`);
    }
    return login;
  }
}

/** What a server answers that rotates its tokens is the only way on: it is kept even when whoever asked waits no longer. */
const untilAnswered = new AbortController().signal;

const isGood = (login: Login, refused: string | undefined, now: Date): boolean => login.accessToken !== refused && isFresh(login, now);

async function renew(server: string, login: Login, refreshToken: string, fetchFn: ReturnType<typeof checkedFetch>, now: Date): Promise<Login> {
  const { refreshAuthorization } = await import("@modelcontextprotocol/client");
  const { authenticateClient } = await import("./client-authentication.ts");
  try {
    const { issuer, metadata, client, resource } = login;
    const tokens = await refreshAuthorization(issuer, {
      metadata,
      addClientAuthentication: (headers, form) => authenticateClient(client, metadata, headers, form),
      clientInformation: client,
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
