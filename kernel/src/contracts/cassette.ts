import type { ModelEvent, ModelRequest, ResolvedModel } from "./model.ts";

/** Service `cassette`: stands between `models` and the providers, to record what they say or to say it again. */
export interface Cassette {
  readonly mode: "off" | "record" | "replay";
  /** When replaying, the recorded model, whatever was asked for; otherwise undefined. */
  model(): Promise<ResolvedModel | undefined>;
  /** Streams a reply: `next` asks the real provider, and is never called when replaying. Throws CASSETTE_MISMATCH. */
  stream(
    request: ModelRequest,
    model: ResolvedModel,
    next: (request: ModelRequest, signal: AbortSignal) => AsyncIterable<ModelEvent>,
    signal: AbortSignal,
  ): AsyncIterable<ModelEvent>;
}
