import { ClawError } from "../errors.ts";
import { messageOf } from "../failure-message.ts";

/** This many faults in a row suspend an extension until the program starts again. */
const strikes = 3;

/** The faults that are kept, the latest. */
const mostKept = 200;

export interface Fault {
  readonly extension: string;
  readonly where: string;
  readonly code: string;
  readonly message: string;
}

/** Attributes, counts, suspends. A success in between forgives. */
export class FaultLedger {
  readonly #inARow = new Map<string, number>();
  readonly #suspended = new Set<string>();
  readonly #all: Fault[] = [];
  readonly #listener: (fault: Fault, session: string | undefined) => void;

  constructor(listener: (fault: Fault, session: string | undefined) => void) {
    this.#listener = listener;
  }

  /** Keeps a fault and counts it against its extension. */
  record(extension: string, where: string, error: unknown, session: string | undefined): Fault {
    const fault = this.note(extension, where, error, session);
    const count = (this.#inARow.get(extension) ?? 0) + 1;
    this.#inARow.set(extension, count);
    if (count === strikes) {
      this.#suspended.add(extension);
      this.#listener({ extension, where, code: "EXTENSION_SUSPENDED", message: `${extension} failed ${strikes} times in a row and is suspended` }, session);
    }
    return fault;
  }

  /** Keeps a fault that is not of the extension's own making. */
  note(extension: string, where: string, error: unknown, session?: string): Fault {
    const fault: Fault = { extension, where, code: ClawError.is(error) ? error.code : "EXTENSION_FAILED", message: messageOf(error) };
    this.#all.push(fault);
    if (this.#all.length > mostKept) this.#all.shift();
    this.#listener(fault, session);
    return fault;
  }

  succeed(extension: string): void {
    this.#inARow.delete(extension);
  }

  isSuspended(extension: string): boolean {
    return this.#suspended.has(extension);
  }

  get all(): readonly Fault[] {
    return this.#all;
  }
}
