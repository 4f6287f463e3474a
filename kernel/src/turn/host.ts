import type { Compactor, SystemPrompt } from "../contracts/compactor.ts";
import type { Asker } from "../contracts/frontend.ts";
import type { ContentBlock } from "../contracts/message.ts";
import type { Models, ResolvedModel } from "../contracts/model.ts";
import type { LimitName, SessionStore } from "../contracts/session.ts";
import type { HookBus } from "../hooks/bus.ts";
import type { Session } from "../session.ts";
import type { Toolbox } from "./toolbox.ts";

/** What a turn may cost. Absent means without limit; steps and time count for one turn, tokens and money for this process's turns of the session. */
export interface Limits {
  /** Model requests. */
  readonly steps?: number;
  readonly seconds?: number;
  readonly tokens?: number;
  readonly usd?: number;
}

/** Everything a turn needs and an extension can change. */
export interface TurnHost {
  readonly bus: HookBus;
  readonly toolbox: Toolbox;
  readonly store: SessionStore;
  readonly limits: Limits;
  models(): Promise<Models>;
  compactor(): Promise<Compactor | undefined>;
  systemPrompt(): Promise<SystemPrompt | undefined>;
  asker(): Asker | undefined;
  /** Whether an extension's `allow` counts. */
  mayAllow(extension: string): boolean;
  /** An extension's code failed, or worked. */
  fault(extension: string, where: string, error: unknown, session: string): void;
  success(extension: string): void;
  isSuspended(extension: string): boolean;
  /** Milliseconds from anywhere. */
  clock(): number;
  /** An id for a call that came without one of its own. */
  newCallId(): string;
  /** The model of a session, found once a turn. */
  model(session: Session, signal: AbortSignal): Promise<ResolvedModel>;
  /** Prompts that came while this turn ran. */
  takeQueued(session: Session): readonly QueuedPrompt[];
  hasQueued(session: Session): boolean;
}

export interface QueuedPrompt {
  readonly content: readonly ContentBlock[];
  readonly source: "person" | "hook" | "agent" | "cron";
}

/** Which limit a turn has reached before its next step, if any. Time is kept by the turn's own signal. */
export function limitReached(limits: Limits, session: Session, step: number): LimitName | undefined {
  if (limits.steps !== undefined && step >= limits.steps) return "steps";
  if (limits.tokens !== undefined && session.spent.tokens >= limits.tokens) return "tokens";
  if (limits.usd !== undefined && session.spent.usd >= limits.usd) return "money";
  return undefined;
}
