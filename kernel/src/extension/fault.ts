import { ClawError } from "../errors.ts";

/** This many faults in a row suspend an extension until the program starts again. */
const strikes = 3;

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

  record(extension: string, where: string, error: unknown, session: string | undefined): void {
    const fault: Fault = {
      extension, where,
      code: ClawError.is(error) ? error.code : "EXTENSION_FAILED",
      message: error instanceof Error ? error.message : String(error),
    };
    this.#all.push(fault);
    const count = (this.#inARow.get(extension) ?? 0) + 1;
    this.#inARow.set(extension, count);
    this.#listener(fault, session);
    if (count === strikes) {
      this.#suspended.add(extension);
      this.#listener({ extension, where, code: "EXTENSION_SUSPENDED", message: `${extension} failed ${strikes} times in a row and is suspended` }, session);
    }
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
