import type { Service, Slot } from "../contracts/tokens.ts";
import type { Closable, ExtensionContext, Logger, SlotView } from "../define.ts";
import { ClawError } from "../errors.ts";
import type { HookBus } from "../hooks/bus.ts";
import type { HookName } from "../hooks/events.ts";
import type { Scope } from "../registry/scope.ts";
import type { ServiceRegistry } from "../registry/service.ts";
import type { SlotRegistry } from "../registry/slot.ts";
import { deepFreeze, isRecord, plainCopy } from "../plain-data.ts";
import type { FaultLedger } from "./fault.ts";
import { usesOf } from "./manifest.ts";
import type { PlannedExtension } from "./plan.ts";
import { requireShape } from "./shape.ts";

export interface ContextParts {
  readonly extension: PlannedExtension;
  readonly scope: Scope;
  readonly slots: SlotRegistry;
  readonly services: ServiceRegistry;
  readonly bus: HookBus;
  readonly faults: FaultLedger;
  readonly log: Logger;
}

/** A context: what one extension may do, and nothing its manifest does not declare. */
export function createContext(parts: ContextParts): ExtensionContext {
  const { extension, scope } = parts;
  const context = {
    id: extension.id,
    config: deepFreeze(extension.config),
    log: parts.log,
    signal: scope.signal,
    on: (event: HookName, stage: string, tap: never): void => {
      scope.check();
      scope.own(parts.bus.fill(extension.id, event, stage, tap));
    },
    provide: (token: Slot<string, unknown> | Service<string, unknown>, ...rest: readonly unknown[]): void => {
      scope.check();
      if (token.kind === "service") provideService(parts, token.id, rest[0]);
      else provideEntry(parts, token.id, rest[0] as string, rest[1]);
    },
    use: (token: Slot<string, unknown> | Service<string, unknown>): unknown => use(parts, token),
    own: <R extends Closable>(resource: R): R => scope.own(resource),
  };
  return Object.freeze(context) as unknown as ExtensionContext;
}

function provideService({ extension, scope, services }: ContextParts, id: string, value: unknown): void {
  if (extension.manifest.provides?.["service"]?.[id] === undefined) throw undeclared(extension.id, `service "${id}"`);
  if (extension.yielded.includes(`service:${id}`)) return;
  requireShape(extension.id, "service", id, value);
  scope.own(services.fill(id, value, extension.id));
}

function provideEntry(parts: ContextParts, slot: string, name: string, value: unknown): void {
  const { extension, scope, slots, faults } = parts;
  const declared = extension.manifest.provides?.[slot] ?? {};
  if (extension.yielded.includes(`${slot}:${name}`)) return;
  if (Object.hasOwn(declared, name)) {
    requireShape(extension.id, slot, name, value);
    scope.own(slots.fill(slot, name, extension.id, value));
    return;
  }
  const claim = Object.entries(declared).find(([key, about]) => about.dynamic === true && name.startsWith(key.slice(0, -1)));
  if (claim === undefined) throw undeclared(extension.id, `${slot} "${name}"`);
  try {
    provideDynamic(parts, slot, name, value);
  } catch (error) {
    // What a server offers is not its extension's doing: one bad name costs that name.
    faults.note(extension.id, `${slot} ${name}`, error);
  }
}

const effects: ReadonlySet<unknown> = new Set(["none", "read", "write", "execute", "network"]);

function provideDynamic({ extension, scope, slots }: ContextParts, slot: string, name: string, value: unknown): void {
  const { run, ...said } = (isRecord(value) ? value : {}) as Readonly<Record<string, unknown>>;
  const given = slot === "tool" ? run : value;
  requireShape(extension.id, slot, name, given);
  const about = plainCopy({ effect: "execute", ...said, dynamic: true });
  if (slot === "tool" && (!effects.has(about.effect) || !isRecord((about as { readonly input?: unknown }).input))) {
    throw new ClawError("EXTENSION_FAILED", `${extension.id}: tool "${name}" needs an effect and a schema of its input`, {
      extension: extension.id,
      at: `tool ${name}`,
    });
  }
  const isNew = slots.owner(slot, name) === undefined;
  const remove = slots.fill(slot, name, extension.id, given, about);
  if (isNew) scope.own(remove);
}

function use({ extension, scope, slots, services }: ContextParts, token: Slot<string, unknown> | Service<string, unknown>): SlotView<unknown> | unknown {
  scope.check();
  const declared = usesOf(extension.manifest).find(({ id }) => id === token.id);
  if (declared === undefined) throw undeclared(extension.id, `use of "${token.id}"`);
  if (token.kind === "slot") return slots.view(token.id);
  const value = services.peek(token.id);
  if (value === undefined && !declared.optional) {
    throw new ClawError("SERVICE_MISSING", `${extension.id} needs the service "${token.id}", which is not there`, { service: token.id });
  }
  return inItsName(value, extension.id);
}

/** A service that wants to know who uses it is asked for its form for that extension. */
function inItsName(service: unknown, extension: string): unknown {
  const form = (service as { readonly forExtension?: unknown } | null | undefined)?.forExtension;
  return typeof form === "function" ? form.call(service, extension) : service;
}

const undeclared = (extension: string, what: string): ClawError =>
  new ClawError("E_UNDECLARED", `${extension}: ${what} is not declared in extension.json`, { extension, what });
