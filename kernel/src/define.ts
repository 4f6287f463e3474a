import type { Service, Slot } from "./contracts/tokens.ts";
import type { HookName, StageOf, Tap } from "./hooks/events.ts";

/** The shape generated from extension.json; nothing outside it compiles. */
export interface Contract {
  readonly config: object;
  /** Event to its declared stages, a union. */
  readonly hooks: { readonly [E in HookName]?: string };
  readonly provides: { readonly [slot: string]: { readonly [name: string]: unknown } };
  /** False when written `"id?"`: it may be absent. */
  readonly uses: { readonly [id: string]: boolean };
}

export type Closable = Disposable | AsyncDisposable | (() => void | Promise<void>);

/** Lines for the person's log file and `claw doctor`; never for standard output. */
export interface Logger {
  info(message: string): void;
  warn(message: string): void;
}

/** The named values of a slot. Asking for one wakes its owner. */
export interface SlotView<T> {
  readonly names: readonly string[];
  /** The extension an entry belongs to. */
  owner(name: string): string | undefined;
  /** What the manifest says of an entry, without waking anybody. */
  about(name: string): Readonly<Record<string, unknown>> | undefined;
  get(name: string): Promise<T | undefined>;
}

type ProvidedTo<C extends Contract, K extends string> = C["provides"][K];

/** What one extension may do. Never shared; closed with the extension, after which every verb throws SCOPE_CLOSED. */
export interface ExtensionContext<C extends Contract = Contract> {
  /** The manifest's name. */
  readonly id: string;
  readonly config: Readonly<C["config"]>;
  readonly log: Logger;
  /** Aborts when this extension is unloaded. */
  readonly signal: AbortSignal;

  /** Taps a declared stage of an event; which calls it sees is the manifest's `match`. */
  on<E extends keyof C["hooks"] & HookName, S extends C["hooks"][E] & StageOf<E>>(event: E, stage: S, tap: Tap<E, S>): void;
  /** Fills a declared slot entry, or a declared service. */
  provide<K extends keyof C["provides"] & string, N extends keyof ProvidedTo<C, K> & string>(slot: Slot<K, unknown>, name: N, value: ProvidedTo<C, K>[N]): void;
  provide<N extends keyof ProvidedTo<C, "service"> & string>(service: Service<N, unknown>, value: ProvidedTo<C, "service">[N]): void;
  /** A declared dependency. A service is already awake; a slot wakes each entry when it is asked for. */
  use<K extends keyof C["uses"] & string, T>(service: Service<K, T>): C["uses"][K] extends true ? T : T | undefined;
  use<K extends keyof C["uses"] & string, T>(slot: Slot<K, T>): SlotView<T>;
  /** Closes with this extension, newest first. */
  own<R extends Closable>(resource: R): R;
}

/** An extension's default export. `api` is the shape of `activate`. */
export interface Extension<C extends Contract = Contract> {
  readonly api: 1;
  activate(claw: ExtensionContext<C>): void | Promise<void>;
}

/** Makes an extension of its `activate` function: the one default export of its main file. */
export const defineExtension = <C extends Contract>(activate: (claw: ExtensionContext<C>) => void | Promise<void>): Extension<C> =>
  Object.freeze({ api: 1 as const, activate });
