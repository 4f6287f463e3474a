import { unlessAborted } from "@claw/kernel/kit";

export interface Token {
  readonly value: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

interface Refresh {
  readonly token: Promise<Token>;
  readonly controller: AbortController;
  waiting: number;
}

/** A token is not used in its last minutes: the request it is sent with takes time too. */
const marginMs = 5 * 60_000;

/** Keeps the token of each scope until shortly before its end. However many ask at once, one request is made, and given up when nobody waits for it any more. */
export class TokenCache {
  readonly #fetch: (scope: string, signal: AbortSignal) => Promise<Token>;
  readonly #now: () => number;
  readonly #held = new Map<string, Token>();
  readonly #refreshes = new Map<string, Refresh>();

  constructor(fetch: (scope: string, signal: AbortSignal) => Promise<Token>, now: () => number) {
    this.#fetch = fetch;
    this.#now = now;
  }

  async get(scope: string, signal: AbortSignal): Promise<string> {
    const held = this.#held.get(scope);
    if (held !== undefined && held.expiresAt - marginMs > this.#now()) return held.value;
    try {
      return (await this.#join(scope, signal)).value;
    } catch (error) {
      signal.throwIfAborted();
      // One that still counts is better than none.
      if (held !== undefined && held.expiresAt > this.#now() && this.#held.get(scope) === held) return held.value;
      throw error;
    }
  }

  /** A token that was refused is not used again. */
  forget(scope: string, value: string): void {
    if (this.#held.get(scope)?.value === value) this.#held.delete(scope);
  }

  async #join(scope: string, signal: AbortSignal): Promise<Token> {
    const refresh = this.#refreshes.get(scope) ?? this.#begin(scope);
    refresh.waiting += 1;
    try {
      return await unlessAborted(refresh.token, signal);
    } finally {
      refresh.waiting -= 1;
      if (refresh.waiting === 0) {
        if (this.#refreshes.get(scope) === refresh) this.#refreshes.delete(scope);
        refresh.controller.abort();
      }
    }
  }

  #begin(scope: string): Refresh {
    const controller = new AbortController();
    const token = this.#fetch(scope, controller.signal).then((fetched) => {
      this.#held.set(scope, fetched);
      return fetched;
    });
    // Nobody may be waiting when it fails.
    token.catch(() => undefined);
    const refresh = { token, controller, waiting: 0 };
    this.#refreshes.set(scope, refresh);
    return refresh;
  }
}
