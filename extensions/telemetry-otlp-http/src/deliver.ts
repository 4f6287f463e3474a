import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import type { ClawError, Http } from "@claw/kernel";
import { retryAfterOf, retryDelayMs } from "@claw/kernel/kit";
import { type Rejection, rejectionIn } from "./answer.ts";
import type { Body } from "./bodies.ts";
import type { Delivery } from "./destination.ts";
import { deliveryFailure, refusal } from "./failure.ts";

const attempts = 3;
const worthPacking = 1024;

/** What an attempt needs of the world. */
export interface Means {
  readonly http: Http;
  readonly now: () => number;
  /** Waits between attempts; throws the signal's reason. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<unknown>;
  /** In [0, 1). */
  readonly random: () => number;
}

export const realMeans = (http: Http): Means => ({
  http,
  now: () => Date.now(),
  wait: (ms, signal) => delay(ms, undefined, { signal }),
  random: () => Math.random(),
});

/**
 * Posts one body and answers what the collector did not take of it. Tried again is what the specification of OTLP says may be: 429, 502,
 * 503, 504 and a network that failed, until `endsAt`.
 */
export async function deliver(body: Body, to: Delivery, means: Means, endsAt: number, signal: AbortSignal): Promise<Rejection | undefined> {
  const request = await requestOf(body.bytes, to);
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted();
    const { rejection, failure, retryAfterMs } = await attemptOnce(request, to, means, signal);
    if (failure === undefined) return rejection;
    const patienceMs = endsAt - means.now();
    const waitMs = failure.retryable ? retryDelayMs(attempt, retryAfterMs, { attempts, baseMs: 1000, maxMs: 5000, patienceMs }, means.random) : undefined;
    if (waitMs === undefined || waitMs > patienceMs) throw failure;
    await means.wait(waitMs, signal);
  }
}

interface Attempt {
  readonly rejection?: Rejection | undefined;
  readonly failure?: ClawError;
  readonly retryAfterMs?: number | undefined;
}

async function attemptOnce(request: RequestInit, to: Delivery, { http, now }: Means, signal: AbortSignal): Promise<Attempt> {
  try {
    // A redirect is not followed: the headers are for this origin, and a body that went elsewhere would be sent nowhere.
    const response = await http.fetch(to.url, { ...request, redirect: "manual", signal });
    if (response.ok) return { rejection: await rejectionIn(response, to.host, signal) };
    const retryAfterMs = retryAfterOf(response.headers, now());
    // Nobody reads it: what a stranger answers is not repeated, and may have no end.
    await response.body?.cancel().catch(() => undefined);
    return { failure: refusal(response, to), retryAfterMs };
  } catch (error) {
    signal.throwIfAborted();
    return { failure: deliveryFailure(error, to.host) };
  }
}

async function requestOf(bytes: Uint8Array<ArrayBuffer>, { headers, compression }: Delivery): Promise<RequestInit> {
  // What a header is called does not depend on capitals: of two the one that is ours counts.
  const given = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  const own = { ...Object.fromEntries(given.filter(([name]) => name !== "content-encoding")), "content-type": "application/json" };
  if (compression === "none" || bytes.length <= worthPacking) return { method: "POST", headers: own, body: bytes };
  const { gzip } = await import("node:zlib");
  return { method: "POST", headers: { ...own, "content-encoding": "gzip" }, body: await promisify(gzip)(bytes) };
}
