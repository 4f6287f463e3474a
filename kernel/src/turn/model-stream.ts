import type { ModelEvent, StopReason } from "../contracts/model.ts";
import { ClawError } from "../errors.ts";
import { excerpt } from "../failure-message.ts";
import { isRecord } from "../plain-data.ts";

type Result = IteratorResult<ModelEvent, undefined>;

/**
 * What `models` streams, held to the contract: readable, of known shape, over at an abort even if it does not listen. What it
 * does after that is nobody's business any more. Written as an iterator: a generator more costs as much as the events themselves.
 */
export class ModelStream implements AsyncIterableIterator<ModelEvent> {
  readonly #events: AsyncIterator<unknown>;
  readonly #address: string;
  readonly #signal: AbortSignal;
  #waiting: { readonly resolve: (result: Result) => void; readonly reject: (reason: unknown) => void } | undefined;
  #ended = false;

  constructor(stream: unknown, address: string, signal: AbortSignal) {
    const open = (stream as Partial<AsyncIterable<unknown>> | undefined)?.[Symbol.asyncIterator];
    this.#address = address;
    this.#signal = signal;
    if (typeof open !== "function") throw this.#invalid("with something that cannot be read");
    this.#events = open.call(stream);
    signal.addEventListener("abort", this.#abort, { once: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      if (this.#signal.aborted) this.#fail(this.#signal.reason);
      else this.#events.next().then(this.#take, this.#fail);
    });
  }

  /** Reads no further. The source is told and not waited for. */
  async return(): Promise<Result> {
    this.#leave();
    Promise.resolve()
      .then(() => this.#events.return?.())
      .catch(() => undefined);
    return { done: true, value: undefined };
  }

  // Made once and not for each event.
  readonly #take = (result: IteratorResult<unknown>): void => {
    try {
      if (result.done === true) this.#leave();
      else this.#check(result.value);
      this.#waiting?.resolve(result as Result);
    } catch (error) {
      this.#fail(error);
    }
  };

  readonly #fail = (error: unknown): void => {
    this.#waiting?.reject(error);
    void this.return();
  };

  readonly #abort = (): void => this.#fail(this.#signal.reason);

  #leave(): void {
    this.#signal.removeEventListener("abort", this.#abort);
  }

  #check(event: unknown): void {
    const wrong = wrongOf(event);
    if (wrong !== undefined) throw this.#invalid(`with ${wrong}`);
    const { type } = event as ModelEvent;
    if (this.#ended && (type === "text-delta" || type === "reasoning-delta" || type === "block" || type === "end"))
      throw this.#invalid(`and went on after its end, with "${type}"`);
    if (type === "end") this.#ended = true;
    if (type === "retry") this.#ended = false;
  }

  #invalid(how: string): ClawError {
    return new ClawError("MODEL_STREAM_INVALID", `${this.#address} answered ${how}`, {});
  }
}

const reasons: ReadonlySet<unknown> = new Set<StopReason>(["stop", "tool-calls", "length", "refusal"]);

/** What is wrong with an event; a block says so itself when it is taken apart, and a later contract's events are passed over. */
function wrongOf(event: unknown): string | undefined {
  if (!isRecord(event)) return "an event that is none";
  const { type } = event;
  switch (type) {
    case "text-delta":
    case "reasoning-delta":
      return typeof event["text"] === "string" ? undefined : `a "${type}" without text`;
    case "usage":
      return isRecord(event["usage"]) ? undefined : "usage that is none";
    case "prefix":
      return isRecord(event["prefix"]) ? undefined : 'a "prefix" that is none';
    case "end":
      return reasons.has(event["reason"]) && isText(event["model"]) && isText(event["requestId"]) ? undefined : 'an "end" that is none';
    case "notice":
    case "retry":
      return typeof event["code"] === "string" && typeof event["message"] === "string" && isText(event["model"]) ? undefined : `a "${type}" that is none`;
    default:
      return typeof type === "string" ? undefined : `an event of no type: ${excerpt(Object.keys(event).join(", "), 100)}`;
  }
}

const isText = (value: unknown): boolean => value === undefined || typeof value === "string";
