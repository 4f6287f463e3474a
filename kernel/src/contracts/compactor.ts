import type { ContentBlock, Usage } from "./message.ts";
import type { LogEntry } from "./session.ts";
import type { CallScope } from "./tool.ts";
import type { ResolvedModel, ToolSpec } from "./model.ts";

export interface CompactionInput {
  /** Every entry of the session that still counts: those after the last compaction, and that compaction. */
  readonly entries: readonly LogEntry[];
  readonly model: ResolvedModel;
  readonly trigger: "auto" | "manual";
  /** The person's wishes for the summary. */
  readonly instructions?: string;
}

export interface Compaction {
  /** What stands in for every entry up to and including `through`. */
  readonly summary: string;
  readonly through: number;
  readonly tokensBefore: number;
  readonly tokensAfter: number;
  /** What the summary itself cost, and the address of the model that wrote it. It counts toward the session's limits. */
  readonly usage?: Usage;
  readonly writtenBy?: string;
}

/** Service `compactor`: makes room in a model's context window. */
export interface Compactor {
  /** True when a context of this many tokens should be compacted before the next request. */
  due(tokens: number, model: ResolvedModel): boolean;
  /** A summary, or undefined when there is nothing worth compacting. */
  compact(input: CompactionInput, call: CallScope): Promise<Compaction | undefined>;
}

/** Service `system-prompt`: what every request of a session begins with. Asked once a session; the answer is logged. */
export interface SystemPrompt {
  assemble(call: CallScope, about: { readonly model: ResolvedModel; readonly tools: readonly ToolSpec[] }): Promise<readonly ContentBlock[]>;
}
