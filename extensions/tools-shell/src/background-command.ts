import { ClawError, type Exit, type Running, type ToolResult } from "@claw/kernel";
import { detailsOf, endingOf, hintOf, report } from "./ending.ts";
import { OutputWindow, type WindowLimits } from "./output-window.ts";
import { refusalOf } from "./refusal.ts";
import type { SpillFile } from "./spill-file.ts";
import { WholeCharacters } from "./whole-characters.ts";

export interface BackgroundStart {
  readonly id: string;
  readonly session: string;
  readonly timeoutMs: number | undefined;
  readonly running: Running;
  readonly spill: SpillFile;
  readonly limits: WindowLimits;
  readonly needs: readonly string[];
}

/** A command that outlives its call. Disposing ends it. */
export class BackgroundCommand implements AsyncDisposable {
  readonly id: string;
  readonly session: string;
  /** Resolves once its output is read to the end and its exit is known. */
  readonly over: Promise<void>;
  readonly #start: BackgroundStart;
  /** What it printed since the last look. */
  #unread: OutputWindow;
  #exit: Exit | undefined;
  /** Why it never ran. */
  #failure: ClawError | undefined;

  constructor(start: BackgroundStart) {
    this.id = start.id;
    this.session = start.session;
    this.#start = start;
    this.#unread = new OutputWindow(start.limits);
    this.over = this.#follow();
  }

  get isRunning(): boolean {
    return this.#exit === undefined && this.#failure === undefined;
  }

  /** What it printed since the last look, and how it stands. */
  look(): ToolResult {
    const { id, spill, limits, needs } = this.#start;
    const text = this.#unread.text((leftOut) => `${leftOut} bytes left out, ${spill.describe()}`);
    this.#unread = new OutputWindow(limits);
    const exit = this.#exit;
    if (this.#failure !== undefined) return { failed: true, content: [{ type: "text", text: report(text, this.ending()) }], details: { id, running: false } };
    if (exit === undefined) return { content: [{ type: "text", text: report(text, `${id} is running`) }], details: { id, running: true } };
    return {
      content: [{ type: "text", text: report(text, this.ending(), hintOf(exit), refusalOf(exit, text, needs)) }],
      details: { id, running: false, ...detailsOf(exit) },
    };
  }

  /** How it ended, in words. */
  ending(): string {
    const failure = this.#failure;
    if (failure !== undefined) return `${this.id} was not run: ${failure.message}${failure.fix === undefined ? "" : `; ${failure.fix}`}`;
    return `${this.id} is over: ${(this.#exit && endingOf(this.#exit, this.#start.timeoutMs)) ?? "exit status 0"}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#start.running[Symbol.asyncDispose]();
    await this.over;
  }

  async #follow(): Promise<void> {
    const { running, spill } = this.#start;
    const characters = new WholeCharacters();
    for await (const { bytes } of running.output) {
      await spill.write(bytes);
      this.#unread.take(characters.push(bytes));
    }
    this.#unread.take(characters.end());
    try {
      this.#exit = await running.exit;
    } catch (error) {
      this.#failure = ClawError.is(error) ? error : new ClawError("TOOL_FAILED", String(error), { tool: "bash" }, { cause: error });
    }
    await running[Symbol.asyncDispose]();
    await spill[Symbol.asyncDispose]();
  }
}
