import { JsonLogsSerializer } from "@opentelemetry/otlp-transformer";
import { type LogRecord, severities } from "./records.ts";

export interface Body {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly records: number;
}

type SdkRecord = Parameters<typeof JsonLogsSerializer.serializeRequest>[0][number];

/** Collectors refuse bodies over 20 MiB, some of them far smaller ones. */
const maxBodyBytes = 4 * 1024 * 1024;

/** Records as bodies of OTLP/JSON, written by OpenTelemetry's own serializer. */
export function bodiesOf(records: readonly LogRecord[], attributes: Readonly<Record<string, string>>, version: string): readonly Body[] {
  // The serializer reads no more of a resource; the SDK's own would bring detectors of hosts and processes along.
  const resource = { attributes } as SdkRecord["resource"];
  const instrumentationScope = { name: "claw", version };
  return packed(
    records.map(({ unixNano, severity, event, attributes: own }) => {
      const hrTime: [number, number] = [Number(unixNano / 1_000_000_000n), Number(unixNano % 1_000_000_000n)];
      return {
        hrTime,
        // Who observes it is who made it: the conventions let both times be one.
        hrTimeObserved: hrTime,
        severityNumber: severities[severity],
        severityText: severity,
        eventName: event,
        body: event,
        resource,
        instrumentationScope,
        attributes: own as SdkRecord["attributes"],
        droppedAttributesCount: 0,
      };
    }),
  );
}

function packed(records: SdkRecord[]): readonly Body[] {
  const bytes = JsonLogsSerializer.serializeRequest(records) as Uint8Array<ArrayBuffer>;
  if (bytes.length <= maxBodyBytes || records.length === 1) return [{ bytes, records: records.length }];
  const middle = Math.ceil(records.length / 2);
  return [...packed(records.slice(0, middle)), ...packed(records.slice(middle))];
}
