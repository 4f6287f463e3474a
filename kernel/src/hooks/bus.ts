import { ClawError } from "../errors.ts";
import type { AnswerOf, EventOf, HookName, StageOf } from "./events.ts";
import { deepFreeze } from "../plain-data.ts";
import { guarded } from "./guarded.ts";
import { HookPoint } from "./point.ts";
import { type StageRule, hookTable } from "./table.ts";

/** A tap as a manifest declares it, before its extension is awake. */
export interface DeclaredTap {
  readonly extension: string;
  readonly event: HookName;
  readonly stage: string;
  /** Tool names, exact or with a trailing `*`, joined by `|`; absent matches every call. */
  readonly match?: string;
  readonly timeoutMs?: number;
  readonly order: number;
}

type AnyTap = (event: never, signal: AbortSignal) => Promise<unknown>;

/** What a fault of a tap does beside its policy: somebody counts and logs it. */
export type FaultSink = (extension: string, where: string, error: unknown, session: string | undefined) => void;

export interface BusOptions {
  readonly wake: (extension: string, why: string) => Promise<void>;
  readonly onFault: FaultSink;
  readonly onSuccess: (extension: string) => void;
  readonly isSuspended: (extension: string) => boolean;
}

/** An answer with its author. */
export interface Answered<T> {
  readonly author: string;
  readonly answer: T;
}

interface FireState {
  readonly rule: StageRule;
  readonly signal: AbortSignal;
  readonly spent?: ReadonlySet<string> | undefined;
}

/** Fires the eleven events: wakes who declared a tap that matches, runs the stage's taps, and applies the fault policy. */
export class HookBus {
  readonly #declared = new Map<string, DeclaredTap[]>();
  readonly #points = new Map<string, HookPoint>();
  readonly #filled = new Set<string>();
  readonly #options: BusOptions;

  constructor(options: BusOptions) {
    this.#options = options;
  }

  declare(tap: DeclaredTap): void {
    const key = `${tap.event} ${tap.stage}`;
    this.#declared.set(key, [...(this.#declared.get(key) ?? []), tap]);
  }

  /** Gives a declared tap its function. */
  fill(extension: string, event: HookName, stage: string, tap: AnyTap): () => void {
    const key = `${event} ${stage}`;
    const declared = this.#declared.get(key)?.find((one) => one.extension === extension);
    if (declared === undefined) {
      throw new ClawError("E_UNDECLARED", `${extension}: hook ${event} ${stage} is not declared in extension.json`, { extension, what: key });
    }
    const remove = this.#pointOf(event, stage).add({
      extension,
      order: declared.order,
      run: (fired, last) => this.#run(declared, tap, fired as Fired, last),
    });
    this.#filled.add(`${key} ${extension}`);
    return () => {
      this.#filled.delete(`${key} ${extension}`);
      remove();
    };
  }

  /** Whether anybody taps a stage; nobody costs nothing. */
  has(event: HookName, stage: string): boolean {
    return this.#declared.has(`${event} ${stage}`);
  }

  /** Fires a `bail` or `series` stage; the first answer, or a fault's `block`. `spent` names who may not answer again. */
  async fire<E extends HookName, S extends StageOf<E>>(event: E, stage: S, payload: EventOf<E, S>, signal: AbortSignal, spent?: ReadonlySet<string>): Promise<Answered<AnswerOf<E, S>> | undefined> {
    if (!this.has(event, stage)) return undefined;
    const fired = await this.#prepare(event, stage, payload, { rule: ruleOf(event, stage), signal, spent });
    if (fired.lost !== undefined) return fired.lost as Answered<AnswerOf<E, S>>;
    return (await this.#pointOf(event, stage).fire(fired)) as Answered<AnswerOf<E, S>> | undefined;
  }

  /** Fires a `waterfall` stage: `next` makes the payload the following tap sees out of what was answered so far. */
  async gather<E extends HookName, S extends StageOf<E>>(event: E, stage: S, next: (answers: readonly Answered<AnswerOf<E, S>>[]) => EventOf<E, S>, signal: AbortSignal): Promise<readonly Answered<AnswerOf<E, S>>[]> {
    if (!this.has(event, stage)) return [];
    const fired = await this.#prepare(event, stage, next([]), { rule: ruleOf(event, stage), signal });
    const initial = fired.lost === undefined ? [] : [fired.lost];
    const answers = await this.#pointOf(event, stage).fire({ ...fired, next: next as Fired["next"] }, initial);
    return answers as readonly Answered<AnswerOf<E, S>>[];
  }

  /** Wakes the taps that match. A tap whose extension cannot be woken is lost: its fault policy answers for it. */
  async #prepare(event: HookName, stage: string, payload: unknown, state: FireState): Promise<Fired> {
    const fired: Fired = { payload: deepFreeze(payload), state, tool: toolOf(payload), session: sessionOf(payload) };
    for (const tap of this.#declared.get(`${event} ${stage}`) ?? []) {
      if (!matches(tap.match, fired.tool)) continue;
      try {
        if (this.#options.isSuspended(tap.extension)) {
          throw new ClawError("EXTENSION_SUSPENDED", `${tap.extension} failed too often and is suspended`, { extension: tap.extension });
        }
        if (this.#filled.has(`${event} ${stage} ${tap.extension}`)) continue;
        await this.#options.wake(tap.extension, `${event} ${stage}`);
      } catch (error) {
        if (!ClawError.is(error, "EXTENSION_SUSPENDED")) this.#options.onFault(tap.extension, `${event} ${stage}`, error, fired.session);
        const answer = faultAnswer(tap, state.rule, error);
        if (answer !== undefined) return { ...fired, lost: answer };
      }
    }
    return fired;
  }

  async #run(declared: DeclaredTap, tap: AnyTap, fired: Fired, last: unknown): Promise<unknown> {
    const waterfall = fired.next !== undefined;
    const answers = (last ?? []) as readonly Answered<unknown>[];
    const pass = waterfall ? answers : undefined;
    if (!matches(declared.match, fired.tool) || fired.state.spent?.has(declared.extension) === true) return pass;
    if (this.#options.isSuspended(declared.extension)) return pass;
    const { rule, signal } = fired.state;
    const where = `${declared.event} ${declared.stage}`;
    try {
      const payload = fired.next === undefined ? fired.payload : deepFreeze(fired.next(answers as never));
      const answer = await guarded({
        extension: declared.extension, at: where, timeoutMs: declared.timeoutMs ?? rule.timeoutMs, signal,
        run: (own) => tap(payload as never, own),
      });
      checkAnswer(declared.extension, where, rule, answer);
      this.#options.onSuccess(declared.extension);
      if (answer === undefined || rule.shape === "series") return pass;
      const authored = { author: declared.extension, answer: deepFreeze(answer) };
      return waterfall ? [...answers, authored] : authored;
    } catch (error) {
      if (signal.aborted) throw error;
      this.#options.onFault(declared.extension, where, error, fired.session);
      const answer = faultAnswer(declared, rule, error);
      if (answer === undefined) return pass;
      return waterfall ? [...answers, answer] : answer;
    }
  }

  #pointOf(event: HookName, stage: string): HookPoint {
    const key = `${event} ${stage}`;
    const point = this.#points.get(key) ?? new HookPoint(key, ruleOf(event, stage));
    this.#points.set(key, point);
    return point;
  }
}

