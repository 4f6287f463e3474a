import type { TurnEvent } from "../contracts/session.ts";
import type { Scope } from "../registry/scope.ts";
import type { Session } from "../session.ts";
import type { Ending } from "./ending.ts";

type Result = IteratorResult<TurnEvent, undefined>;

export interface TurnParts {
  readonly session: Session;
  readonly scope: Scope;
  readonly events: AsyncIterator<TurnEvent, unknown>;
  /** Logs the end of a turn that broke off. */
  readonly endOf: (error: unknown) => Promise<Ending>;
  /** Called once the turn's last entry is stored. */
  readonly onEnd: () => void;
}

/**
 * A turn as its reader sees it: its events, and what was logged aside in between, in the order of the log. It begins with the first
 * read, and always comes to its own end: when its reader leaves, or its session closes, it is aborted and its rest runs unread;
 * a reader who is still there then hears why. Not a generator: one more costs as much as the events themselves.
 */
export class RunningTurn implements AsyncIterableIterator<TurnEvent, undefined> {
  readonly #begin: () => Promise<TurnParts | undefined>;
  #begun: Promise<void> | undefined;
  #parts: TurnParts | undefined;
  readonly #ready: TurnEvent[] = [];
  #ending: Promise<void> | undefined;
  #failure: Ending["failure"];
  /** The reader has been given the turn's end. */
  #isEnded = false;
  #isOver = false;
  #isTold = false;

  /** `begin` answers nothing when there is nothing to run. */
  constructor(begin: () => Promise<TurnParts | undefined>) {
    this.#begin = begin;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Result> {
    const ready = this.#ready.shift();
    if (ready !== undefined) return Promise.resolve({ done: false, value: ready });
    if (this.#isOver) return this.#tell();
    if (this.#parts === undefined) return this.#start().then(() => this.next());
    return this.#parts.events.next().then(this.#took, this.#broke);
  }

  /** Reads no further. Resolves when the turn has come to its end. */
  async return(): Promise<Result> {
    this.#isTold = true;
    if (this.#begun === undefined) this.#isOver = true;
    await this.#begun;
    await this.#parts?.scope.close();
    return { done: true, value: undefined };
  }

  #start(): Promise<void> {
    this.#begun ??= this.#begin()
      .then((parts) => {
        this.#parts = parts;
        if (parts === undefined) this.#isOver = true;
        else parts.scope.own(() => this.#drain(parts));
      })
      .catch((error: unknown) => this.#finish({ failure: { error } }));
    return this.#begun;
  }

  readonly #took = (result: IteratorResult<TurnEvent, unknown>): Result | Promise<Result> => {
    if (result.done === true) return this.#end().then(() => this.next());
    if (!("seq" in result.value) && this.#ready.length === 0) return result;
    this.#keep(result.value);
    return this.next();
  };

  readonly #broke = (thrown: unknown): Promise<Result> => this.#end({ error: thrown }).then(() => this.next());

  /** Ends the turn, once, however many read it. */
  #end(broken?: { readonly error: unknown }): Promise<void> {
    const ending = async (): Promise<void> => this.#finish(broken === undefined ? {} : ((await this.#parts?.endOf(broken.error)) ?? {}));
    this.#ending ??= ending();
    return this.#ending;
  }

  #keep(event: TurnEvent): void {
    if ("seq" in event) this.#ready.push(...(this.#parts?.session.takeAsides(event.seq) ?? []));
    this.#ready.push(event);
    // A reader who has seen the end need not read on.
    if (event.type !== "turn-end") return;
    this.#isEnded = true;
    this.#parts?.onEnd();
  }

  #finish({ entry, failure }: Ending): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#failure = failure;
    if (entry !== undefined) this.#keep(entry);
    this.#ready.push(...(this.#parts?.session.takeAsides() ?? []));
    this.#parts?.onEnd();
  }

  /** The end, told once: why there is no more, if there is a reason. */
  async #tell(): Promise<Result> {
    const scope = this.#parts?.scope;
    const failure = this.#failure ?? (scope?.closed === true && !this.#isEnded ? { error: scope.signal.reason as unknown } : undefined);
    const isTold = this.#isTold;
    this.#isTold = true;
    await scope?.close();
    if (failure !== undefined && !isTold) throw failure.error;
    return { done: true, value: undefined };
  }

  /** Runs what is left of a turn whose signal is aborted. */
  async #drain({ events }: TurnParts): Promise<void> {
    while (!this.#isOver) {
      try {
        if ((await events.next()).done === true) await this.#end();
      } catch (error) {
        await this.#end({ error });
      }
    }
  }
}
