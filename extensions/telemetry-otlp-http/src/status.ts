import type { Destination } from "./destination.ts";
import type { Encoder } from "./encoder.ts";
import type { Failure } from "./last-failure.ts";

export interface Status {
  readonly type: "telemetry-status";
  readonly on: boolean;
  /** Why it is on or off. */
  readonly reason: string;
  readonly fix?: string;
  readonly endpoint?: string;
  /** Names only. */
  readonly headers: readonly string[];
  readonly content: "none" | "full";
  readonly compression?: "none" | "gzip";
  readonly timeoutMs?: number;
  readonly resource: Readonly<Record<string, string>>;
  readonly lastFailure?: Failure;
  readonly problems: readonly string[];
}

export function statusOf(destination: Destination, { content, resource }: Encoder, failure: Failure | undefined, problems: readonly string[]): Status {
  const common = { content, resource, problems, ...(failure === undefined ? {} : { lastFailure: failure }) };
  if (destination.type === "on") {
    const { url, headers, compression, timeoutMs } = destination.delivery;
    return { type: "telemetry-status", on: true, reason: destination.reason, endpoint: url, headers: Object.keys(headers), compression, timeoutMs, ...common };
  }
  const off = { type: "telemetry-status", on: false, headers: [], ...common } as const;
  if (destination.type === "off") return { ...off, reason: destination.reason };
  const { message, fix } = destination.error;
  return { ...off, reason: message, ...(fix === undefined ? {} : { fix }) };
}

const sent = {
  none: "event names, times, models, tokens, costs, durations, tools, verdicts, outcomes and error codes; no text and no path",
  full: "all that, and what was said: prompts, replies, what tools were given and answered, folders",
} as const;

/** The same for people. */
export function statusRows(status: Status): readonly (readonly string[])[] {
  const { on, reason, endpoint, headers, content, compression, timeoutMs, resource, lastFailure } = status;
  return [
    ["telemetry", `${on ? "on" : "off"}: ${reason}`],
    ...(endpoint === undefined ? [] : [["endpoint", endpoint]]),
    ...(headers.length === 0 ? [] : [["headers", `${headers.join(", ")} (their values are not shown)`]]),
    ...(compression === undefined || timeoutMs === undefined ? [] : [["request", `OTLP/JSON, compression ${compression}, ${timeoutMs / 1000} s for a batch`]]),
    [on ? "sent" : "would be sent", sent[content]],
    [
      "resource",
      Object.entries(resource)
        .map(([name, value]) => `${name}=${value}`)
        .join(", "),
    ],
    ["last failure", lastFailure === undefined ? "none" : `${lastFailure.at}: ${lastFailure.message}`],
    ["see it", "claw telemetry show"],
  ];
}
