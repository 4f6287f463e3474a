import type { ToolCall } from "@claw/kernel";
import { OutputWindow } from "./output-window.ts";
import { WholeCharacters } from "./whole-characters.ts";

/** How often a part is shown. A command that is over sooner shows nothing but its result. */
const EVERY_MS = 100;
const SHOWN = { headBytes: 0, tailBytes: 4096 };

/** Shows what a command prints while it runs: the newest few kilobytes, several times a second. */
export class LiveView implements Disposable {
  readonly #show: ToolCall["progress"];
  readonly #characters = new WholeCharacters();
  #news: OutputWindow | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(show: ToolCall["progress"]) {
    this.#show = show;
  }

  take(bytes: Uint8Array): void {
    this.#news ??= new OutputWindow(SHOWN);
    this.#news.take(this.#characters.push(bytes));
    this.#timer ??= setTimeout(() => this.#flush(), EVERY_MS);
  }

  #flush(): void {
    this.#timer = undefined;
    const text = this.#news?.text((leftOut) => `${leftOut} bytes not shown`) ?? "";
    this.#news = undefined;
    if (text !== "") this.#show({ type: "text", text });
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
