import type { StreamableHTTPClientTransportOptions } from "@modelcontextprotocol/client";

type Options = Pick<StreamableHTTPClientTransportOptions, "reconnectionOptions" | "reconnectionScheduler">;

const [shortestMs, longestMs] = [500, 60_000];
/** A stream that a server ends again and again is asked for so rarely at last. */
const patientMs = 5_000;

/**
 * A stream that breaks is asked for again three times, from where it broke; after that the connection is over. A server may say when, within reason:
 * one that asks for no pause at all, or for a month, is not taken at its word.
 */
export function reconnection(now: () => number = () => performance.now()): Options {
  let inARow = 0;
  let due = -Infinity;
  return {
    reconnectionOptions: { initialReconnectionDelay: shortestMs, maxReconnectionDelay: 10_000, reconnectionDelayGrowFactor: 2, maxRetries: 3 },
    reconnectionScheduler(reconnect, delay) {
      inARow = now() - due < patientMs ? inARow + 1 : 0;
      const pause = Math.min(Math.max(Number.isFinite(delay) ? delay : 0, Math.min(shortestMs * 2 ** inARow, patientMs)), longestMs);
      due = now() + pause;
      const timer = setTimeout(reconnect, pause).unref();
      return () => clearTimeout(timer);
    },
  };
}
