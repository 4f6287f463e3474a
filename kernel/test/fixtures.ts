import {
  type Contract,
  type Extension,
  type HookName,
  type ModelEvent,
  type ModelRequest,
  type Models,
  Tools,
  type TurnEvent,
  defineExtension,
} from "@claw/kernel";
import type { HookDeclaration, Manifest } from "@claw/kernel/host";
import type { EmbeddedExtension } from "@claw/testing";

type Run = (input: Readonly<Record<string, unknown>>, call: { readonly signal: AbortSignal }) => Promise<unknown>;

/** An extension with one tool of its name. */
export function toolExtension(name: string, run: Run, about: Readonly<Record<string, unknown>> = {}): EmbeddedExtension {
  const manifest: Manifest = {
    name: `test/${name.replaceAll("_", "-")}`,
    version: "1.0.0",
    engines: { claw: "^1.0.0" },
    main: "./dist/index.mjs",
    permissions: {},
    provides: { tool: { [name]: { description: `The tool ${name}`, effect: "read", input: { type: "object" }, ...about } } },
  };
  return { manifest, extension: defineExtension<Contract>((claw) => claw.provide(Tools, name, run as never)) as Extension };
}

/** An extension that taps one stage of one event. */
export function tapExtension(
  name: string,
  event: HookName,
  stage: string,
  tap: (event: never, signal: AbortSignal) => unknown,
  declaration: HookDeclaration = {},
): EmbeddedExtension {
  const manifest: Manifest = {
    name: `test/${name}`,
    version: "1.0.0",
    engines: { claw: "^1.0.0" },
    main: "./dist/index.mjs",
    permissions: {},
    hooks: { [event]: { [stage]: declaration } },
  };
  const extension: Extension = { api: 1, activate: (claw) => (claw.on as (event: string, stage: string, tap: unknown) => void)(event, stage, tap) };
  return { manifest, extension };
}

/** An extension of this name that provides services and uses others, as `activate` makes of them. */
export function serviceExtension(
  name: string,
  services: readonly string[],
  activate: (claw: AnyContext) => void | Promise<void>,
  uses: readonly string[] = [],
): EmbeddedExtension {
  const manifest: Manifest = {
    name: `test/${name}`,
    version: "1.0.0",
    engines: { claw: "^1.0.0" },
    main: "./dist/index.mjs",
    permissions: {},
    uses,
    provides: { service: Object.fromEntries(services.map((id) => [id, { description: id }])) },
  };
  return { manifest, extension: { api: 1, activate: (claw) => activate(claw as unknown as AnyContext) } };
}

/** A context whose verbs take anything, as untyped code would call them. */
export interface AnyContext {
  readonly config: Record<string, unknown>;
  provide(token: object, ...rest: readonly unknown[]): void;
  on(event: string, stage: string, tap: unknown): void;
  use(token: object): unknown;
  own(resource: unknown): void;
}

/** The service `models` with one model, which streams what is given. */
export const modelsOf = (stream: (request: ModelRequest, signal: AbortSignal) => AsyncIterable<unknown>): Models => ({
  resolve: async () => ({ address: "fake/one", info: { id: "one", contextWindow: 200_000, tools: true, reasoning: true } }),
  list: async () => [],
  stream: stream as (request: ModelRequest, signal: AbortSignal) => AsyncIterable<ModelEvent>,
});

/** What a stream of these events is. */
export async function* streamOf(...events: readonly unknown[]): AsyncGenerator<unknown, void> {
  yield* events;
}

export const resultsOf = (events: readonly TurnEvent[]) => events.flatMap((event) => (event.type === "tool-result" ? [event] : []));
export const kindsOf = (events: readonly TurnEvent[]): readonly string[] => events.filter(({ type }) => type !== "text-delta").map(({ type }) => type);

/** The error a promise ends with. */
export const errorOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => {
      throw new Error("it did not fail");
    },
    (error: unknown) => error,
  );
