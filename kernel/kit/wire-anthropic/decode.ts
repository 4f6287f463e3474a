import type { CallBlock, ContentBlock, Usage } from "../../src/contracts/message.ts";
import type { ModelEvent, StopReason } from "../../src/contracts/model.ts";
import { ClawError } from "../../src/errors.ts";
import { type FailureContext, eventFailure } from "./errors.ts";

type Fields = Readonly<Record<string, unknown>>;

/** A content block on its way. Deltas of a block that is not the first one open wait in `events`. */
interface OpenBlock {
  readonly start: Fields;
  readonly type: string;
  readonly text: string[];
  readonly json: string[];
  readonly more: Record<string, unknown>;
  size: number;
  closed: boolean;
  waiting: boolean;
}

export interface Decoder {
  /** The events that the JSON of one network read's stream events means; adjacent deltas are one. Throws what an `error` event says. */
  push(data: readonly string[]): readonly ModelEvent[];
  /** True once `message_stop` came: the reply is whole. */
  readonly done: boolean;
  /** Throws MODEL_STREAM_CUT unless the reply is whole. */
  finish(cause?: unknown): void;
}

const maxInputLength = 16 * 1024 * 1024;

/** Reads one reply of the Messages API. Blocks come out in the order in which they were begun, however their deltas interleave. */
export function createDecoder(context: FailureContext, requestId: string | undefined): Decoder {
  const { provider } = context;
  const blocks = new Map<number, OpenBlock>();
  let usage: Fields = {};
  let stopReason: unknown;
  let calls = 0;
  let done = false;
  /** The text block that ended last, if nothing came after it. */
  let lastText: readonly string[] | undefined;
  let events: ModelEvent[] = [];

  const invalid = (what: string, cause?: unknown): ClawError =>
    new ClawError("MODEL_STREAM_INVALID", `${provider} sent a stream that makes no sense: ${what}`, { provider, ...(requestId === undefined ? {} : { requestId }) }, { cause, retryable: true });
  const parse = (data: string): Fields => {
    try {
      return fieldsOf(JSON.parse(data));
    } catch (cause) {
      throw invalid("an event is no JSON", cause);
    }
  };

  return {
    push(data) { return []; },
    get done() { return done; },
    finish(cause) {},
  };
}
