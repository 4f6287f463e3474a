import { countOf } from "@claw/kernel/kit";
import { type Pairs, pairsOf } from "./pairs.ts";

/** What the environment says about telemetry. Other programs are told by the same variables: one that makes no sense is passed over and named. */
export interface Variables {
  /** The variable that switches telemetry off, as it stands there. */
  readonly off?: string;
  /** Where all signals go, and which variable says so. */
  readonly base?: { readonly name: string; readonly url: string };
  /** The protocol asked for, when it is none of HTTP. */
  readonly foreignProtocol?: string;
  readonly headers: Pairs;
  readonly resource: Pairs;
  readonly serviceName?: string;
  readonly serviceVersion?: string;
  readonly compression?: "none" | "gzip";
  readonly timeoutMs?: number;
  /** One sentence for each variable that was passed over. */
  readonly problems: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The one reader of the environment here; `OTEL_EXPORTER_OTLP_LOGS_ENDPOINT` and `OTEL_SERVICE_NAME` are config and come from there. */
export function variablesOf(environment: Environment): Variables {
  const problems: string[] = [];
  const first = (...names: readonly string[]): { readonly name: string; readonly value: string } | undefined => {
    const name = names.find((one) => (environment[one]?.trim() ?? "") !== "");
    return name === undefined ? undefined : { name, value: environment[name]?.trim() ?? "" };
  };
  const pairs = (name: string): Pairs => {
    const { values, wrong } = pairsOf(environment[name] ?? "");
    // Their values may be secret: they are counted and not repeated.
    if (wrong > 0) problems.push(`${name}: ${wrong} of its parts are no name=value and are passed over`);
    return values;
  };
  const off = offVariable(environment);
  const base = first("OTEL_EXPORTER_OTLP_ENDPOINT", "CLAWD_OTLP_HTTP_ENDPOINT");
  const protocol = first("OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL");
  const compression = first("OTEL_EXPORTER_OTLP_LOGS_COMPRESSION", "OTEL_EXPORTER_OTLP_COMPRESSION");
  const timeout = first("OTEL_EXPORTER_OTLP_LOGS_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT");
  const timeoutMs = timeout === undefined ? undefined : countOf(Number(timeout.value));
  const isKnown = compression?.value === "none" || compression?.value === "gzip";
  if (compression !== undefined && !isKnown) problems.push(`${compression.name}: ${JSON.stringify(compression.value)} is neither none nor gzip`);
  if (timeout !== undefined && !timeoutMs) problems.push(`${timeout.name}: ${JSON.stringify(timeout.value)} is no number of milliseconds`);
  const [serviceName, serviceVersion] = [first("CLAWD_SERVICE_NAME")?.value, first("CLAWD_SERVICE_VERSION")?.value];
  return {
    headers: { ...pairs("OTEL_EXPORTER_OTLP_HEADERS"), ...pairs("OTEL_EXPORTER_OTLP_LOGS_HEADERS") },
    resource: pairs("OTEL_RESOURCE_ATTRIBUTES"),
    problems,
    ...(off === undefined ? {} : { off }),
    ...(base === undefined ? {} : { base: { name: base.name, url: base.value } }),
    ...(protocol === undefined || /^http\//i.test(protocol.value) ? {} : { foreignProtocol: `${protocol.name}=${protocol.value}` }),
    ...(serviceName === undefined ? {} : { serviceName }),
    ...(serviceVersion === undefined ? {} : { serviceVersion }),
    ...(isKnown ? { compression: compression.value as "none" | "gzip" } : {}),
    ...(timeoutMs ? { timeoutMs } : {}),
  };
}

/** Whoever does not want to be tracked is not, whatever else is set. */
function offVariable(environment: Environment): string | undefined {
  const said = (name: string): string => environment[name]?.trim().toLowerCase() ?? "";
  const isSet = !["", "0", "false", "no", "off"].includes(said("DO_NOT_TRACK"));
  if (isSet) return `DO_NOT_TRACK=${environment["DO_NOT_TRACK"]?.trim().slice(0, 20)}`;
  if (said("OTEL_SDK_DISABLED") === "true") return "OTEL_SDK_DISABLED=true";
  return said("OTEL_LOGS_EXPORTER") === "none" ? "OTEL_LOGS_EXPORTER=none" : undefined;
}
