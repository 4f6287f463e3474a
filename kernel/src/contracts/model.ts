import type { ContentBlock, Message, Usage } from "./message.ts";

/** JSON Schema 2020-12 without remote `$ref`, as a manifest or a server gives it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A tool as a model is told of it. */
export interface ToolSpec {
  readonly name: string;
  readonly description: string;
  readonly input: JsonSchema;
  /** The extension that gives it, for attribution; never sent. */
  readonly owner?: string;
  /** Other names that it answers to, for attribution; never sent. */
  readonly aliases?: readonly string[];
}

/** Whether a model may, must or must not call a tool. */
export type ToolChoice = "auto" | "required" | "none" | { readonly tool: string };

/** Which of several likely words is taken. A model that accepts none of it is not sent it. */
export interface Sampling {
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
}

/**
 * One request to a model. `model` is an address `<provider>/<model>` when it is handed to the service `models`, and the
 * provider's own id when it reaches a provider. `system` and `tools` are byte-stable over a session.
 */
export interface ModelRequest {
  readonly model: string;
  readonly system: readonly ContentBlock[];
  readonly messages: readonly Message[];
  readonly tools: readonly ToolSpec[];
  /** Tokens the reply may have at the most; the provider's default when absent. */
  readonly maxTokens?: number;
  readonly effort?: string;
  /** `auto` when absent. */
  readonly toolChoice?: ToolChoice;
  /** The reply is to be one JSON value of this schema, as text. Refused by a model that cannot. */
  readonly output?: { readonly name: string; readonly schema: JsonSchema };
  /** Texts that end the reply where they would begin. */
  readonly stop?: readonly string[];
  readonly sampling?: Sampling;
  /** What was recorded of the session's request before this one; never sent. */
  readonly before?: PrefixRecord;
  /** Who has rewritten the history since then, if anybody; never sent. */
  readonly rewrittenBy?: string;
  /** The session asking, for caching and attribution; never sent to a vendor as is. */
  readonly session?: string;
  /** The session's folder, so that what is recorded of it can be said again in another; never sent to a vendor. */
  readonly cwd?: string;
}

export type StopReason = "stop" | "tool-calls" | "length" | "refusal";

/** A part of what every request of a session begins with; in this order. */
export type SegmentName = "tools" | "system" | "history";

export interface PrefixSegment {
  readonly name: SegmentName;
  /** Of the segment as claw holds it, which is not the wire's. */
  readonly bytes: number;
  /** Changes when the segment does; of the history, of its first `messages`. */
  readonly fingerprint: string;
  /** Of the history: how many messages it has. */
  readonly messages?: number;
  /** Of tools and system prompt: eight characters of each tool's or block's fingerprint, so that another process can say which of them changed. */
  readonly parts?: string;
}

/** Where a request stopped beginning as the one before it did. Without a known place, only what changed is said. */
export interface PrefixBreak {
  readonly segment: SegmentName | "model";
  /** The first byte of the segment that differs; where another process made the request before, the first of the tool or block that does. */
  readonly byte?: number;
  /** What stands there: a tool's name, `message 12`. */
  readonly at?: string;
  /** Whose change it is: an extension, or `person`. */
  readonly by: string;
}

/** What a provider's prompt cache could know of a request. What it did know stands in the usage. */
export interface PrefixRecord {
  /** The address asked. */
  readonly model: string;
  readonly segments: readonly PrefixSegment[];
  /** Bytes of the request by whose they are: an extension's name, `person`, `model`. */
  readonly shares: Readonly<Record<string, number>>;
  /** Of the request as the provider counted it: input, cache reads and cache writes. Absent when it had not by the time of this record. */
  readonly tokens?: number;
  /** Tokens that should come from the cache if it keeps what the request before this one said; absent for a first request. */
  readonly expectedReadTokens?: number;
  readonly broken?: PrefixBreak;
}

/**
 * What a model's reply is made of. A stream without `end` was cut; failures are thrown ClawErrors.
 * `retry` says that nothing of the reply so far counts and that the request is sent again after `delayMs`: `attempt` is the
 * one that failed, from 1, of `attempts` at the most. The `model` of `end` is the address that answered, which a fallback
 * makes another than the one asked; the service `models` sets it.
 */
