import { ClawError, type ModelEvent, type ModelFailure, type ResolvedModel } from "@claw/kernel";
import { providerFailure, type RetryPolicy, retryDelayMs } from "@claw/kernel/kit";
import { priced } from "./cost.ts";
import { sleep, type Timing } from "./timing.ts";
import { WatchedStream } from "./watched-stream.ts";

/** A model that may answer. */
export interface Candidate {
  readonly model: ResolvedModel;
  /** How it is asked otherwise than was wanted; said before it is asked. */
  readonly note?: string;
  open(signal: AbortSignal): AsyncIterable<ModelEvent>;
}

/** A model that would have come next and cannot take the request, in a sentence. */
export interface PassedOver {
  readonly passedOver: string;
}

/** The models to ask, in order. */
export interface Asked extends AsyncIterable<Candidate | PassedOver> {
  /** What is wrong with those that come after the first one; asked for once, when something has failed. */
  problems(): Promise<readonly string[]>;
  /** A failure that no retry can help, with what can be done about it here. */
  remedied(error: ClawError): Promise<ClawError>;
}

export interface ReplyOptions {
  readonly policy: RetryPolicy;
  readonly idleTimeoutMs: number;
  readonly timing: Timing;
  /** A recorded reply is not waited for. */
  readonly waits: boolean;
}

/** Waits of half a second, then twice as long each time, up to half a minute. */
export const backoff = { baseMs: 500, maxMs: 30_000 };

interface Failed {
  readonly error: ClawError;
  readonly attempt: number;
  /** Whether anything of a reply was yielded since the last `retry`. */
  readonly begun: boolean;
}

/**
 * One reply of the first candidate that gives one: the one place that sends a request again. Only a failure that says so is
 * retried. Each retry and each change of model is a `retry` event, which voids what came before it. One generator and not one for
 * each layer: this runs for every delta.
 */
export async function* replyOf(candidates: Asked, options: ReplyOptions, signal: AbortSignal): AsyncGenerator<ModelEvent, void> {
  const { policy, timing, idleTimeoutMs, waits } = options;
  let given: Failed | undefined;
  const passedOver: string[] = [];
  for await (const candidate of candidates) {
    if ("passedOver" in candidate) {
      passedOver.push(candidate.passedOver);
      continue;
    }
    const { model, open, note } = candidate;
    const { address } = model;
    // A reply that was begun is not handed to another model: its words have been seen as the first one's.
    if (given?.begun === true) {
      passedOver.push(`${address} is not asked: the reply had been begun`);
      break;
    }
    const isFallback = given !== undefined;
    if (given !== undefined) {
      const goingOn = `going on with ${address}${note === undefined ? "" : ` ${note}`}`;
      yield { ...retryEvent(given, 0, policy, [given.error.message, ...passedOver.splice(0), goingOn].join("; ")), model: address };
    } else if (note !== undefined) yield { type: "notice", code: "MODEL_EFFORT_LOWERED", message: `${address} is asked ${note}` };
    given = undefined;
    for (let attempt = 1; given === undefined; attempt += 1) {
      let begun = false;
      try {
        using stream = new WatchedStream(open, { address, idleTimeoutMs, timing }, signal);
        for (;;) {
          const event = await stream.next();
          if (event.type === "usage") yield { type: "usage", usage: priced(event.usage, model.info.price) };
          else if (event.type === "end") {
            yield isFallback ? { ...event, model: address } : event;
            return await stream.finish();
          } else {
            begun = true;
            yield event;
          }
        }
      } catch (thrown) {
        signal.throwIfAborted();
        const failed = { error: providerFailure(thrown, address), attempt, begun };
        if (!failed.error.retryable) throw await candidates.remedied(failed.error);
        const delayMs = retryDelayMs(attempt, retryAfterMs(failed.error), policy, () => timing.random());
        if (delayMs === undefined) given = failed;
        else {
          const problems = isFallback || attempt > 1 ? [] : await candidates.problems();
          yield retryEvent(failed, waits ? delayMs : 0, policy, [failed.error.message, ...problems].join("; "));
          if (waits) await sleep(delayMs, signal, timing);
        }
      }
    }
  }
  if (given !== undefined) throw exhausted(given, policy, passedOver);
}

function retryEvent({ error, attempt }: Failed, delayMs: number, { attempts }: RetryPolicy, message: string): ModelEvent & { readonly type: "retry" } {
  const { status } = error.data as ModelFailure;
  return { type: "retry", attempt, attempts, delayMs, code: error.code, message, ...(status === undefined ? {} : { status }) };
}

/** The last failure, still retryable: whoever asks may try again later. */
function exhausted({ error, attempt }: Failed, { patienceMs }: RetryPolicy, passedOver: readonly string[]): ClawError {
  const wait = retryAfterMs(error);
  const impatient = wait !== undefined && wait > patienceMs;
  const why = [...(impatient ? [tooLong(error, wait, patienceMs)] : attempt === 1 ? [] : [`given up after ${attempt} attempts`]), ...passedOver].join("; ");
  if (why === "") return error;
  const fix = impatient ? "wait, raise models.patienceMs, or name another model: --fallback-model" : error.fix;
  return new ClawError(error.code, `${error.message} (${why})`, error.data, { cause: error, retryable: true, ...(fix === undefined ? {} : { fix }) });
}

/** Of some failures the message has said already how long. */
function tooLong({ message }: ClawError, wait: number, patienceMs: number): string {
  const limit = `longer than the ${patienceMs / 1000} s of models.patienceMs`;
  return message.includes("asks to wait") ? limit : `it asks to wait ${Math.ceil(wait / 1000)} s, ${limit}`;
}

function retryAfterMs(error: ClawError): number | undefined {
  const value = (error.data as ModelFailure).retryAfterMs;
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}
