/** Follows a Markdown text as it comes, to know whether its end stands in a fence or in a line's inline code. */
export class CodeSpans {
  #inFence = false;
  #inline = false;
  /** Only space since the line began. */
  #isBlank = true;
  #ticks = 0;

  /** Whether what follows is code. */
  get isOpen(): boolean {
    // A run of backticks that is not over yet counts as far as it goes.
    if (this.#ticks === 0) return this.#inFence || this.#inline;
    return this.#isFence() ? !this.#inFence : this.#inFence || !this.#inline;
  }

  push(text: string): void {
    if (!text.includes("`")) return this.#plain(text);
    for (const [run] of text.matchAll(/`+|[^`]+/g)) {
      if (run.startsWith("`")) {
        this.#ticks += run.length;
        continue;
      }
      this.#plain(run);
    }
  }

  #plain(text: string): void {
    if (text !== "") this.#close();
    const line = text.lastIndexOf("\n");
    if (line !== -1) {
      this.#inline = false;
      this.#isBlank = true;
    }
    if (this.#isBlank) this.#isBlank = text.slice(line + 1).trim() === "";
  }

  #isFence(): boolean {
    return this.#isBlank && this.#ticks >= 3;
  }

  #close(): void {
    if (this.#ticks === 0) return;
    if (this.#isFence()) this.#inFence = !this.#inFence;
    else if (!this.#inFence) this.#inline = !this.#inline;
    this.#isBlank = false;
    this.#ticks = 0;
  }
}
