import { AsyncSeriesBailHook, AsyncSeriesHook, AsyncSeriesWaterfallHook } from "tapable";
import type { StageRule } from "./table.ts";

/** One tap as a point runs it: already guarded, so that it never throws. */
export interface PointTap {
  readonly extension: string;
  /** The place of its extension in the plan; taps run in this order. */
  readonly order: number;
  run(event: unknown, last: unknown): Promise<unknown>;
}

type Compiled = (event: unknown, initial: unknown) => Promise<unknown>;

/**
 * One stage of one event: a sorted list of taps, compiled to a new tapable hook whenever the list has changed. tapable
 * cannot take a tap away; a hook that is thrown away can, and a call in flight keeps the one it started with.
 */
export class HookPoint {
  readonly #rule: StageRule;
  readonly #name: string;
  #taps: readonly PointTap[] = [];
  #compiled: Compiled | undefined;

  constructor(name: string, rule: StageRule) {
    this.#name = name;
    this.#rule = rule;
  }

  add(tap: PointTap): () => void {
    this.#change([...this.#taps, tap].sort((a, b) => a.order - b.order));
    return () => this.#change(this.#taps.filter((other) => other !== tap));
  }

  /** Runs the taps. Answers the first answer (bail), the last value (waterfall, from `initial`), or nothing (series). */
  fire(event: unknown, initial?: unknown): Promise<unknown> {
    if (this.#taps.length === 0) return Promise.resolve(this.#rule.shape === "waterfall" ? initial : undefined);
    this.#compiled ??= compile(this.#name, this.#rule, this.#taps);
    return this.#compiled(event, initial);
  }

  #change(taps: readonly PointTap[]): void {
    this.#taps = taps;
    this.#compiled = undefined;
  }
}

function compile(name: string, rule: StageRule, taps: readonly PointTap[]): Compiled {
  switch (rule.shape) {
    case "bail": {
      const hook = new AsyncSeriesBailHook<[unknown], unknown>(["event"], name);
      for (const tap of taps) hook.tapPromise(tap.extension, (event) => tap.run(event, undefined));
      return (event) => hook.promise(event);
    }
    case "waterfall": {
      const hook = new AsyncSeriesWaterfallHook<[unknown, unknown]>(["last", "event"], name);
      for (const tap of taps) hook.tapPromise(tap.extension, (last, event) => tap.run(event, last) as Promise<never>);
      return (event, initial) => hook.promise(initial, event);
    }
    case "series": {
      const hook = new AsyncSeriesHook<[unknown]>(["event"], name);
      for (const tap of taps) hook.tapPromise(tap.extension, async (event) => void (await tap.run(event, undefined)));
      return (event) => hook.promise(event);
    }
    default:
      return rule.shape satisfies never;
  }
}
