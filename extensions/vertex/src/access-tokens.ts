import { type CredentialParts, credentials } from "./credentials.ts";
import type { AccessToken, TokenSource } from "./token-source.ts";

/** A token as good as new, and whose it is. */
export interface Access {
  readonly token: string;
  readonly source: TokenSource;
}

/** A request may take a while to reach the server; the metadata server makes no new token earlier than this. */
const marginMs = 225_000;

/**
 * Access tokens for Google Cloud. One is kept until shortly before it expires, and however many requests wait, one of them is
 * asked for. Where it comes from is looked up anew each time: a person may have logged in meanwhile.
 */
export class AccessTokens {
  readonly #parts: CredentialParts;
  #kept: { readonly source: TokenSource; readonly token: AccessToken } | undefined;
  #pending: Promise<Access> | undefined;

  constructor(parts: CredentialParts) {
    this.#parts = parts;
  }

  get(): Promise<Access> {
    const kept = this.#kept;
    if (kept !== undefined && kept.token.expiresAtMs - marginMs > this.#parts.host.now().getTime())
      return Promise.resolve({ token: kept.token.value, source: kept.source });
    this.#pending ??= this.#renew().finally(() => (this.#pending = undefined));
    return this.#pending;
  }

  /** A token that was refused is not used again. */
  forget(token: string): void {
    if (this.#kept?.token.value === token) this.#kept = undefined;
  }

  async #renew(): Promise<Access> {
    const source = await credentials(this.#parts);
    const token = await source.fetch();
    this.#kept = { source, token };
    return { token: token.value, source };
  }
}
