/** A reader of OTLP/JSON as strict as a collector's: fields by the names of the protocol, of the types it gives them, and no others. */
export interface DecodedRecord {
  readonly resource: Readonly<Record<string, unknown>>;
  readonly scope: readonly [name: string, version: string];
  readonly time: string;
  readonly observed: string;
  readonly severity: readonly [number: number, text: string];
  readonly event: string;
  readonly body: unknown;
  readonly attributes: Readonly<Record<string, unknown>>;
}

type Json = Readonly<Record<string, unknown>>;

/** opentelemetry/proto/collector/logs/v1/logs_service.proto, ExportLogsServiceRequest. */
export function decodeLogs(text: string): readonly DecodedRecord[] {
  if (!text.isWellFormed() || /\\ud[89a-f]/i.test(text)) throw new Error("half of a character");
  const request = message(JSON.parse(text), "ExportLogsServiceRequest", ["resourceLogs"]);
  return list(request["resourceLogs"]).flatMap((each) => {
    const { resource, scopeLogs } = message(each, "ResourceLogs", ["resource", "scopeLogs", "schemaUrl"]);
    const { attributes } = message(resource, "Resource", ["attributes", "droppedAttributesCount", "entityRefs"]);
    const known = keyValues(attributes);
    return list(scopeLogs).flatMap((one) => {
      const { scope, logRecords } = message(one, "ScopeLogs", ["scope", "logRecords", "schemaUrl"]);
      const { name, version } = message(scope, "InstrumentationScope", ["name", "version", "attributes", "droppedAttributesCount"]);
      return list(logRecords).map((record) => recordOf(record, known, [string(name), string(version)]));
    });
  });
}

function recordOf(value: unknown, resource: Json, scope: readonly [string, string]): DecodedRecord {
  const record = message(value, "LogRecord", [
    "timeUnixNano",
    "observedTimeUnixNano",
    "severityNumber",
    "severityText",
    "body",
    "attributes",
    "droppedAttributesCount",
    "flags",
    "traceId",
    "spanId",
    "eventName",
  ]);
  const severity = record["severityNumber"];
  if (typeof severity !== "number" || !Number.isInteger(severity) || severity < 1 || severity > 24) throw new Error(`severity ${String(severity)}`);
  return {
    resource,
    scope,
    time: fixed64(record["timeUnixNano"]),
    observed: fixed64(record["observedTimeUnixNano"]),
    severity: [severity, string(record["severityText"])],
    event: string(record["eventName"]),
    body: anyValue(record["body"], 0),
    attributes: keyValues(record["attributes"]),
  };
}

function keyValues(value: unknown, depth = 0): Json {
  const result = new Map<string, unknown>();
  for (const each of list(value)) {
    const { key, value: inner } = message(each, "KeyValue", ["key", "value"]);
    if (result.has(string(key))) throw new Error(`the attribute ${string(key)} stands twice`);
    result.set(string(key), anyValue(inner, depth + 1));
  }
  return Object.fromEntries(result);
}

function anyValue(value: unknown, depth: number): unknown {
  if (depth > 33) throw new Error("nested deeper than a reader goes");
  const kinds = ["stringValue", "boolValue", "intValue", "doubleValue", "arrayValue", "kvlistValue", "bytesValue"];
  const [row, ...more] = Object.entries(message(value, "AnyValue", kinds));
  if (row === undefined) return null;
  if (more.length > 0) throw new Error("an AnyValue of two kinds");
  const [kind, inner] = row;
  if (kind === "arrayValue") return list(message(inner, "ArrayValue", ["values"])["values"]).map((each) => anyValue(each, depth + 1));
  if (kind === "kvlistValue") return keyValues(message(inner, "KeyValueList", ["values"])["values"], depth);
  const fits = {
    stringValue: typeof inner === "string",
    boolValue: typeof inner === "boolean",
    intValue: Number.isSafeInteger(inner) || (typeof inner === "string" && /^-?\d{1,19}$/.test(inner)),
    doubleValue: typeof inner === "number",
    bytesValue: typeof inner === "string",
  }[kind];
  if (fits !== true) throw new Error(`${kind} ${JSON.stringify(inner)}`);
  return inner;
}

function message(value: unknown, name: string, fields: readonly string[]): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error(`${name} is no message: ${JSON.stringify(value)}`);
  for (const field of Object.keys(value)) if (!fields.includes(field)) throw new Error(`${name} has no field ${field}`);
  return value as Json;
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error(`no list: ${JSON.stringify(value)}`);
  return value;
}

function string(value: unknown): string {
  if (typeof value !== "string") throw new Error(`no string: ${JSON.stringify(value)}`);
  return value;
}

/** A number of 64 bits is written as text. */
function fixed64(value: unknown): string {
  if (typeof value !== "string" || !/^\d{1,20}$/.test(value)) throw new Error(`no fixed64: ${JSON.stringify(value)}`);
  return value;
}
