import type { Extension, Logger } from "../define.ts";
import { ClawError } from "../errors.ts";
import type { HookBus } from "../hooks/bus.ts";
import { failure, guarded, inNameOf, runningExtension } from "../hooks/guarded.ts";
import type { Scope } from "../registry/scope.ts";
import type { ServiceRegistry } from "../registry/service.ts";
import type { SlotRegistry } from "../registry/slot.ts";
import { createContext } from "./context.ts";
import type { FaultLedger } from "./fault.ts";
import { usesOf } from "./manifest.ts";
import type { Plan, PlannedExtension } from "./plan.ts";
import type { Trace } from "./trace.ts";

/** An extension whose code is not there, or whose `activate` is not through, in this time has failed. */
const loadDeadlineMs = 10_000;
const activateDeadlineMs = 10_000;

export interface ActivatorParts {
  readonly plan: Plan;
  /** The default export of an extension's main file, once its bytes are verified. */
  readonly load: (extension: PlannedExtension) => Promise<unknown>;
  readonly scope: Scope;
  readonly slots: SlotRegistry;
  readonly services: ServiceRegistry;
  readonly bus: HookBus;
  readonly trace: Trace;
  readonly faults: FaultLedger;
  readonly log: (extension: string) => Logger;
}

/** Wakes extensions on first use: each once, its services first. */
export class Activator {
  readonly #parts: () => ActivatorParts;
  readonly #all = new Map<string, Promise<void>>();
  /** Those that activate, and whom each has woken meanwhile and not yet seen awake. */
  readonly #waitsFor = new Map<string, Set<string>>();
  readonly #awake = new Set<string>();

  /** The parts are asked for late: registries and activator need each other. */
  constructor(parts: () => ActivatorParts) {
    this.#parts = parts;
  }

  /** Whether an extension has come through its activation. */
  isAwake(id: string): boolean {
    return this.#awake.has(id);
  }

  wake(id: string, why: string): Promise<void> {
    const by = runningExtension();
    const waitsFor = by === undefined || this.#awake.has(id) ? undefined : this.#waitsFor.get(by);
    if (by === undefined || waitsFor === undefined) return this.#wake(id, why);
    // What it has given is there for itself.
    if (by === id) return Promise.resolve();
    if (this.#isWaiting(id, by)) return Promise.reject(circle(by, id));
    waitsFor.add(id);
    return this.#wake(id, why).finally(() => waitsFor.delete(id));
  }

  #wake(id: string, why: string): Promise<void> {
    const known = this.#all.get(id);
    if (known !== undefined) return known;
    const parts = this.#parts();
    const extension = parts.plan.extensions.find((one) => one.id === id);
    this.#waitsFor.set(id, new Set());
    const waking = Promise.resolve()
      .then(() => inNameOf(id, () => (extension === undefined ? Promise.reject(missing(id)) : activate(extension, why, parts))))
      .then(() => void this.#awake.add(id))
      .finally(() => this.#waitsFor.delete(id));
    // Whoever asked gets the rejection; a second one nobody waits for must not end the process.
    waking.catch(() => undefined);
    this.#all.set(id, waking);
    return waking;
  }

  /** Whether one that activates waits for another, through whomever. */
  #isWaiting(id: string, other: string): boolean {
    const next = [...(this.#waitsFor.get(id) ?? [])];
    return next.includes(other) || next.some((one) => this.#isWaiting(one, other));
  }
}

async function activate(extension: PlannedExtension, why: string, parts: ActivatorParts): Promise<void> {
  const { id } = extension;
  const { trace } = parts;
  const { signal } = parts.scope;
  const atMs = trace.elapsed();
  const marks = [atMs];
  let scope: Scope | undefined;
  try {
    for (const use of usesOf(extension.manifest)) {
      if (parts.services.known(use.id)) await optionally(use.optional, () => parts.services.get(use.id, id));
    }
    // Made after the scopes of the services it uses: what is younger is closed first.
    scope = parts.scope.child(id);
    marks.push(trace.elapsed());
    const exported = branded(id, await guarded({ extension: id, at: "load", timeoutMs: loadDeadlineMs, signal, run: () => parts.load(extension) }));
    marks.push(trace.elapsed());
    const context = createContext({ extension, scope, slots: parts.slots, services: parts.services, bus: parts.bus, faults: parts.faults, log: parts.log(id) });
    await guarded({ extension: id, at: "activate", timeoutMs: activateDeadlineMs, signal, run: () => exported.activate(context) });
    record();
  } catch (error) {
    const cause = ClawError.is(error) ? error : failure(id, "load", error);
    record(cause.message);
    await scope?.close();
    if (!signal.aborted) parts.faults.record(id, "activate", cause, undefined);
    throw cause;
  }

  function record(failed?: string): void {
    const [began = atMs, served = trace.elapsed(), loaded = trace.elapsed()] = marks;
    trace.record({
      extension: id,
      why,
      atMs,
      servicesMs: served - began,
      loadMs: loaded - served,
      activateMs: trace.elapsed() - loaded,
      ...(failed === undefined ? {} : { failed }),
    });
  }
}

async function optionally(optional: boolean, get: () => Promise<unknown>): Promise<void> {
  try {
    await get();
  } catch (error) {
    if (!optional) throw error;
  }
}

function branded(id: string, exported: unknown): Extension {
  const extension = exported as Partial<Extension> | undefined;
  if (typeof extension === "object" && extension !== null && extension.api === 1 && typeof extension.activate === "function") return extension as Extension;
  throw new ClawError("EXTENSION_FAILED", `${id}: its main file's default export is not made by defineExtension for api 1`, { extension: id, at: "load" });
}

const circle = (by: string, id: string): ClawError =>
  new ClawError("EXTENSION_FAILED", `${by} and ${id} wake each other while they activate; one of them has to wait until it is used`, {
    extension: by,
    at: "activate",
  });

const missing = (id: string): ClawError =>
  new ClawError("EXTENSION_HELD_BACK", `${id} is not in the plan`, { extension: id, why: "held back" }, { fix: "claw doctor" });
