import { type Challenge, ClawError, type Http, type Logger, type McpAuthorization, type ServerSpec, type TokenStore } from "@claw/kernel";
import type { UrlPolicy } from "./checked-fetch.ts";
import { boundedLine, failureOf, reauthRequired } from "./failures.ts";
import { type Login, addressOf, isFor, loginFrom, loginKey, loginText } from "./login.ts";
import { Renewals } from "./refresh.ts";
import { scopeOf, scopesTogether, wantsMore } from "./refusal.ts";

export interface ClientSetting {
  readonly clientId?: string;
  readonly isConfidential?: boolean;
  /** Who knows the client. */
  readonly issuer?: string;
  readonly scopes?: readonly string[];
}

export interface BrokerParts {
  readonly http: Http;
  readonly store: TokenStore;
  readonly policy: UrlPolicy;
  readonly open: (url: URL, server: string, signal: AbortSignal) => Promise<void>;
  readonly clients: Readonly<Record<string, ClientSetting>>;
  /** The secret of a confidential client. */
  readonly clientSecret: () => Promise<string | undefined>;
  readonly clientMetadataUrl: string | undefined;
  readonly callbackPort: number;
  readonly callbackTimeoutMs: number;
  readonly now: () => Date;
  readonly log: Logger;
}

/** Who the person is to each server. */
export class Broker implements McpAuthorization {
  readonly #parts: BrokerParts;
  readonly #renewals: Renewals;
  /** By key: what the server last said when it refused, for the next login. */
  readonly #challenges = new Map<string, Challenge>();
  /** By key: the token that was last given out. */
  readonly #given = new Map<string, string>();

  constructor(parts: BrokerParts) {
    this.#parts = parts;
    this.#renewals = new Renewals(parts);
  }

  async headers(server: ServerSpec, signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
    const key = keyOf(server);
    if (key === undefined || (await this.#stored(server, key)) === undefined) return {};
    const login = await this.#renewals.fresh(server.name, key, undefined, signal);
    return this.#give(key, login?.accessToken);
  }

  async challenged(server: ServerSpec, challenge: Challenge, signal: AbortSignal): Promise<boolean> {
    const key = keyOf(server);
    if (key === undefined) return false;
    this.#challenges.set(key, challenge);
    const stored = await this.#stored(server, key);
    if (stored === undefined) return false;
    if (challenge.status === 403) return wantsMore(challenge) && this.#stepUp(server.name, key, stored, scopeOf(challenge));
    // A login that is already another than the refused one is worth a try as it is.
    const login = await this.#renewals.fresh(server.name, key, this.#given.get(key), signal);
    this.#give(key, login?.accessToken);
    return login !== undefined;
  }

  /** True if a wider login is there already; otherwise what is wanted is kept for the next one. */
  async #stepUp(server: string, key: string, stored: Login, asked: string | undefined): Promise<boolean> {
    const has = new Set(stored.scope?.split(" "));
    if (stored.accessToken !== this.#given.get(key) && asked !== undefined && asked.split(" ").every((scope) => has.has(scope))) return true;
    await this.#parts.store.update(key, async (text) => {
      const login = loginFrom(text);
      const wanted = scopesTogether(login?.wanted, login?.scope, asked);
      return login === undefined || wanted === undefined ? text : loginText({ ...login, wanted });
    });
    const words = (scope: string | undefined, none: string): string => (scope === undefined ? none : boundedLine(scope));
    throw reauthRequired(server, `the server wants more than ${words(stored.scope, "it was given")}: ${words(asked, "it does not say what")}`);
  }

  /** The login that is kept for this very address. */
  async #stored(server: ServerSpec, key: string): Promise<Login | undefined> {
    const address = addressOf(server);
    const login = await this.#renewals.stored(key);
    return login !== undefined && address !== undefined && isFor(login, address) ? login : undefined;
  }

  async logIn(server: ServerSpec, show: (url: URL) => void, signal: AbortSignal): Promise<void> {
    const [key, address] = [keyOf(server), addressOf(server)];
    if (key === undefined || address === undefined)
      throw new ClawError("AUTHORIZATION_FAILED", `the MCP server ${server.name} has no url, and so nothing to log in to`, {
        server: server.name,
        kind: "url",
      });
    const { logIn } = await import("./log-in.ts");
    try {
      await logIn({ name: server.name, address, key, challenge: this.#challenges.get(key) }, this.#parts, show, signal);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw failureOf(server.name, error);
    }
    this.#challenges.delete(key);
  }

  async logOut(server: ServerSpec, signal: AbortSignal): Promise<boolean> {
    const key = keyOf(server);
    if (key === undefined) return false;
    if ((await this.#parts.store.read(key)) === undefined) return false;
    // Gone from here first: whatever the server makes of it, nobody uses it any more.
    const login = await this.#renewals.forget(key, signal);
    this.#given.delete(key);
    const { revoke } = await import("./revoke.ts");
    if (login !== undefined) await revoke(server.name, login, this.#parts, signal);
    return true;
  }

  #give(key: string | undefined, token: string | undefined): Readonly<Record<string, string>> {
    if (key === undefined || token === undefined) return {};
    this.#given.set(key, token);
    return { authorization: `Bearer ${token}` };
  }
}

function keyOf(server: ServerSpec): string | undefined {
  const address = addressOf(server);
  return address === undefined ? undefined : loginKey(server.name, address);
}
