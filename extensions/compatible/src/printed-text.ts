/** A text that is still being printed, read from its beginning. Whoever reads it yields where it has to wait for more. */
export class PrintedText {
  /** What has been printed. */
  text: string;
  /** Up to where it is read. */
  at: number;
  /** Nothing more comes. */
  isWhole = false;

  constructor(text: string, at: number) {
    this.text = text;
    this.at = at;
  }

  /** Whether so many characters more are there, or come. */
  *has(count: number): Reading<boolean> {
    while (this.text.length - this.at < count) {
      if (this.isWhole) return false;
      yield;
    }
    return true;
  }

  /** The next character, which stays; empty at the end. */
  *peek(): Reading<string> {
    return (yield* this.has(1)) ? (this.text[this.at] as string) : "";
  }

  *skipSpace(): Reading<void> {
    while (isSpace(this.text[this.at] ?? (yield* this.peek()))) this.at += 1;
  }

  /** Reads a word if it stands here. */
  *take(word: string): Reading<boolean> {
    for (let length = 1; length <= word.length; length += 1) {
      if (!(yield* this.has(length)) || this.text[this.at + length - 1] !== word[length - 1]) return false;
    }
    this.at += word.length;
    return true;
  }

  /** As `take`, over space before it; the space stays if the word is not there. */
  *takeNext(word: string): Reading<boolean> {
    const from = this.at;
    yield* this.skipSpace();
    if (yield* this.take(word)) return true;
    this.at = from;
    return false;
  }

  /** What stands before a word, which is read too; undefined if it is not there within so many characters, and nothing is read then. */
  *until(word: string, limit: number = Infinity): Reading<string | undefined> {
    for (let from = this.at; ;) {
      // No further than the limit: what is beyond it is searched by whoever reads there.
      const window = limit === Infinity ? this.text : this.text.slice(0, this.at + limit + word.length);
      const found = window.indexOf(word, from);
      if (found !== -1) {
        const before = this.text.slice(this.at, found);
        this.at = found + word.length;
        return before;
      }
      if (window.length < this.text.length || this.isWhole) return undefined;
      from = Math.max(this.at, window.length - word.length + 1);
      yield;
    }
  }

  /** What of a pattern of single characters stands here, at the most so many of them. */
  *run(pattern: RegExp, limit: number): Reading<string> {
    const from = this.at;
    for (;;) {
      const next = this.text[this.at] ?? (yield* this.peek());
      if (next === "" || this.at - from >= limit || !pattern.test(next)) return this.text.slice(from, this.at);
      this.at += 1;
    }
  }

  /**
   * The JSON object or list that stands here, as text; undefined if it breaks off or cannot be one, which is where reading stops
   * then. Only its brackets, its strings and the characters between them are looked at.
   */
  *json(): Reading<string | undefined> {
    const from = this.at;
    let depth = 0;
    for (;;) {
      const next = this.text[this.at] ?? (yield* this.peek());
      if (next === "{" || next === "[") depth += 1;
      else if (next === "}" || next === "]") depth -= 1;
      else if (next === "" || depth === 0 || !/[\s":,\w.+-]/.test(next)) return undefined;
      this.at += 1;
      if (next === '"') {
        if (!(yield* this.#skipString())) return undefined;
      } else if (depth === 0) return this.text.slice(from, this.at);
    }
  }

  /** Up to the quote that ends the string which is open here. */
  *#skipString(): Reading<boolean> {
    const ends = /["\\]/g;
    for (;;) {
      ends.lastIndex = this.at;
      const found = ends.exec(this.text);
      if (found === null) {
        this.at = this.text.length;
        if (this.isWhole) return false;
        yield;
      } else if (found[0] === '"') {
        this.at = found.index + 1;
        return true;
      } else {
        this.at = found.index;
        if (!(yield* this.has(2))) return false;
        this.at += 2;
      }
    }
  }
}

/** Something that reads, and what it finds. It yields where it needs more text. */
export type Reading<T> = Generator<undefined, T, undefined>;

const isSpace = (sign: string): boolean => sign === " " || sign === "\n" || sign === "\r" || sign === "\t";
