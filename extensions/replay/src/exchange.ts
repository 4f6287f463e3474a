import type { ContentBlock, ErrorCode, ModelEvent, ResolvedModel } from "@claw/kernel";
import type { NormalRequest } from "./normal-form.ts";

export const version = 1;

/** The first line of a cassette. */
export interface Header {
  readonly cassette: typeof version;
  /** The version of claw that recorded it. */
  readonly claw: string;
  readonly model: ResolvedModel;
}

/**
 * Every other line: a request and what was answered. `keep` is how many messages the request shares with the one before it; they
 * are not written again, nor is a system prompt that is still the same.
 */
export interface Line {
  readonly request: {
    readonly keep: number;
    readonly messages: readonly unknown[];
    readonly tools: readonly string[];
    readonly system?: readonly ContentBlock[];
  };
  readonly events: readonly ModelEvent[];
  readonly error?: RecordedError;
}

export interface RecordedError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly data: object;
  readonly retryable: boolean;
  readonly fix?: string;
}

/** A line as it is played: its request whole. */
export interface Exchange {
  readonly request: NormalRequest;
  readonly events: readonly ModelEvent[];
  readonly error?: RecordedError;
}

export interface Tape {
  readonly header: Header;
  readonly exchanges: readonly Exchange[];
}
