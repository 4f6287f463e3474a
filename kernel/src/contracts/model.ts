import type { ContentBlock, Message, Usage } from "./message.ts";

/** JSON Schema 2020-12 without remote `$ref`, as a manifest or a server gives it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A tool as a model is told of it. */
export interface ToolSpec {
  readonly name: string;
  readonly description: string;
  readonly input: JsonSchema;
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
  /** The session asking, for caching and attribution; never sent to a vendor as is. */
  readonly session?: string;
  /** The session's folder, so that what is recorded of it can be said again in another; never sent to a vendor. */
  readonly cwd?: string;
}

export type StopReason = "stop" | "tool-calls" | "length" | "refusal";

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
  | {
      readonly type: "retry";
      readonly attempt: number;
      readonly attempts: number;
      readonly delayMs: number;
      readonly code: string;
      readonly message: string;
      readonly status?: number;
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
  readonly efforts?: readonly string[];
  readonly price?: Price;
}

export interface ModelProvider {
  models(signal: AbortSignal): Promise<readonly ModelInfo[]>;
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
