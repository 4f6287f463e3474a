import type { Exporter, ExportBatch, LogEntry } from "@claw/kernel";
import type { Contract } from "../src/contract.gen.ts";
import type { Means } from "../src/deliver.ts";
import { destinationOf } from "../src/destination.ts";
import { type Encoder, openEncoder } from "../src/encoder.ts";
import { otlpExporter } from "../src/exporter.ts";
import type { LastFailure } from "../src/last-failure.ts";
import { variablesOf } from "../src/variables.ts";

export const session = "0190aaaa-0000-7000-8000-000000000001";
export const now = new Date("2026-11-22T08:00:00.000Z");
export const never = (): AbortSignal => new AbortController().signal;

export const configOf = (more: Partial<Contract["config"]> = {}): Contract["config"] => ({
  insecure: false,
  headers: {},
  content: "none",
  resource: {},
  ...more,
});

type Environment = Readonly<Record<string, string>>;

export const encoderOf = (config: Partial<Contract["config"]> = {}, environment: Environment = {}): Encoder =>
  openEncoder({
    config: configOf(config),
    variables: variablesOf(environment),
    host: { version: "1.2.3", environment, now: () => now },
    platform: "linux",
  });

export const entryOf = (seq: number, body: object): LogEntry =>
  ({ seq, at: `2026-11-22T08:00:${String(seq % 60).padStart(2, "0")}.000Z`, ...body }) as LogEntry;
export const note = (seq: number): LogEntry => entryOf(seq, { type: "note", text: "psst", author: "acme/x" });
export const batchOf = (entries: readonly LogEntry[], dropped = 0): ExportBatch => ({ session, entries, dropped });

export interface OpenExporter {
  readonly exporter: Exporter;
  readonly warnings: readonly string[];
  /** How long was waited between attempts. */
  readonly waits: readonly number[];
  /** Sentences of failures, `cleared` where they were forgotten. */
  readonly failures: readonly string[];
}

/** An exporter that waits for nothing between attempts and writes down how long it would have. */
export function openExporter(config: Partial<Contract["config"]>, environment: Environment = {}, means: Partial<Means> = {}): OpenExporter {
  const [warnings, waits, failures]: [string[], number[], string[]] = [[], [], []];
  const kept: LastFailure = {
    record: async (error) => void failures.push((error as Error).message),
    clear: async () => void failures.push("cleared"),
    read: async () => undefined,
  };
  const exporter = otlpExporter({
    destination: destinationOf(configOf(config), variablesOf(environment), false),
    encoder: encoderOf(config, environment),
    http: { fetch },
    failures: kept,
    warn: (message) => void warnings.push(message),
    means: { wait: async (ms) => void waits.push(ms), random: () => 0.5, now: () => now.getTime(), ...means },
  });
  return { exporter, warnings, waits, failures };
}
