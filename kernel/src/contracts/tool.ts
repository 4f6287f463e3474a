import type { ContentBlock } from "./message.ts";
import type { Containment } from "./sandbox.ts";

/** The most a tool may do: nothing beyond the session, read files, write files, start programs, talk to hosts. */
export type Effect = "none" | "read" | "write" | "execute" | "network";

export type Tool<I> = (input: Readonly<I>, call: ToolCall) => Promise<ToolResult | string>;

/** Where a piece of work stands: its session, its folders, and the signal that ends it. Writable places come only from here. */
export interface CallScope {
  readonly session: string;
  /** Absolute; relative paths are meant from here. */
  readonly cwd: string;
  /** The session's folders, absolute; the first is its workspace. */
  readonly roots: readonly string[];
  /** The folder of the session's spilled output, absolute; readable by every tool. */
  readonly scratch?: string;
  /** Absolute paths that the judgement of this call has seen and allowed, outside the roots too. */
  readonly allowed?: readonly string[];
  /** How far the judgement of this call lets its programs reach; absent means contained, with no host. */
  readonly containment?: Containment;
  readonly signal: AbortSignal;
}

export interface ToolCall extends CallScope {
  readonly id: string;
  /** Shows a part of the result early; a slow front-end drops the oldest. */
  progress(content: ContentBlock): void;
  /** A file in `scratch` for output too long for the model. */
  spill(name: string): Promise<Spill>;
}

/** An open file of spilled output. */
export interface Spill extends AsyncDisposable {
  readonly path: string;
  write(bytes: Uint8Array): Promise<void>;
}

export interface ToolResult {
  readonly content: readonly ContentBlock[];
  readonly failed?: boolean;
  readonly details?: object;
}

/** What judges see. `paths` are absolute: the input's properties of format "path". */
export interface ToolCallView {
  readonly id: string;
  readonly session: string;
  readonly cwd: string;
  readonly roots: readonly string[];
  readonly scratch?: string;
  readonly tool: string;
  readonly effect: Effect;
  readonly input: Readonly<Record<string, unknown>>;
  readonly paths: readonly string[];
}

/** A tool whose name is known only at run time, given under a prefix its manifest claims. */
export interface DynamicTool {
  readonly description: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly effect: Effect;
  readonly run: Tool<Record<string, unknown>>;
}
