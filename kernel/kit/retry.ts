export interface RetryPolicy {
  /** How often a request is sent at the most. */
  readonly attempts: number;
  /** The first wait; each further one is twice as long. */
  readonly baseMs: number;
  readonly maxMs: number;
  /** A provider that asks for a longer wait than this is not waited for. */
  readonly patienceMs: number;
}

/**
 * How long to wait after failed attempt number `attempt` (from 1), or undefined to give up. `random` is in [0, 1). Half of
 * a wait is jitter, so that clients that failed together do not return together; a wait that the provider asked for is
 * only ever lengthened.
 */
export function retryDelayMs(attempt: number, retryAfterMs: number | undefined, policy: RetryPolicy, random: () => number): number | undefined {
  if (attempt >= policy.attempts) return undefined;
  const backoff = Math.min(policy.maxMs, policy.baseMs * 2 ** (attempt - 1));
  if (retryAfterMs === undefined) return Math.round(backoff * (0.5 + random() / 2));
  if (retryAfterMs > policy.patienceMs) return undefined;
  return Math.round(Math.max(0, retryAfterMs) + (random() * Math.min(backoff, policy.baseMs)) / 2);
}

/** How long a response asks to be waited for: `retry-after-ms`, or `retry-after` as seconds or as an HTTP date. */
export function retryAfterOf(headers: Pick<Headers, "get">, nowMs: number): number | undefined {
  const milliseconds = Number.parseFloat(headers.get("retry-after-ms") ?? "");
  if (milliseconds >= 0) return Math.ceil(milliseconds);
  const value = headers.get("retry-after")?.trim() ?? "";
  if (/^\d+(\.\d+)?$/.test(value)) return Math.ceil(Number(value) * 1000);
  const until = /[a-z]/i.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(until) ? undefined : Math.max(0, until - nowMs);
}
