import { AskerService, SessionStoreService } from "./contracts/tokens.ts";
import type { Compactor, SystemPrompt } from "./contracts/compactor.ts";
import type { Asker, Client, Command, Question } from "./contracts/frontend.ts";
import type { Models } from "./contracts/model.ts";
import type { SessionStore } from "./contracts/session.ts";
import { Sessions } from "./client.ts";
import { ClawError } from "./errors.ts";
import { Exports } from "./exports.ts";
import type { Logger } from "./define.ts";
import { Activator } from "./extension/activate.ts";
import { type Fault, FaultLedger } from "./extension/fault.ts";
import type { Plan, PlannedExtension } from "./extension/plan.ts";
import { Trace, type Wake } from "./extension/trace.ts";
import { HookBus } from "./hooks/bus.ts";
import { runningExtension } from "./hooks/guarded.ts";
import { type PluginHooks, pluginHooks } from "./install.ts";
import { type Holding, Scope } from "./registry/scope.ts";
import { ServiceRegistry } from "./registry/service.ts";
import { SlotRegistry } from "./registry/slot.ts";
import type { Limits, TurnHost } from "./turn/host.ts";
import { Toolbox } from "./turn/toolbox.ts";

export interface KernelOptions {
  readonly plan: Plan;
  /** The default export of an extension's main file, its bytes verified. */
  readonly load: (extension: PlannedExtension) => Promise<unknown>;
  /** Services that the host gives itself, by id. */
  readonly services: Readonly<Record<string, unknown>>;
  readonly version: string;
  readonly now: () => Date;
  /** Milliseconds from anywhere, for durations. */
  readonly clock: () => number;
  /** A new UUID; version 7, so that sessions sort by age. */
  readonly id: () => string;
  readonly limits?: Limits;
  /** The tools offered to the model, by name or alias; all when absent. */
  readonly tools?: readonly string[];
  /** What `~` means in a tool's paths. */
  readonly home?: string;
  readonly log?: (extension: string, level: "info" | "warn", message: string) => void;
}

/** A kernel that runs: sessions for front-ends, and what `claw doctor` wants to know. */
export interface Kernel extends AsyncDisposable {
  readonly client: Client;
  readonly plan: Plan;
  readonly plugins: PluginHooks;
  /** Who is asked from now on. */
  setAsker(asker: Asker | undefined): void;
  /** Wakes one extension, whether anything needs it or not. */
  wake(extension: string): Promise<void>;
  /** The names of a slot: front-ends, commands, tools. */
  names(slot: string): readonly string[];
  /** An entry of a slot, its owner awake; undefined when nobody declares it. */
  entry<T>(slot: string, name: string): Promise<T | undefined>;
  /** What is wrong with an input for a tool, one line each. Throws TOOL_UNKNOWN. */
  inputProblems(tool: string, input: unknown): Promise<readonly string[]>;
  /** A service, its owner awake. Throws SERVICE_MISSING. */
  service<T>(id: string): Promise<T>;
  /** Attributes an error nobody caught to the extension whose code was running, if one was. */
  stray(error: unknown): Fault | undefined;
  readonly wakes: readonly Wake[];
  readonly faults: readonly Fault[];
  held(): Holding;
  close(): Promise<readonly unknown[]>;
}

