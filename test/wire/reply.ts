import type { ToolChoice } from "@claw/kernel";

/** What a scripted reply holds, whatever wire it goes over. */
export type ReplyBlock =
  /** Sent in `deltas`: how many pieces of the same length, or the pieces themselves. */
  | { readonly type: "text"; readonly text: string; readonly deltas?: number | readonly string[] }
  | { readonly type: "thinking"; readonly text: string; readonly signature: string; readonly deltas?: number | readonly string[] }
  /** `json` goes out as it is, in `deltas` pieces; malformed JSON is malformed on the wire. */
  | { readonly type: "tool-call"; readonly id: string; readonly name: string; readonly json: string; readonly deltas?: number | readonly string[] }
  /** A block of the wire's own that claw does not know. */
  | { readonly type: "raw"; readonly block: Readonly<Record<string, unknown>> };

export interface ReplyUsage {
  readonly input: number;
  readonly output: number;
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
  readonly reasoning?: number;
}

/** A stream. Without faults it is whole. */
export interface Reply {
  readonly blocks: readonly ReplyBlock[];
  /** claw's word for it, or the wire's own; by what the blocks are when absent. */
  readonly stop?: string;
  readonly usage?: ReplyUsage;
  readonly requestId?: string;
  /** Compressed, whether or not that was asked for. */
  readonly gzip?: boolean;
  /** In one write (the default), one a stream event, or one a byte. */
  readonly delivery?: "whole" | "events" | "bytes";
  /** Keep-alives before the first event. */
  readonly pings?: { readonly count: number; readonly everyMs: number };
  /** The stream ends cleanly after so many bytes of it; with `reset` the socket is destroyed there. */
  readonly cutAfter?: number;
  readonly reset?: boolean;
  /** An error event instead of the end of the stream. */
  readonly error?: WireError;
  /** The stream stays open and silent instead of ending; with `late`, after its last event. */
  readonly hang?: boolean | "late";
}

/** A response that is no stream. */
export interface Refusal {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The wire's form of an error; a text is sent as it is. */
  readonly body?: string | WireError;
}

export type FailureKind = "auth" | "permission" | "not-found" | "rate-limit" | "overloaded" | "server" | "too-long" | "invalid";

export interface WireError {
  readonly kind: FailureKind;
  /** What the wire would say when absent. */
  readonly message?: string;
}

/** The bytes of a stream as they are. */
export interface RawReply {
  readonly frames: readonly (string | Uint8Array)[];
}

/** A connection on which nothing ever comes, not even a status line. */
export interface Silence {
  readonly silent: true;
}

export type Answer = Reply | Refusal | RawReply | Silence;

export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed JSON body; undefined when there is none. */
  readonly body: unknown;
  readonly text: string;
  /** Which socket it came over, from 1. */
  readonly connection: number;
  /** Settles when the exchange is over: `finished`, or `closed` when the other side went away before. */
  readonly over: Promise<"finished" | "closed">;
}

/** Answers in order, or chosen by the request; after the last one every request is refused with 500. */
export type Script = readonly Answer[] | ((request: RecordedRequest, index: number) => Answer | Promise<Answer>);

/** What a request said, in claw's words: the suites compare it, whatever the wire. */
export interface SentRequest {
  readonly system: string;
  readonly tools: readonly string[];
  readonly turns: readonly { readonly role: "user" | "assistant"; readonly blocks: readonly SentBlock[] }[];
}

/** What a request asked of the reply, in claw's words. */
export interface SentOptions {
  readonly maxTokens?: number;
  readonly toolChoice?: ToolChoice;
  /** The schema. */
  readonly output?: unknown;
  readonly stop?: readonly string[];
}

export type SentBlock =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "thinking"; readonly text: string; readonly signature: string }
  | { readonly type: "tool-call"; readonly id: string; readonly name: string; readonly input: unknown }
  | { readonly type: "tool-result"; readonly call: string; readonly failed: boolean; readonly blocks: readonly SentBlock[] }
  | { readonly type: "image" | "document"; readonly mediaType: string; readonly data: string }
  | { readonly type: "raw"; readonly block: unknown };

/** The pieces a delta-wise sent text goes out in. */
export function piecesOf(text: string, deltas: number | readonly string[] = 1): readonly string[] {
  if (typeof deltas !== "number") return deltas;
  if (deltas <= 1) return text === "" ? [] : [text];
  const size = Math.ceil(text.length / deltas);
  return Array.from({ length: Math.ceil(text.length / size) }, (_, index) => text.slice(index * size, (index + 1) * size));
}
