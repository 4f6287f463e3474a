interface Run {
  readonly mark: string;
  length: number;
}

interface Fence extends Run {
  /** Still on the line it began on. */
  isNew: boolean;
}

/** What may stand before the first word of a line: space, the marks of quotes and of lists. */
const leading = /^(?:[ \t]|>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t]))*/;
/** The beginning of such a mark. */
const halfMark = /^(?:[-*+]|\d{1,9}[.)]?)?$/;
const maxLeading = 200;

/**
 * Follows a Markdown text as it comes, to know whether its end stands where things are shown and not meant: in a fence, in inline
 * code, in a quote, in a block that is indented. In doubt it does. Fences and runs are CommonMark's: a fence ends with a line of its own
 * mark, at least as long as it began, and with nothing after it; inline code ends with a run of the same length, or with the paragraph.
 */
export class CodeSpans {
  #fence: Fence | undefined;
  /** The length of the run that inline code began with; 0 outside of it. */
  #inline = 0;
  #run: Run | undefined;
  /** What the line began with, for as long as no word has come. */
  #start = "";
  #isStart = true;
  #isQuote = false;
  #isIndented = false;
  #isBlankLine = true;
  #isAfterBlank = true;
  /** The line may end the fence, if nothing else comes on it. */
  #isClosing = false;

  /** Whether what follows is code, or quoted. */
  get isOpen(): boolean {
    if (this.#fence !== undefined || this.#isQuote || this.#isIndented) return true;
    const run = this.#run;
    if (run === undefined) return this.#inline > 0;
    if (this.#isStart && run.length >= 3) return true;
    if (run.mark === "~") return this.#inline > 0;
    // A run that is not over yet counts as far as it goes.
    return this.#inline === 0 || this.#inline !== run.length;
  }

  push(text: string): void {
    for (const [token] of text.matchAll(/`+|~+|\n|[^`~\n]+/g)) {
      const mark = token[0] as string;
      if (mark === "`" || mark === "~") this.#marks(mark, token.length);
      else if (mark === "\n") this.#endLine();
      else this.#words(token);
    }
  }

  #marks(mark: string, length: number): void {
    this.#isBlankLine = false;
    if (this.#run?.mark === mark) this.#run.length += length;
    else {
      this.#endRun();
      this.#run = { mark, length };
    }
  }

  #words(text: string): void {
    this.#endRun();
    if (text.trim() !== "") {
      this.#isBlankLine = false;
      this.#isClosing = false;
    }
    if (!this.#isStart) return;
    this.#start += text;
    const before = leading.exec(this.#start)?.[0] ?? "";
    this.#isQuote ||= before.includes(">");
    this.#isIndented ||= this.#isAfterBlank && /^(?: {4}| {0,3}\t)/.test(before);
    const isLeading = this.#start.length <= maxLeading && halfMark.test(this.#start.slice(before.length));
    this.#isStart = isLeading;
  }

  #endRun(): void {
    const run = this.#run;
    if (run === undefined) return;
    this.#run = undefined;
    const mayFence = this.#isStart && run.length >= 3;
    this.#isStart = false;
    if (this.#fence !== undefined) {
      // The words after an opening fence hold none of its backticks: it was inline code.
      if (this.#fence.isNew && run.mark === "`" && this.#fence.mark === "`") {
        this.#inline = this.#fence.length === run.length ? 0 : this.#fence.length;
        this.#fence = undefined;
      } else this.#isClosing = mayFence && run.mark === this.#fence.mark && run.length >= this.#fence.length;
    } else if (mayFence) this.#fence = { ...run, isNew: true };
    else if (run.mark === "`") this.#inline = this.#inline === 0 ? run.length : this.#inline === run.length ? 0 : this.#inline;
  }

  #endLine(): void {
    this.#endRun();
    if (this.#isClosing) this.#fence = undefined;
    if (this.#fence !== undefined) this.#fence.isNew = false;
    if (this.#isBlankLine) this.#inline = 0;
    this.#isAfterBlank = this.#isBlankLine;
    this.#start = "";
    this.#isStart = true;
    this.#isQuote = false;
    this.#isIndented = false;
    this.#isBlankLine = true;
    this.#isClosing = false;
  }
}
