import type { ModelEvent } from "@claw/kernel";
import { CodeSpans } from "./code-spans.ts";
import type { PrintedCall } from "./dialects/dialect.ts";

/** Calls that are meant if no text but space and further calls follows, how they were printed, and what came in between. */
interface Pending {
  readonly calls: PrintedCall[];
  readonly pieces: (string | ModelEvent)[];
}

/** What a reply was read to say: its text and the calls in it, as events. Calls that text follows are text themselves. */
export class SpokenText {
  readonly #code = new CodeSpans();
  /** Said, and not yet looked through for code. */
  readonly #unfollowed: string[] = [];
  #pending: Pending | undefined;
  /** Whether the line holds nothing but space so far. */
  #isLineStart = true;
  #text: string[] = [];
  #events: ModelEvent[] = [];
  #calls = 0;

  /** How many calls were meant. */
  get calls(): number {
    return this.#calls;
  }

  /** Whether what comes next stands behind other words of its line. */
  get isInLine(): boolean {
    return !this.#isLineStart && this.#pending === undefined;
  }

  /** Whether what was said last stands in code. Most replies have nothing of which that must be known. */
  isCode(): boolean {
    for (const text of this.#unfollowed.splice(0)) this.#code.push(text);
    return this.#code.isOpen;
  }

  say(text: string): void {
    if (text === "") return;
    // The space between calls, and after the last, is nobody's.
    if (this.#pending !== undefined && text.trim() === "") return void this.#pending.pieces.push(text);
    this.disown();
    this.#put(text);
  }

  /** Calls, and the text they were printed as. */
  call(calls: readonly PrintedCall[], text: string): void {
    this.#pending ??= { calls: [], pieces: [] };
    this.#pending.calls.push(...calls);
    this.#pending.pieces.push(text);
  }

  /** An event that is no text. */
  pass(event: ModelEvent): void {
    if (this.#pending !== undefined) this.#pending.pieces.push(event);
    else this.#emit(event);
  }

  /** The calls that were read last are meant. */
  mean(): void {
    const { calls = [], pieces = [] } = this.#pending ?? {};
    this.#pending = undefined;
    for (const call of calls) this.#emit({ type: "block", block: { type: "tool-call", id: `call_${(this.#calls += 1)}`, ...call } });
    for (const piece of pieces) if (typeof piece !== "string") this.#emit(piece);
  }

  /** The calls that were read last were spoken of: they are the text they were printed as. */
  disown(): void {
    const { pieces = [] } = this.#pending ?? {};
    this.#pending = undefined;
    for (const piece of pieces) {
      if (typeof piece === "string") this.#put(piece);
      else this.#emit(piece);
    }
  }

  /** The events since this was last asked. */
  taken(): readonly ModelEvent[] {
    this.#flush();
    return this.#events.splice(0);
  }

  #put(text: string): void {
    this.#text.push(text);
    this.#unfollowed.push(text);
    const line = text.slice(text.lastIndexOf("\n") + 1);
    this.#isLineStart = line.trim() === "" && (this.#isLineStart || line.length < text.length);
  }

  #emit(event: ModelEvent): void {
    this.#flush();
    this.#events.push(event);
  }

  #flush(): void {
    if (this.#text.length > 0) this.#events.push({ type: "text-delta", text: this.#text.splice(0).join("") });
  }
}
