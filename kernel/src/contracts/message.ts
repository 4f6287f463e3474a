/** What a vendor needs back with a block (signatures, ids), keyed by provider and returned only to that provider. */
export type Luggage = Readonly<Record<string, unknown>>;

export interface TextBlock {
  readonly type: "text";
  readonly text: string;
  readonly luggage?: Luggage;
}

/** What a model thought. Shown, logged, and sent back only to the provider whose luggage it carries. */
export interface ReasoningBlock {
  readonly type: "reasoning";
  readonly text: string;
  readonly luggage?: Luggage;
}

/** `data` is base64 without line breaks; `mediaType` is a MIME type such as `image/png`. */
export interface ImageBlock {
  readonly type: "image";
  readonly mediaType: string;
  readonly data: string;
  readonly luggage?: Luggage;
}

/** A document the model reads whole, such as a PDF; `data` is base64. */
export interface DocumentBlock {
  readonly type: "document";
  readonly mediaType: string;
  readonly data: string;
  readonly name?: string;
  readonly luggage?: Luggage;
}

/** A model's request to run a tool. With `malformed` (the text that was no JSON object) `input` is empty and the call never runs. */
export interface CallBlock {
  readonly type: "tool-call";
  readonly id: string;
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly malformed?: string;
  readonly luggage?: Luggage;
}

/** The answer to a call; stands in a user message. */
export interface ResultBlock {
  readonly type: "tool-result";
  readonly call: string;
  readonly content: readonly ContentBlock[];
  readonly failed?: boolean;
}

/** A block only its provider understands; it round-trips in its luggage and is invisible to everyone else. */
export interface UnknownBlock {
  readonly type: "unknown";
  readonly luggage: Luggage;
}

export type ContentBlock = TextBlock | ReasoningBlock | ImageBlock | DocumentBlock | CallBlock | ResultBlock | UnknownBlock;

export interface Message {
  readonly role: "user" | "assistant";
  readonly content: readonly ContentBlock[];
}

/** Tokens of one model request. `inputTokens` are those neither read from nor written to a cache; `costUsd` is absent when no price is known. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens?: number;
  readonly cacheWriteTokens?: number;
  readonly reasoningTokens?: number;
  readonly costUsd?: number;
}
