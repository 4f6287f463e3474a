import type { Exporter, Http } from "@claw/kernel";
import { deliver, type Means, realMeans } from "./deliver.ts";
import type { Rejection } from "./answer.ts";
import type { Delivery, Destination } from "./destination.ts";
import type { Encoder } from "./encoder.ts";
import { failed } from "./failure.ts";
import type { LastFailure } from "./last-failure.ts";

export interface ExporterOptions {
  readonly destination: Destination;
  readonly encoder: Encoder;
  readonly http: Http;
  readonly failures: LastFailure;
  readonly warn: (message: string) => void;
  readonly means?: Partial<Means>;
}

/** The entry `otlp-http`: a batch is sent as it comes, and is gone when that fails; the kernel has the queue. */
export function otlpExporter({ destination, encoder, http, failures, warn, means }: ExporterOptions): Exporter {
  const all = { ...realMeans(http), ...means };
  return {
    async export(batch, signal) {
      if (destination.type === "off") return;
      if (destination.type === "refused") throw destination.error;
      const { delivery } = destination;
      const deadline = AbortSignal.timeout(delivery.timeoutMs);
      const either = AbortSignal.any([signal, deadline]);
      const endsAt = all.now() + delivery.timeoutMs;
      try {
        for (const body of await encoder.encode(batch)) {
          const rejection = await deliver(body, delivery, all, endsAt, either);
          if (rejection !== undefined) warn(sentenceOf(rejection, body.records, delivery));
        }
        await failures.clear();
      } catch (error) {
        const late = either.aborted ? failed(delivery.host, `had not taken the log records after ${lateness(signal, delivery)}`) : undefined;
        await failures.record(late ?? error);
        signal.throwIfAborted();
        throw late ?? error;
      }
    },
  };
}

const lateness = (signal: AbortSignal, { timeoutMs }: Delivery): string => (signal.aborted ? "all the time there was" : `${timeoutMs / 1000} s`);

/** A collector may repeat what it was sent: the values of headers are taken out. */
function sentenceOf({ count, message }: Rejection, records: number, { host, headers }: Delivery): string {
  const said = Object.values(headers).reduce((text, value) => (value.trim() === "" ? text : text.replaceAll(value.trim(), "…")), message);
  const what = count === 0 ? "took log records with a warning" : `did not keep ${count} of ${records} log records`;
  return `${host} ${what}${said === "" ? "" : `: ${said}`}`;
}
