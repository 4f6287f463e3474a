import { ClawError } from "../errors.ts";
import type { Closable } from "../define.ts";

/** How long one closable may take to close before it is left behind and reported. */
const closeDeadlineMs = 2_000;

/** What a scope holds, for `claw doctor --held`. */
export interface Holding {
  readonly label: string;
  readonly owns: number;
  readonly children: readonly Holding[];
}

/**
 * A node of the lifetime tree kernel → extension → session → turn → call. Closing aborts its signal, closes its children,
 * then what it owns, newest first.
 */
export class Scope implements AsyncDisposable {
  readonly label: string;
  readonly #parent: Scope | undefined;
  readonly #children = new Set<Scope>();
  readonly #owned: Closable[] = [];
  readonly #controller = new AbortController();
  readonly #unlink: () => void;
  #closing: Promise<readonly unknown[]> | undefined;

  constructor(label: string, parent?: Scope, signal?: AbortSignal) {
    parent?.check();
    this.label = label;
    this.#parent = parent;
    if (parent !== undefined) parent.#children.add(this);
    const abort = (): void => this.#controller.abort(signal?.reason);
    this.#unlink = (): void => signal?.removeEventListener("abort", abort);
    if (parent?.signal.aborted === true) this.#controller.abort(parent.signal.reason);
    if (signal?.aborted === true) abort();
    else signal?.addEventListener("abort", abort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get closed(): boolean {
    return this.#closing !== undefined;
  }

  /** Throws SCOPE_CLOSED once closing has begun. */
  check(): void {
    if (this.closed) throw new ClawError("SCOPE_CLOSED", `${this.label} is closed and can do nothing more`, { scope: this.label });
  }

  child(label: string, signal?: AbortSignal): Scope {
    return new Scope(label, this, signal);
  }

  own<R extends Closable>(resource: R): R {
    this.check();
    this.#owned.push(resource);
    return resource;
  }

  abort(reason: unknown): void {
    this.#controller.abort(reason);
    for (const child of this.#children) child.abort(reason);
  }

  /** Resolves, once all is closed, with the errors that closing met. Closing twice is closing once. */
  close(): Promise<readonly unknown[]> {
    if (this.#closing !== undefined) return this.#closing;
    // Closed before anything is told so: whoever hears of it can do nothing more with it.
    const { promise, resolve, reject } = Promise.withResolvers<readonly unknown[]>();
    this.#closing = promise;
    this.#close().then(resolve, reject);
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  describe(): Holding {
    return { label: this.label, owns: this.#owned.length, children: [...this.#children].map((child) => child.describe()) };
  }

  async #close(): Promise<readonly unknown[]> {
    this.#unlink();
    if (!this.signal.aborted) this.#controller.abort(new ClawError("SCOPE_CLOSED", `${this.label} was closed`, { scope: this.label }));
    const errors: unknown[] = [];
    for (const child of [...this.#children].reverse()) errors.push(...(await child.close()));
    for (const resource of this.#owned.splice(0).reverse()) {
      try {
        await withDeadline(closeOne(resource), this.label);
      } catch (error) {
        errors.push(error);
      }
    }
    if (this.#parent !== undefined) this.#parent.#children.delete(this);
    return errors;
  }
}

function closeOne(resource: Closable): unknown {
  if (typeof resource === "function") return resource();
  if (Symbol.asyncDispose in resource) return resource[Symbol.asyncDispose]();
  return resource[Symbol.dispose]();
}

async function withDeadline(work: unknown, label: string): Promise<void> {
  if (typeof work !== "object" || work === null || !("then" in work)) return;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () =>
        reject(new ClawError("EXTENSION_TIMEOUT", `${label} did not close in ${closeDeadlineMs} ms`, { extension: label, at: "close", ms: closeDeadlineMs })),
      closeDeadlineMs,
    );
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
