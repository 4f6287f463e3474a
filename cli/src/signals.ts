/** How a run was interrupted; the reason of its abort. */
export class Interrupted extends Error {
  override readonly name = "AbortError";
  readonly signal: "SIGINT" | "SIGTERM" | "SIGHUP";

  constructor(signal: "SIGINT" | "SIGTERM" | "SIGHUP") {
    super(`interrupted by ${signal}`);
    this.signal = signal;
  }

  /** 128 and the signal's number, as shells count. */
  get exitCode(): number {
    return this.signal === "SIGINT" ? 130 : this.signal === "SIGTERM" ? 143 : 129;
  }
}

/** Ctrl-C: the first aborts what runs, the second ends the process at once. SIGTERM and SIGHUP abort too. */
export function watchSignals(): { readonly signal: AbortSignal; readonly stop: () => void } {
  const controller = new AbortController();
  const interrupt = (name: "SIGINT" | "SIGTERM" | "SIGHUP") => (): void => {
    const reason = new Interrupted(name);
    if (controller.signal.aborted) process.exit(reason.exitCode);
    controller.abort(reason);
  };
  const handlers = (["SIGINT", "SIGTERM", "SIGHUP"] as const).map((name) => [name, interrupt(name)] as const);
  for (const [name, handler] of handlers) process.on(name, handler);
  return { signal: controller.signal, stop: () => handlers.forEach(([name, handler]) => void process.off(name, handler)) };
}
