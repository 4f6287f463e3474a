import type { Extension, Logger } from "../define.ts";
import { ClawError } from "../errors.ts";
import type { HookBus } from "../hooks/bus.ts";
import { failure, guarded } from "../hooks/guarded.ts";
import type { Scope } from "../registry/scope.ts";
import type { ServiceRegistry } from "../registry/service.ts";
import type { SlotRegistry } from "../registry/slot.ts";
import { createContext } from "./context.ts";
import type { FaultLedger } from "./fault.ts";
import { usesOf } from "./manifest.ts";
import type { Plan, PlannedExtension } from "./plan.ts";
import type { Trace } from "./trace.ts";

/** An extension that does not finish `activate` in this time has failed. */
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
  readonly #awake = new Map<string, Promise<void>>();

  /** The parts are asked for late: registries and activator need each other. */
  constructor(parts: () => ActivatorParts) {
    this.#parts = parts;
  }

  wake(id: string, why: string): Promise<void> {
    const known = this.#awake.get(id);
    if (known !== undefined) return known;
    const parts = this.#parts();
    const extension = parts.plan.extensions.find((one) => one.id === id);
    const waking = extension === undefined ? Promise.reject(missing(id)) : activate(extension, why, parts);
    // Whoever asked gets the rejection; a second one nobody waits for must not end the process.
    waking.catch(() => undefined);
    this.#awake.set(id, waking);
    return waking;
  }

  isAwake(id: string): boolean {
    return this.#awake.has(id);
  }
}

async function activate(extension: PlannedExtension, why: string, parts: ActivatorParts): Promise<void> {
  const { id } = extension;
  const { trace } = parts;
  const atMs = trace.elapsed();
  const marks = [atMs];
  const scope = parts.scope.child(id);
  try {
    for (const use of usesOf(extension.manifest)) {
      if (parts.services.known(use.id)) await optionally(use.optional, () => parts.services.get(use.id, id));
    }
    marks.push(trace.elapsed());
    const exported = branded(id, await parts.load(extension));
    marks.push(trace.elapsed());
    const context = createContext({ extension, scope, slots: parts.slots, services: parts.services, bus: parts.bus, log: parts.log(id) });
    await guarded({ extension: id, at: "activate", timeoutMs: activateDeadlineMs, signal: parts.scope.signal, run: () => exported.activate(context) });
    record();
  } catch (error) {
    const cause = ClawError.is(error) ? error : failure(id, "load", error);
    record(cause.message);
    await scope.close();
    if (!parts.scope.signal.aborted) parts.faults.record(id, "activate", cause, undefined);
    throw cause;
  }

  function record(failed?: string): void {
    const [began = atMs, served = trace.elapsed(), loaded = trace.elapsed()] = marks;
    trace.record({ extension: id, why, atMs, servicesMs: served - began, loadMs: loaded - served, activateMs: trace.elapsed() - loaded, ...(failed === undefined ? {} : { failed }) });
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

const missing = (id: string): ClawError => new ClawError("EXTENSION_HELD_BACK", `${id} is not in the plan`, { extension: id, why: "held back" }, { fix: "claw doctor" });
