import { ClawError, type ModelEvent } from "@claw/kernel";

const openings = ["<think>", "<thinking>"];

/** A reply's events, with what stands in `<think>` at its beginning as what the model thought. Nothing is looked for where the server says that itself. */
export async function* textThoughts(events: AsyncIterable<ModelEvent>): AsyncGenerator<ModelEvent, void> {
  const parser = new ThoughtParser();
  try {
    for await (const event of events) {
      if (parser.isOver) yield event;
      else if (event.type === "text-delta") yield* parser.push(event.text);
      else {
        if (event.type !== "usage") yield* parser.finish();
        yield event;
      }
    }
  } catch (error) {
    if (ClawError.is(error)) yield* parser.finish();
    throw error;
  }
}

class ThoughtParser {
  #held = "";
  /** The tag that ends the thought which is open. */
  #close = "";
  #isBlank = true;
  #state: "begin" | "thought" | "gap" | "text" = "begin";

  /** Nothing is looked for any more. */
  get isOver(): boolean {
    return this.#state === "text";
  }

  *push(text: string): Generator<ModelEvent, void> {
    this.#held += text;
    if (this.#state === "begin") this.#begin();
    if (this.#state === "thought") yield* this.#think();
    if (this.#state === "gap") {
      // The space between a thought and the answer is neither's.
      this.#held = this.#held.trimStart();
      if (this.#held !== "") this.#state = "text";
    }
    if (this.#state === "text") yield* this.finish();
  }

  /** What is held back, as what it is so far. */
  *finish(): Generator<ModelEvent, void> {
    const text = this.#held;
    const isThought = this.#state === "thought";
    this.#held = "";
    this.#state = "text";
    if (text !== "") yield { type: isThought ? "reasoning-delta" : "text-delta", text };
  }

  #begin(): void {
    const start = this.#held.search(/\S/);
    const said = start === -1 ? "" : this.#held.slice(start);
    const opening = openings.find((tag) => said.startsWith(tag));
    if (opening !== undefined) {
      this.#state = "thought";
      this.#close = opening.replace("<", "</");
      this.#held = said.slice(opening.length);
    } else if (!openings.some((tag) => tag.startsWith(said))) this.#state = "text";
  }

  *#think(): Generator<ModelEvent, void> {
    if (this.#isBlank) this.#held = this.#held.trimStart();
    const end = this.#held.indexOf(this.#close);
    const length = end === -1 ? this.#held.length - begun(this.#held, this.#close) : end;
    if (length > 0) {
      this.#isBlank = false;
      yield { type: "reasoning-delta", text: this.#held.slice(0, length) };
    }
    this.#held = this.#held.slice(end === -1 ? length : end + this.#close.length);
    if (end !== -1) this.#state = "gap";
  }
}

/** The length of an end of a text that may begin a tag. */
function begun(text: string, tag: string): number {
  for (let length = Math.min(tag.length - 1, text.length); length > 0; length -= 1) if (tag.startsWith(text.slice(-length))) return length;
  return 0;
}
