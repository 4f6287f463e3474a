import type { ContentBlock } from "../contracts/message.ts";
import type { Opinion } from "../contracts/permission.ts";
import type { ToolCallView, ToolResult } from "../contracts/tool.ts";
import type { Tier } from "../extension/plan.ts";
import type { Allow, Ask, Block, Deny, Resume, Rewrite } from "./verdicts.ts";

export interface PromptEvent {
  readonly session: string;
  readonly cwd: string;
  readonly content: readonly ContentBlock[];
  readonly source: "person" | "hook" | "agent" | "cron";
}

export interface CallEvent {
  readonly call: ToolCallView;
  /** The opinions given so far, in order. */
  readonly opinions: readonly Opinion[];
}

export interface JudgedEvent extends CallEvent {
  readonly verdict: "allow" | "deny";
  /** The id of the option the person chose, when one was asked. */
  readonly answer?: string;
}

export interface ResultEvent {
  readonly call: ToolCallView;
  readonly result: ToolResult;
  readonly ms: number;
}

export interface FailureEvent extends ResultEvent {
  readonly cause: "threw" | "failed" | "timeout" | "aborted";
  readonly code: string;
  readonly message: string;
}

export interface CompactEvent {
  readonly session: string;
  readonly cwd: string;
  readonly trigger: "auto" | "manual";
  readonly tokens: number;
}

export interface CompactedEvent extends CompactEvent {
  readonly summary: string;
  readonly tokensAfter: number;
}

export interface StopEvent {
  readonly session: string;
  readonly cwd: string;
  /** How often this turn was resumed already. */
  readonly resumed: number;
  readonly reply: readonly ContentBlock[];
}

/** What an install or an uninstall is going to do; an update and a rollback count as installs. */
/** One extension that a command adds, updates, rolls back or removes. */
export interface PluginStep {
  readonly name: string;
  readonly version: string;
  /** The version that is installed now. */
  readonly from?: string;
  readonly publisher: string;
  readonly marketplace: string;
  readonly action: "add" | "update" | "rollback" | "remove";
  readonly tier: Tier;
  readonly permissions: Readonly<Record<string, unknown>>;
  /** Name to version. */
  readonly dependencies: Readonly<Record<string, string>>;
}

/** What is about to happen to one extension, and to all that change with it. */
export interface PluginEvent extends Pick<PluginStep, "name" | "version" | "publisher" | "marketplace" | "action" | "permissions"> {
  /** Everything the command changes, in its order; this one is among it. */
  readonly plan: readonly PluginStep[];
}

export interface PluginDoneEvent extends PluginEvent {
  readonly error?: { readonly code: string; readonly message: string };
}

type Nothing = undefined;

/** Per event and stage: what the tap is given, and what it may answer besides nothing. */
export interface Hooks {
  UserPromptSubmit: { guard: [PromptEvent, Block]; rewrite: [PromptEvent, Rewrite<readonly ContentBlock[]>]; observe: [PromptEvent, Nothing] };
  PreToolUse: {
    guard: [CallEvent, Block];
    rewrite: [CallEvent, Rewrite<Readonly<Record<string, unknown>>>];
    decide: [CallEvent, Allow | Ask | Deny];
    observe: [JudgedEvent, Nothing];
  };
  PostToolUse: { rewrite: [ResultEvent, Rewrite<ToolResult>]; observe: [ResultEvent, Nothing] };
  PostToolUseFailure: { rewrite: [FailureEvent, Rewrite<ToolResult>]; observe: [FailureEvent, Nothing] };
  PreCompact: { guard: [CompactEvent, Block]; observe: [CompactEvent, Nothing] };
  PostCompact: { observe: [CompactedEvent, Nothing] };
  Stop: { decide: [StopEvent, Resume]; observe: [StopEvent, Nothing] };
  PrePluginInstall: { guard: [PluginEvent, Block]; observe: [PluginEvent, Nothing] };
  PostPluginInstall: { observe: [PluginDoneEvent, Nothing] };
  PrePluginUninstall: { guard: [PluginEvent, Block]; observe: [PluginEvent, Nothing] };
  PostPluginUninstall: { observe: [PluginDoneEvent, Nothing] };
}

export type HookName = keyof Hooks;
export type StageOf<E extends HookName> = keyof Hooks[E] & string;
export type EventOf<E extends HookName, S extends StageOf<E>> = Hooks[E][S] extends [infer V, unknown] ? V : never;
export type AnswerOf<E extends HookName, S extends StageOf<E>> = Hooks[E][S] extends [unknown, infer A] ? A : never;

/** One extension's hand in an event. Answers nothing to leave it as it is; the signal ends with the event's time. */
export type Tap<E extends HookName, S extends StageOf<E>> = (event: EventOf<E, S>, signal: AbortSignal) => Promise<AnswerOf<E, S> | undefined | void>;