interface Fired {
  readonly payload: unknown;
  readonly state: FireState;
  readonly tool: string | undefined;
  readonly session: string | undefined;
  readonly next?: (answers: readonly Answered<never>[]) => unknown;
  readonly lost?: Answered<unknown>;
}

function ruleOf(event: HookName, stage: string): StageRule {
  const rule = hookTable[event][stage];
  if (rule === undefined) throw new ClawError("E_UNDECLARED", `${event} has no stage "${stage}"`, { extension: "", what: `${event} ${stage}` });
  return rule;
}

function faultAnswer(tap: DeclaredTap, rule: StageRule, error: unknown): Answered<unknown> | undefined {
  const reason = `${tap.extension} could not answer ${tap.event}: ${error instanceof Error ? error.message : String(error)}`;
  switch (rule.fault) {
    case "block": return { author: tap.extension, answer: { action: "block", reason } };
    case "ask": return { author: tap.extension, answer: { action: "ask", reason } };
    case "skip": return undefined;
    default: return rule.fault satisfies never;
  }
}

function checkAnswer(extension: string, where: string, rule: StageRule, answer: unknown): void {
  if (answer === undefined || rule.shape === "series") return;
  const action = typeof answer === "object" && answer !== null ? (answer as { action?: unknown }).action : undefined;
  const { reason, text } = (answer ?? {}) as { reason?: unknown; text?: unknown };
  const sound = typeof action === "string" && rule.answers.includes(action)
    && (action === "rewrite" ? "value" in (answer as object) : action === "resume" ? typeof text === "string" : typeof reason === "string");
  if (!sound) throw new ClawError("EXTENSION_FAILED", `${extension} answered ${where} with something that is none of: ${rule.answers.join(", ")}`, { extension, at: where });
}

/** Whether a hook's `match` covers a tool; a tap without `match` sees everything. */
export function matches(match: string | undefined, tool: string | undefined): boolean {
  if (match === undefined || match === "" || match === "*") return true;
  if (tool === undefined) return false;
  return match.split("|").some((pattern) => (pattern.endsWith("*") ? tool.startsWith(pattern.slice(0, -1)) : tool === pattern));
}

function toolOf(payload: unknown): string | undefined {
  return (payload as { call?: { tool?: string } }).call?.tool;
}

function sessionOf(payload: unknown): string | undefined {
  const event = payload as { session?: string; call?: { session?: string } };
  return event.session ?? event.call?.session;
}
