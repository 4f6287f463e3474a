import { join } from "node:path";
import type { Cassette, Host, ModelEvent, ModelInfo, ModelProvider, ModelRequest, Models, SlotView } from "@claw/kernel";
import { createModels, type RouterConfig } from "../src/models.ts";
import type { Timing } from "../src/timing.ts";

export const config: RouterConfig = {
  default: "one/alpha",
  fallback: [],
  aliases: {},
  lowerEffort: false,
  retries: 4,
  patienceMs: 60_000,
  idleTimeoutMs: 600_000,
  known: [],
};
export const request: ModelRequest = { model: "one/alpha", system: [], messages: [], tools: [] };
export const info = (id: string, more: Partial<ModelInfo> = {}): ModelInfo => ({ id, contextWindow: 1000, tools: true, reasoning: false, ...more });

export interface FakeTiming extends Timing {
  /** The timers that came due, by how long they were set. */
  readonly waits: readonly number[];
  /** Timers that have been neither fired nor taken back. */
  readonly armed: number;
  /** Lets time pass, and fires what is due on the way. */
  pass(ms: number): void;
}

/** Time that stands still; with `eager` it leaps to the next timer whenever nothing else is left to do. */
export function fakeTiming({ eager = true, random = 1 }: { readonly eager?: boolean; readonly random?: number } = {}): FakeTiming {
  let now = 0;
  const waits: number[] = [];
  const timers = new Map<object, { readonly at: number; readonly ms: number; readonly callback: () => void }>();
  const pass = (ms: number): void => {
    now += ms;
    for (const [key, { at, ms: set, callback }] of timers) {
      if (at > now) continue;
      timers.delete(key);
      waits.push(set);
      callback();
    }
  };
  const leap = (): void => {
    if (timers.size > 0) pass(Math.max(0, Math.min(...[...timers.values()].map(({ at }) => at)) - now));
  };
  return {
    waits,
    pass,
    get armed() {
      return timers.size;
    },
    clock: () => now,
    random: () => random,
    after(ms, callback) {
      const key = {};
      timers.set(key, { at: now + ms, ms, callback });
      if (eager) setImmediate(leap);
      return () => void timers.delete(key);
    },
  };
}

type Attempt = (signal: AbortSignal, request: ModelRequest) => AsyncIterable<ModelEvent>;

/** A provider whose attempts are played one after the other; `asked` is what reached it. */
export function scripted(models: readonly ModelInfo[], ...attempts: readonly Attempt[]): ModelProvider & { readonly asked: readonly ModelRequest[] } {
  const asked: ModelRequest[] = [];
  return {
    asked,
    models: async () => models,
    stream(asking, signal) {
      const attempt = attempts[asked.push(asking) - 1];
      if (attempt === undefined) throw new Error(`attempt ${asked.length} is not in the script`);
      return attempt(signal, asking);
    },
  };
}

export function slotOf(
  providers: Readonly<Record<string, ModelProvider>>,
  about: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {},
): SlotView<ModelProvider> & { readonly woken: ReadonlySet<string> } {
  const woken = new Set<string>();
  return {
    woken,
    names: Object.keys(providers),
    owner: (name) => `test/${name}`,
    about: (name) => about[name],
    async get(name) {
      woken.add(name);
      return providers[name];
    },
  };
}

/** A host whose cache folder is this one; without one, it is not there. */
export function hostOf(cache: string = join(import.meta.dirname, "no-such-folder")): Host {
  const folders = { config: cache, data: cache, state: cache, cache, bin: cache };
  return { version: "1.0.0", folders, offline: false, environment: {}, trusted: true, now: () => new Date("2026-11-22T08:00:00.000Z") };
}

export interface Router {
  readonly models: Models;
  readonly timing: FakeTiming;
  readonly warnings: readonly string[];
}

export function router(
  providers: SlotView<ModelProvider>,
  more: Partial<RouterConfig> = {},
  parts: { readonly cassette?: Cassette; readonly timing?: FakeTiming; readonly cache?: string } = {},
): Router {
  const warnings: string[] = [];
  const timing = parts.timing ?? fakeTiming();
  return {
    timing,
    warnings,
    models: createModels(
      { ...config, ...more },
      { providers, cassette: parts.cassette, timing, host: hostOf(parts.cache), warn: (message) => void warnings.push(message) },
    ),
  };
}

/** What a stream says until it ends or throws. */
export async function heard(stream: AsyncIterable<ModelEvent>): Promise<{ readonly events: readonly ModelEvent[]; readonly error?: unknown }> {
  const events: ModelEvent[] = [];
  try {
    for await (const event of stream) events.push(event);
    return { events };
  } catch (error) {
    return { events, error };
  }
}

export const never = new AbortController().signal;
export const end: ModelEvent = { type: "end", reason: "stop" };
export const text = (said: string): ModelEvent => ({ type: "text-delta", text: said });

/** An attempt that says these events and then throws, when there is something to throw. */
export const says = (events: readonly ModelEvent[], error?: unknown): Attempt =>
  async function* () {
    yield* events;
    if (error !== undefined) throw error;
  };
