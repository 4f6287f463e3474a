/** Time and chance as the router sees them, so that a test can be them. */
export interface Timing {
  /** Milliseconds from anywhere. */
  clock(): number;
  /** Calls back once, later; the answer takes it back. */
  after(ms: number, callback: () => void): () => void;
  /** In [0, 1). */
  random(): number;
}

export const realTiming: Timing = {
  clock: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};

/** Waits, or throws the signal's reason the moment it aborts. */
export function sleep(ms: number, signal: AbortSignal, timing: Timing): Promise<void> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const stop = (): void => {
    takeBack();
    reject(signal.reason);
  };
  const takeBack = timing.after(ms, () => {
    signal.removeEventListener("abort", stop);
    resolve();
  });
  signal.addEventListener("abort", stop, { once: true });
  return promise;
}
