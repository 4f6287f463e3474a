import type { SessionInfo, Terminal, TurnEvent } from "@claw/kernel";
import type { Outcome } from "./outcome.ts";
import type { Output } from "./output.ts";
import type { Totals } from "./totals.ts";

/** What a turn came to, for whoever closes its record. */
export interface TurnReport {
  readonly outcome: Outcome;
  /** Undefined when no session could be opened. */
  readonly session: string | undefined;
  readonly turn: Totals;
  /** Of all turns of this run so far. */
  readonly run: Totals;
  readonly durationMs: number;
}

/** One output format. Answers a promise only when it has to wait. */
export interface Printer {
  /** Whether `open` wants to know about the session; asking costs a little before the first request. */
  readonly wantsInfo: boolean;
  open(session: string, info: SessionInfo | undefined): void;
  take(event: TurnEvent): Promise<void> | undefined;
  end(report: TurnReport): Promise<void>;
}

/** What every format is made of. */
export interface PrinterParts {
  readonly output: Output;
  readonly terminal: Terminal;
  /** An id for a line or a message. */
  readonly id: () => string;
  readonly version: string;
}
