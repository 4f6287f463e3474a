import type { LogEntry } from "./session.ts";

/** What an exporter is given at once: entries of one session, in order. */
export interface ExportBatch {
  readonly session: string;
  readonly entries: readonly LogEntry[];
  /** How many entries of this session were left out before these, because the exporter was too slow. */
  readonly dropped: number;
}

/**
 * An entry of the slot `exporter`: sees what is stored, after it is stored, and holds up nobody. What it throws is logged as its
 * fault; the batch is then lost.
 */
export interface Exporter {
  export(batch: ExportBatch, signal: AbortSignal): Promise<void>;
  /** Sends what it still holds; the signal ends with the time there is. */
  flush?(signal: AbortSignal): Promise<void>;
}
