import { unlessAborted } from "@claw/kernel/kit";

/** Lines of a terminal, one for each question. */
export class Keyboard {
  readonly #input: AsyncIterator<Uint8Array>;
  /** A read that nobody has taken the result of: a terminal's input cannot be asked whether it has something. */
  #reading: Promise<IteratorResult<Uint8Array>> | undefined;

  constructor(input: AsyncIterable<Uint8Array>) {
    this.#input = input[Symbol.asyncIterator]();
  }

  /** Throws away what has come before now, and what still comes within `settle`. */
  async discard(settle: () => Promise<void>): Promise<void> {
    let isQuiet = false;
    const quiet = settle().then(() => (isQuiet = true));
    while (!isQuiet) {
      const came = await Promise.race([this.#read().then(({ done }) => done !== true), quiet.then(() => false)]);
      if (!came) break;
      this.#reading = undefined;
    }
    await quiet;
  }

  /** The next line; undefined at the end of the input. */
  async line(signal: AbortSignal): Promise<string | undefined> {
    const decoder = new TextDecoder();
    for (let text = ""; ;) {
      const { done, value } = await unlessAborted(this.#read(), signal);
      if (done === true) return text === "" ? undefined : text;
      this.#reading = undefined;
      text += decoder.decode(value, { stream: true });
      const end = text.search(/[\r\n]/);
      if (end !== -1) return text.slice(0, end);
    }
  }

  #read(): Promise<IteratorResult<Uint8Array>> {
    return (this.#reading ??= this.#input.next());
  }
}
