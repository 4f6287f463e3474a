import { ClawError } from "../errors.ts";
import { messageOf } from "../failure-message.ts";
import { deepFreeze } from "../plain-data.ts";
import { unlessAborted } from "../unless-aborted.ts";
import { soundAnswer } from "./answers.ts";
import type { AnswerOf, EventOf, HookName, StageOf } from "./events.ts";
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
  /** Whether an extension has come through its activation. */
  readonly isAwake: (extension: string) => boolean;
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
    if (typeof tap !== "function") throw new ClawError("EXTENSION_FAILED", `${extension}: hook ${event} ${stage} must be a function`, { extension, at: key });
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
  async fire<E extends HookName, S extends StageOf<E>>(
    event: E,
    stage: S,
    payload: EventOf<E, S>,
    signal: AbortSignal,
    spent?: ReadonlySet<string>,
  ): Promise<Answered<AnswerOf<E, S>> | undefined> {
    if (!this.has(event, stage)) return undefined;
    const fired = await this.#prepare(event, stage, payload, { rule: ruleOf(event, stage), signal, spent });
    const lost = fired.lost[0];
    if (lost !== undefined) return lost as Answered<AnswerOf<E, S>>;
    return (await this.#pointOf(event, stage).fire(fired)) as Answered<AnswerOf<E, S>> | undefined;
  }

  /** Fires a `waterfall` stage: `next` makes the payload the following tap sees out of what was answered so far. */
  async gather<E extends HookName, S extends StageOf<E>>(
    event: E,
    stage: S,
    next: (answers: readonly Answered<AnswerOf<E, S>>[]) => EventOf<E, S>,
    signal: AbortSignal,
  ): Promise<readonly Answered<AnswerOf<E, S>>[]> {
    if (!this.has(event, stage)) return [];
    const fired = await this.#prepare(event, stage, next([]), { rule: ruleOf(event, stage), signal });
    const answers = await this.#pointOf(event, stage).fire({ ...fired, next: next as Fired["next"] }, fired.lost);
    return answers as readonly Answered<AnswerOf<E, S>>[];
  }

  /** Wakes the taps that match. A tap whose extension cannot be woken, or does not tap, is lost: its fault policy answers for it. */
  async #prepare(event: HookName, stage: string, payload: unknown, state: FireState): Promise<Fired> {
    const lost: Answered<unknown>[] = [];
    const fired: Fired = { payload: deepFreeze(payload), state, tool: toolOf(payload), session: sessionOf(payload), lost };
    const { rule, signal } = state;
    const key = `${event} ${stage}`;
    for (const tap of this.#declared.get(key) ?? []) {
      if (!matches(tap.match, fired.tool)) continue;
      try {
        this.#requireActive(tap);
        if (!this.#options.isAwake(tap.extension)) await unlessAborted(this.#options.wake(tap.extension, key), signal);
        // Who watches may have no wish to; who decides must not be left out.
        if (rule.fault !== "skip" && !this.#filled.has(`${key} ${tap.extension}`)) {
          throw new ClawError("EXTENSION_FAILED", `${tap.extension} declares ${key} but does not tap it`, { extension: tap.extension, at: key });
        }
      } catch (error) {
        const answer = this.#fault(tap, rule, error, fired);
        if (answer !== undefined) lost.push(answer);
      }
    }
    return fired;
  }

  async #run(declared: DeclaredTap, tap: AnyTap, fired: Fired, last: unknown): Promise<unknown> {
    const waterfall = fired.next !== undefined;
    const answers = (last ?? []) as readonly Answered<unknown>[];
    const pass = waterfall ? answers : undefined;
    if (!matches(declared.match, fired.tool) || fired.state.spent?.has(declared.extension) === true) return pass;
    const { rule, signal } = fired.state;
    const { extension, event, stage } = declared;
    let answered: Answered<unknown> | undefined;
    try {
      this.#requireActive(declared);
      const payload = fired.next === undefined ? fired.payload : deepFreeze(fired.next(answers as never));
      const raw = await guarded({
        extension,
        at: `${event} ${stage}`,
        timeoutMs: declared.timeoutMs ?? rule.timeoutMs,
        signal,
        run: (own) => tap(payload as never, own),
      });
      const answer = soundAnswer(extension, event, stage, rule, raw);
      this.#options.onSuccess(extension);
      if (answer !== undefined) answered = { author: extension, answer };
    } catch (error) {
      answered = this.#fault(declared, rule, error, fired);
    }
    if (answered === undefined) return pass;
    return waterfall ? [...answers, answered] : answered;
  }

  #requireActive({ extension }: DeclaredTap): void {
    if (this.#options.isSuspended(extension)) throw new ClawError("EXTENSION_SUSPENDED", `${extension} failed too often and is suspended`, { extension });
  }

  /** What a fault answers in its tap's place. An abort is no fault: it goes on up. */
  #fault(tap: DeclaredTap, rule: StageRule, error: unknown, { session, state }: Fired): Answered<unknown> | undefined {
    if (state.signal.aborted) throw error;
    if (!ClawError.is(error, "EXTENSION_SUSPENDED")) this.#options.onFault(tap.extension, `${tap.event} ${tap.stage}`, error, session);
    return faultAnswer(tap, rule, error);
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
  /** What the fault policies of lost taps answered. */
  readonly lost: readonly Answered<unknown>[];
}

function ruleOf(event: HookName, stage: string): StageRule {
  const rule = hookTable[event][stage];
  if (rule === undefined) throw new ClawError("E_UNDECLARED", `${event} has no stage "${stage}"`, { extension: "", what: `${event} ${stage}` });
  return rule;
}

function faultAnswer(tap: DeclaredTap, rule: StageRule, error: unknown): Answered<unknown> | undefined {
  const reason = `${tap.extension} could not answer ${tap.event}: ${messageOf(error)}`;
  switch (rule.fault) {
    case "block":
      return { author: tap.extension, answer: { action: "block", reason } };
    case "ask":
      return { author: tap.extension, answer: { action: "ask", reason } };
    case "skip":
      return undefined;
    default:
      return rule.fault satisfies never;
  }
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
