import { ClawError } from "@claw/kernel";
import type { Delivery } from "./destination.ts";

type Failure = ClawError<"NETWORK_FAILED" | "NETWORK_OFFLINE">;

export const failed = (host: string, what: string, more: { readonly retryable?: boolean; readonly fix?: string; readonly cause?: unknown } = {}): Failure =>
  new ClawError("NETWORK_FAILED", `${host} ${what}`, { host }, more);

/** Why a connection came to nothing. An embedder's own fetch throws what it likes. */
export function deliveryFailure(error: unknown, host: string): Failure {
  if (ClawError.is(error, "NETWORK_FAILED") || ClawError.is(error, "NETWORK_OFFLINE")) return error;
  return failed(host, "could not be reached to hand in log records", { cause: error, retryable: true });
}

/** A status that is no success, in one sentence: host and status, and nothing of what was sent or answered. */
export function refusal({ status, headers }: Pick<Response, "status" | "headers">, { host, url }: Delivery): Failure {
  if (status >= 300 && status < 400) {
    const to = URL.parse(headers.get("location") ?? "", url)?.host;
    return failed(host, `answered log records with status ${status}, a redirect${to === undefined ? "" : ` to ${to}`} that is not followed`, {
      fix: "write the address that it leads to as the endpoint",
    });
  }
  return failed(host, `answered log records with status ${status}`, {
    retryable: status === 429 || status === 502 || status === 503 || status === 504,
    ...fixOf(status),
  });
}

function fixOf(status: number): { readonly fix?: string } {
  if (status === 401 || status === 403) return { fix: "look at telemetry.headers or OTEL_EXPORTER_OTLP_HEADERS: that is where a collector's key stands" };
  if (status === 404 || status === 405) return { fix: "look at the endpoint: the address of a collector's logs ends in /v1/logs" };
  return status === 415 ? { fix: "the collector does not take OTLP as JSON, or not as it is packed: try telemetry.compression none" } : {};
}

/** The sentence of whatever was thrown, for a person. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