/** Plan, store and clock in; client, services and trace out. Nothing wakes before it is needed. */
export function createKernel(options: KernelOptions): Kernel {
  const { plan } = options;
  const scope = new Scope("kernel");
  const trace = new Trace(options.clock);
  const activator = new Activator(() => ({ plan, load: options.load, scope, slots, services, bus, trace, faults, log: loggerOf(options) }));
  const wake = (extension: string, why: string): Promise<void> => activator.wake(extension, why);
  const isAwake = (extension: string): boolean => activator.isAwake(extension);
  const slots = new SlotRegistry(wake, isAwake);
  const services = new ServiceRegistry(wake, isAwake);
  const faults = new FaultLedger((fault, session) => {
    options.log?.(fault.extension, "warn", `${fault.where}: ${fault.message}`);
    if (session !== undefined) sessions.aside(session, { type: "fault", ...fault });
  });
  const bus = new HookBus({
    wake,
    isAwake,
    isSuspended: (id) => faults.isSuspended(id),
    onSuccess: (id) => faults.succeed(id),
    onFault: (extension, where, error, session) => void faults.record(extension, where, error, session),
  });
  const dynamic = declare(plan, slots, services, bus);
  const toolbox = new Toolbox({
    slots,
    wakeDynamic: async () => void (await Promise.allSettled(dynamic.map((id) => wake(id, "tools known at run time")))),
    ...(options.tools === undefined ? {} : { offered: options.tools }),
    ...(options.home === undefined ? {} : { home: options.home }),
  });
  const tiers = new Map(plan.extensions.map(({ id, tier }) => [id, tier]));
  const optional = async <T>(id: string): Promise<T | undefined> => (services.known(id) ? ((await services.get(id, "the kernel")) as T) : undefined);
  const models = async (): Promise<Models> => (await services.get("models", "the kernel")) as Models;

  const exports = new Exports(slots, faults);
  let host: TurnHost | undefined;
  const open = scope.child("sessions");
  const sessions = new Sessions({
    host: async () => (host ??= await turnHost()),
    scope: open,
    version: options.version,
    now: options.now,
    id: options.id,
    extensions: plan.extensions.map(({ id, manifest }) => ({ name: id, version: manifest.version })),
    commands: () => slots.names("command"),
    command: async (name) => (await slots.get("command", name)) as Command | undefined,
    commandOwner: (name) => slots.owner("command", name) ?? name,
  });
  const asker: Asker = { ask: async (question: Question, signal) => sessions.asker?.ask(question, signal) };
  services.fill(AskerService.id, asker);
  for (const [id, value] of Object.entries(options.services)) services.fill(id, value);

  async function turnHost(): Promise<TurnHost> {
    const store = exports.watching((await services.get(SessionStoreService.id, "the kernel")) as SessionStore);
    return {
      bus,
      toolbox,
      store,
      models,
      limits: options.limits ?? {},
      clock: options.clock,
      newCallId: () => `call_${options.id()}`,
      compactor: () => optional<Compactor>("compactor"),
      systemPrompt: () => optional<SystemPrompt>("system-prompt"),
      asker: () => sessions.asker,
      mayAllow: (extension) => tiers.get(extension) === "trusted",
      fault: (extension, where, error, session) => void faults.record(extension, where, error, session),
      success: (extension) => faults.succeed(extension),
      isSuspended: (extension) => faults.isSuspended(extension),
      ownerOf: (service) => services.owner(service) ?? service,
      queue: (session) => sessions.queue(session),
    };
  }

  // Turns come to their ends, and what they stored is exported, while the extensions they use are still there.
  const close = async (): Promise<readonly unknown[]> => {
    open.abort(new ClawError("SCOPE_CLOSED", "claw is closing", { scope: "kernel" }));
    const unclosed = await open.close();
    await exports.close();
    return [...unclosed, ...(await scope.close())];
  };
  return {
    client: sessions,
    plan,
    plugins: pluginHooks(bus, scope.signal),
    close,
    setAsker: (next) => void (sessions.asker = next),
    wake: (extension) => wake(extension, "asked for by the host"),
    names: (slot) => slots.names(slot),
    entry: async <T>(slot: string, name: string) => (await slots.get(slot, name)) as T | undefined,
    async inputProblems(name, input) {
      const tool = toolbox.find(name);
      if (tool === undefined) throw new ClawError("TOOL_UNKNOWN", `there is no tool "${name}"`, { tool: name, suggestions: toolbox.near(name) });
      return toolbox.problems(tool, input);
    },
    service: async <T>(id: string) => (await services.get(id, "the host")) as T,
    stray: (error) => {
      const extension = runningExtension();
      return extension === undefined ? undefined : faults.record(extension, "code nobody waited for", error, undefined);
    },
    get wakes() {
      return trace.wakes;
    },
    get faults() {
      return faults.all;
    },
    held: () => scope.describe(),
    [Symbol.asyncDispose]: async () => void (await close()),
  };
}

/** Makes every name of the plan known. Answers the extensions that claim prefixes, whose names only they know. */
function declare(plan: Plan, slots: SlotRegistry, services: ServiceRegistry, bus: HookBus): readonly string[] {
  const dynamic = new Set<string>();
  for (const { id, manifest } of plan.extensions) {
    for (const [slot, entries] of Object.entries(manifest.provides ?? {})) {
      for (const [name, about] of Object.entries(entries)) {
        if (plan.owners.get(`${slot}:${name}`) !== id) continue;
        if (slot === "service") services.declare(name, id);
        else slots.declare(slot, name, id, about);
        if (about.dynamic === true) dynamic.add(id);
      }
    }
  }
  for (const tap of plan.taps) bus.declare(tap);
  return [...dynamic];
}

function loggerOf({ log }: KernelOptions): (extension: string) => Logger {
  return (extension) => ({ info: (message) => log?.(extension, "info", message), warn: (message) => log?.(extension, "warn", message) });
}