export type ModelEvent =
  | { readonly type: "text-delta" | "reasoning-delta"; readonly text: string }
  | { readonly type: "block"; readonly block: ContentBlock }
  | { readonly type: "usage"; readonly usage: Usage }
  /** Of the request; the service `models` adds it. */
  | { readonly type: "prefix"; readonly prefix: PrefixRecord }
  /** Something of the request that is otherwise than was asked, for the person; the service `models` adds it. */
  | { readonly type: "notice"; readonly code: string; readonly message: string }
  | {
      readonly type: "retry";
      readonly attempt: number;
      readonly attempts: number;
      readonly delayMs: number;
      readonly code: string;
      readonly message: string;
      readonly status?: number;
      /** The address of the model that is asked now, where it is another. */
      readonly model?: string;
    }
  | {
      readonly type: "end";
      readonly reason: StopReason;
      readonly requestId?: string;
      /** The address of the model that answered, when it is not the one asked. */ readonly model?: string;
    };

/** US dollars for a million tokens. */
export interface Price {
  readonly input: number;
  readonly output: number;
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
  /** What a request costs as a whole when its input, cache reads and writes counted, is above so many tokens; ascending. */
  readonly tiers?: readonly (Omit<Price, "tiers"> & { readonly inputTokensAbove: number })[];
}

/** What is known of a model. Numbers are tokens. */
export interface ModelInfo {
  readonly id: string;
  /** Short names that mean this model, such as `opus`. */
  readonly aliases?: readonly string[];
  readonly contextWindow: number;
  readonly maxOutputTokens?: number;
  readonly tools: boolean;
  readonly reasoning: boolean;
  readonly images?: boolean;
  readonly documents?: boolean;
  readonly efforts?: readonly string[];
  /** The level it takes when none is asked for. */
  readonly defaultEffort?: string;
  /** How it is asked to think: by itself, by a number of tokens, by the effort alone. */
  readonly thinking?: "adaptive" | "budget" | "effort";
  /** The sampling parameters it accepts; none when absent. */
  readonly sampling?: readonly (keyof Sampling)[];
  /** Whether it can be held to a schema. */
  readonly output?: boolean;
  /** Whether what a request begins with is cached where breakpoints are set, or by itself. */
  readonly caching?: "breakpoints" | "automatic";
  /** Which of its provider's endpoints it answers at, where there are several. */
  readonly endpoint?: string;
  readonly price?: Price;
  readonly sources?: readonly ModelSource[];
}

/** Where facts of a model are from. */
export interface ModelSource {
  /** Names of the fields; all that no other source names when absent. */
  readonly facts?: readonly string[];
  readonly from: string;
  /** ISO date. */
  readonly date: string;
}

/** What a vendor's own list says of a model: its id, and the fields it tells. */
export type Refreshed = Pick<ModelInfo, "id"> & Partial<ModelInfo>;

export interface ProviderStatus {
  readonly ready: boolean;
  /** The host requests go to. */
  readonly host?: string;
  /** Which credential is used, such as `OPENAI_API_KEY` or `AWS profile dev`. */
  readonly credential?: string;
  /** Why it is not ready, and what to do. */
  readonly problem?: string;
  readonly fix?: string;
}

export interface ModelProvider {
  /** From data that came with it; opens no socket. */
  models(signal: AbortSignal): Promise<readonly ModelInfo[]>;
  /** Asks the vendor which models there are and what it says of them. What it does not say stays as it is listed. */
  refresh?(signal: AbortSignal): Promise<readonly Refreshed[]>;
  /** What can be said of the way to it without a request: whether there are credentials, and where requests would go. No secret is in it. */
  status?(signal: AbortSignal): Promise<ProviderStatus>;
  /** What is taken for granted of a model that `models` does not list; undefined when it can be none of this provider's. */
  unlisted?(id: string): ModelInfo | undefined;
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent>;
}

/** A model found: its full address and what is known of it. */
export interface ResolvedModel {
  readonly address: string;
  readonly info: ModelInfo;
}

/** Service `models`: addressing, retry and cost over all providers. */
export interface Models {
  /** The model an address, an alias or a bare name means; without one, the user's default. Throws MODEL_UNKNOWN with suggestions. */
  resolve(address: string | undefined, signal: AbortSignal): Promise<ResolvedModel>;
  /** Streams one reply; `request.model` is an address. The one place that retries. */
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent>;
  list(signal: AbortSignal): Promise<readonly ResolvedModel[]>;
}
