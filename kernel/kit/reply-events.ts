import type { ModelEvent, StopReason } from "../src/contracts/model.ts";
import { ClawError } from "../src/errors.ts";
import type { FailureContext } from "./model-failure.ts";
import { type Fields, fieldsOf } from "./json-object.ts";

type DeltaType = "text-delta" | "reasoning-delta";

/** The events of one reply on their way out, deltas that follow one another as one, and what can be wrong with its stream. */
export class ReplyEvents {
  readonly #context: FailureContext;
  /** What the vendor calls the request, as soon as it says. */
  requestId: string | undefined;
  readonly #events: ModelEvent[] = [];
  #type: DeltaType = "text-delta";
  #pieces: string[] = [];

  constructor(context: FailureContext, requestId: string | undefined) {
    this.#context = context;
    this.requestId = requestId;
  }

  /** What `read` leaves to be said, also if it throws, which is thrown then. */
  *of(read: () => void): Generator<ModelEvent, void> {
    let failure: { readonly error: unknown } | undefined;
    try {
      read();
    } catch (error) {
      failure = { error };
    }
    this.#flush();
    yield* this.#events.splice(0);
    if (failure !== undefined) throw failure.error;
  }

  show(type: DeltaType, text: string): void {
    if (text === "") return;
    if (this.#type !== type) this.#flush();
    this.#type = type;
    this.#pieces.push(text);
  }

  emit(event: ModelEvent): void {
    this.#flush();
    this.#events.push(event);
  }

  /** The last event of a reply that is whole. */
  end(reason: StopReason): void {
    this.emit({ type: "end", reason, ...(this.requestId === undefined ? {} : { requestId: this.requestId }) });
  }

  parse(data: string): Fields {
    try {
      return fieldsOf(JSON.parse(data));
    } catch (cause) {
      throw this.invalid("an event is no JSON", cause);
    }
  }

  invalid(what: string, cause?: unknown): ClawError {
    return new ClawError("MODEL_STREAM_INVALID", `${this.#context.provider} sent a stream that makes no sense: ${what}`, this.#about(), {
      cause,
      retryable: true,
    });
  }

  cut(cause?: unknown): ClawError {
    return new ClawError("MODEL_STREAM_CUT", `${this.#context.provider} ended the stream before the reply was whole`, this.#about(), {
      cause,
      retryable: true,
    });
  }

  #flush(): void {
    if (this.#pieces.length > 0) this.#events.push({ type: this.#type, text: this.#pieces.join("") });
    this.#pieces = [];
  }

  #about(): { readonly provider: string; readonly requestId?: string } {
    return { provider: this.#context.provider, ...(this.requestId === undefined ? {} : { requestId: this.requestId }) };
  }
}
