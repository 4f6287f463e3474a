import type { Spill } from "@claw/kernel";

/** A file for all of an output, up to a limit. A disk that is full or a session that is over ends the file, never the command. */
export class SpillFile implements AsyncDisposable {
  readonly #open: () => Promise<Spill>;
  readonly #maxBytes: number;
  #spill: Spill | undefined;
  #written = 0;
  #failure: string | undefined;

  constructor(open: () => Promise<Spill>, maxBytes: number) {
    this.#open = open;
    this.#maxBytes = maxBytes;
  }

  get path(): string | undefined {
    return this.#spill?.path;
  }

  get isOpen(): boolean {
    return this.#spill !== undefined || this.#failure !== undefined;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#failure !== undefined) return;
    const part = bytes.subarray(0, Math.max(0, this.#maxBytes - this.#written));
    try {
      this.#spill ??= await this.#open();
      await this.#spill.write(part);
      this.#written += part.length;
      if (part.length < bytes.length) this.#failure = `the first ${this.#written} bytes are in ${this.#spill.path}`;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#failure =
        this.#spill === undefined ? `the whole output could not be kept: ${why}` : `the first ${this.#written} bytes are in ${this.#spill.path}; then: ${why}`;
    }
  }

  /** Where all of it is, or how much of it. */
  describe(): string {
    return this.#failure ?? `whole output in ${this.path}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#spill?.[Symbol.asyncDispose]();
    } catch {
      // Every write has been waited for: a file that cannot be closed loses nothing.
    }
  }
}
