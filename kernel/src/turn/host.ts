import type { Compactor, SystemPrompt } from "../contracts/compactor.ts";
import type { Asker } from "../contracts/frontend.ts";
import type { ContentBlock } from "../contracts/message.ts";
import type { Models, ResolvedModel } from "../contracts/model.ts";
import type { LimitName, ReplyEntry, SessionStore } from "../contracts/session.ts";
import { ClawError } from "../errors.ts";
import type { HookBus } from "../hooks/bus.ts";
import { isRecord } from "../plain-data.ts";
import type { Session } from "../session.ts";
import { unlessAborted } from "../unless-aborted.ts";
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
  /** The name to put to what a service does: its owner's, or its own when it is the program's. */
  ownerOf(service: string): string;
  /** Prompts that came while a turn ran, the oldest first; a turn takes off what it has stored. */
  queue(session: Session): QueuedPrompt[];
}

export interface QueuedPrompt {
  readonly content: readonly ContentBlock[];
  readonly source: "person" | "hook" | "agent" | "cron";
}

/** The model a session uses, found once a turn. Throws when `models` answers with something that is none. */
export async function resolvedModel(models: Models, session: Session, signal: AbortSignal): Promise<ResolvedModel> {
  const address = session.setting("model");
  const model: unknown = await unlessAborted(models.resolve(typeof address === "string" ? address : undefined, signal), signal);
  const info = isRecord(model) ? model["info"] : undefined;
  if (isRecord(model) && typeof model["address"] === "string" && isRecord(info) && typeof info["contextWindow"] === "number")
    return model as unknown as ResolvedModel;
  throw new ClawError("EXTENSION_FAILED", 'the service "models" answered resolve with something that is no model', { extension: "models", at: "resolve" });
}

/** A limit of money must not seem to hold where nobody knows what a token costs. */
export function checkBudget({ usd }: Limits, { address, info }: ResolvedModel): void {
  if (usd !== undefined && info.price === undefined) throw priceUnknown(address, usd);
}

/** The same for the model that answered, which a fallback makes another one. */
export function checkPaid({ usd }: Limits, { usage, model }: ReplyEntry): void {
  if (usd !== undefined && usage !== undefined && usage.costUsd === undefined) throw priceUnknown(model, usd);
}

const priceUnknown = (address: string, usd: number): ClawError =>
  new ClawError(
    "PRICE_UNKNOWN",
    `${address} has no known price, so a limit of ${usd} dollars cannot be kept`,
    { model: address },
    { fix: "limit its tokens instead (--max-tokens), or choose a model with a price" },
  );

/** Which limit a turn has reached before its next step, if any. Time is kept by the turn's own signal. */
export function limitReached({ steps, tokens, usd }: Limits, { spent }: Session, step: number): ReachedLimit | undefined {
  if (steps !== undefined && step >= steps) return { limit: "steps", message: `the turn has made the ${steps} requests to the model that it may` };
  if (tokens !== undefined && spent.tokens >= tokens)
    return { limit: "tokens", message: `the run has used ${spent.tokens} tokens, and its limit is ${tokens}` };
  if (usd !== undefined && spent.usd >= usd) return { limit: "money", message: `the run has cost ${dollars(spent.usd)}, and its budget is ${dollars(usd)}` };
  return undefined;
}

interface ReachedLimit {
  readonly limit: LimitName;
  readonly message: string;
}

const dollars = (usd: number): string => `$${usd < 0.01 ? Number(usd.toPrecision(2)) : usd.toFixed(2)}`;
