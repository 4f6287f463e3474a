/** The promise's value, or the signal's reason as soon as it aborts. What the promise does then is nobody's business any more. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(signal.reason);
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** Whether the promise is fulfilled within so many milliseconds. Throws what it is rejected with, and the signal's reason as soon as it aborts. */
export async function isDoneWithin(promise: Promise<unknown>, ms: number, signal: AbortSignal): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(resolve, ms, false);
  try {
    return await unlessAborted(Promise.race([promise.then(() => true), late]), signal);
  } finally {
    clearTimeout(timer);
  }
}
