import type { ModelEvent, ModelRequest, PrefixRecord, ResolvedModel } from "@claw/kernel";
import { inputTokensOf, type Prefixes } from "./prefix.ts";
import type { Asked, Candidate, PassedOver } from "./retry.ts";

type Result = IteratorResult<ModelEvent, undefined>;
/** Begins the reply to a request, over the models that `follow` has seen. */
type Begin = (request: ModelRequest, follow: (asked: Asked) => Asked) => AsyncIterable<ModelEvent>;

/** A reply with the record of its request in it. What is only for the record goes no further; a request of no session has none. */
export function recordedReply(request: ModelRequest, prefixes: Prefixes, begin: Begin): AsyncIterable<ModelEvent> {
  const { before: _before, rewrittenBy: _rewrittenBy, ...sent } = request;
  if (request.session === undefined) return begin(sent, (asked) => asked);
  let model: ResolvedModel | undefined;
  const events = begin(sent, (asked) => followed(asked, (one) => (model = one)));
  let last: { readonly model: ResolvedModel; readonly record: PrefixRecord } | undefined;
  const recordOf = (asked: ResolvedModel): PrefixRecord => {
    last = last?.model === asked ? last : { model: asked, record: prefixes.recordOf(request, asked) };
    return last.record;
  };
  return new RecordedReply(events[Symbol.asyncIterator](), () => (model === undefined ? undefined : recordOf(model)), prefixes);
}

/** The models to ask, each of them told when its turn comes. */
function followed(asked: Asked, tell: (model: ResolvedModel) => void): Asked {
  return {
    problems: () => asked.problems(),
    remedied: (error) => asked.remedied(error),
    async *[Symbol.asyncIterator](): AsyncGenerator<Candidate | PassedOver, void> {
      for await (const one of asked) {
        if ("model" in one) tell(one.model);
        yield one;
      }
    },
  };
}

/**
 * Puts the record into a reply: after the first usage that counts anything, so that a reply that is cut off has it too, and before
 * the end at the latest; once for what a `retry` voids. Written as an iterator: a generator more costs as much as the events themselves.
 */
class RecordedReply implements AsyncIterableIterator<ModelEvent, undefined> {
  readonly #events: AsyncIterator<ModelEvent>;
  readonly #record: () => PrefixRecord | undefined;
  readonly #prefixes: Prefixes;
  #isTold = false;
  #waiting: Result | undefined;

  constructor(events: AsyncIterator<ModelEvent>, record: () => PrefixRecord | undefined, prefixes: Prefixes) {
    this.#events = events;
    this.#record = record;
    this.#prefixes = prefixes;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Result> {
    const waiting = this.#waiting;
    if (waiting === undefined) return this.#events.next().then(this.#take);
    this.#waiting = undefined;
    return Promise.resolve(waiting);
  }

  async return(): Promise<Result> {
    await this.#events.return?.();
    return { done: true, value: undefined };
  }

  readonly #take = (result: IteratorResult<ModelEvent>): Result => {
    if (result.done === true) return { done: true, value: undefined };
    const { value } = result;
    if (value.type === "retry") this.#isTold = false;
    else if (value.type === "usage") {
      const record = this.#record();
      const tokens = inputTokensOf(value.usage);
      if (record !== undefined) this.#prefixes.note(record, value.usage);
      if (record !== undefined && tokens > 0 && !this.#isTold) this.#waiting = this.#tell({ ...record, tokens });
    } else if (value.type === "end" && !this.#isTold) {
      const record = this.#record();
      if (record === undefined) return result;
      this.#waiting = result;
      return this.#tell(record);
    }
    return result;
  };

  #tell(prefix: PrefixRecord): Result {
    this.#isTold = true;
    return { done: false, value: { type: "prefix", prefix } };
  }
}
