import type { ModelEvent } from "@claw/kernel";
import type { Dialect, OfferedTools, PrintedCall } from "./dialects/dialect.ts";
import type { Dialects } from "./dialects.ts";
import { readWholeAnswer } from "./dialects/whole-answer.ts";
import { isFitting } from "./fitting-call.ts";
import { PrintedText, type Reading } from "./printed-text.ts";
import { SpokenText } from "./spoken-text.ts";

/** Something that may be a call, from its first character on. */
interface Suspect {
  readonly printed: PrintedText;
  readonly reading: Reading<readonly PrintedCall[]>;
  /** Pieces not yet shown to the reading, and their length together. */
  readonly pieces: string[];
  length: number;
}

/** Longer than any call that is meant: more than that is text. */
const maxCallLength = 16 * 1024 * 1024;

/**
 * Takes a reply's text as it comes and gives the events it means: text as it is, and the calls printed at its end. What may be
 * a call is held back until that is decided: one that text follows was spoken of, and not meant. How the text is cut makes no
 * difference to what comes out.
 */
export class CallParser {
  readonly #tools: OfferedTools;
  readonly #dialects: readonly Dialect[];
  readonly #openings: RegExp;
  readonly #beginnings: ReadonlySet<string>;
  readonly #longest: number;
  readonly #spoken = new SpokenText();
  /** Whether nothing but space has been said. */
  #isFirst: boolean;
  #held = "";
  readonly #isGuess: boolean;
  #suspect: Suspect | undefined;

  constructor(tools: OfferedTools, { marked, wholeAnswer, isGuess }: Dialects) {
    const openings = marked.flatMap((dialect) => dialect.openings);
    this.#tools = tools;
    this.#dialects = marked;
    this.#isFirst = wholeAnswer;
    this.#isGuess = isGuess;
    // `$^` is nowhere.
    this.#openings = new RegExp(openings.length === 0 ? "$^" : openings.map((opening) => opening.replaceAll(/[[\]|]/g, "\\$&")).join("|"), "g");
    this.#beginnings = new Set(openings.flatMap((opening) => Array.from({ length: opening.length - 1 }, (_, index) => opening.slice(0, index + 1))));
    this.#longest = Math.max(0, ...openings.map(({ length }) => length));
  }

  /** How many calls were found. */
  get calls(): number {
    return this.#spoken.calls;
  }

  push(text: string): readonly ModelEvent[] {
    if (this.#suspect === undefined && this.#held === "" && !this.#isFirst && !/[<[]/.test(text)) this.#spoken.say(text);
    else if (this.#suspect === undefined) {
      this.#held += text;
      this.#scan(false);
    } else if (this.#feed(this.#suspect, text)) this.#scan(false);
    return this.#spoken.taken();
  }

  /** An event that is no text: decides what is undecided, but whether the calls before it are meant. */
  pass(event: ModelEvent): readonly ModelEvent[] {
    this.#settle();
    this.#spoken.pass(event);
    return this.#spoken.taken();
  }

  /** Nothing more comes: the calls that were read last are meant. */
  finish(): readonly ModelEvent[] {
    this.#settle();
    this.#spoken.mean();
    return this.#spoken.taken();
  }

  /** What was held back, as the text it is. */
  release(): readonly ModelEvent[] {
    const { printed, pieces = [] } = this.#suspect ?? {};
    this.#suspect = undefined;
    this.#spoken.disown();
    this.#spoken.say((printed?.text ?? "") + pieces.join("") + this.#held);
    this.#held = "";
    return this.#spoken.taken();
  }

  #settle(): void {
    if (this.#suspect !== undefined) this.#resume(this.#suspect, true);
    this.#scan(true);
    this.#spoken.say(this.#held);
    this.#held = "";
  }

  /** Goes on in what is held until something is undecided. */
  #scan(isWhole: boolean): void {
    while (this.#suspect === undefined && this.#held !== "") {
      const next = this.#isFirst ? this.#firstSuspect() : this.#nextSuspect(isWhole);
      if (next === undefined) return;
      if (next !== "none") this.#resume(next, isWhole);
    }
  }

  #firstSuspect(): Suspect | "none" | undefined {
    const start = this.#held.search(/\S/);
    if (start === -1) return undefined;
    this.#isFirst = false;
    if (!/[{[`]/.test(this.#held[start] as string)) return "none";
    const printed = new PrintedText(this.#held, 0);
    this.#held = "";
    return { printed, reading: readWholeAnswer(printed, this.#tools, this.#isGuess), pieces: [], length: 0 };
  }

  /** Lets out what stands before the next opening, and what may begin one stays. */
  #nextSuspect(isWhole: boolean): Suspect | "none" | undefined {
    this.#openings.lastIndex = 0;
    const found = this.#openings.exec(this.#held);
    if (found === null) {
      const kept = isWhole ? 0 : this.#begun();
      this.#spoken.say(this.#held.slice(0, this.#held.length - kept));
      this.#held = this.#held.slice(this.#held.length - kept);
      return undefined;
    }
    const [opening] = found;
    this.#spoken.say(this.#held.slice(0, found.index));
    const dialect = this.#dialects.find(({ openings }) => openings.includes(opening)) as Dialect;
    // What stands in a fence, in backticks or within a sentence is shown, and not meant.
    if (this.#spoken.isCode() || (this.#isGuess && dialect.ownLine === true && this.#spoken.isInLine)) {
      this.#spoken.say(opening);
      this.#held = this.#held.slice(found.index + opening.length);
      return "none";
    }
    const printed = new PrintedText(this.#held.slice(found.index), opening.length);
    this.#held = "";
    return { printed, reading: dialect.read(printed, this.#tools, opening), pieces: [], length: 0 };
  }

  /** The length of an end of what is held that may begin an opening. */
  #begun(): number {
    for (let length = Math.min(this.#longest - 1, this.#held.length); length > 0; length -= 1)
      if (this.#beginnings.has(this.#held.slice(-length))) return length;
    return 0;
  }

  /** Takes more text for a suspect; whether it is decided then. */
  #feed(suspect: Suspect, text: string): boolean {
    suspect.pieces.push(text);
    suspect.length += text.length;
    // Joining a long text for every few characters of it would cost the square of its length.
    if (suspect.length * 4 < suspect.printed.text.length) return false;
    this.#resume(suspect, false);
    return this.#suspect === undefined;
  }

  #resume(suspect: Suspect, isWhole: boolean): void {
    const { printed, reading, pieces } = suspect;
    printed.text += pieces.splice(0).join("");
    printed.isWhole = isWhole;
    suspect.length = 0;
    const { done = false, value } = reading.next();
    const isTooLong = (done ? printed.at : printed.text.length) > maxCallLength;
    this.#suspect = done || isTooLong ? undefined : suspect;
    if (this.#suspect !== undefined) return;
    const calls = done && !isTooLong && value !== undefined ? value : [];
    const at = isTooLong ? maxCallLength : printed.at;
    const isMeant = calls.length > 0 && (!this.#isGuess || calls.every((call) => isFitting(call, this.#tools)));
    if (isMeant) this.#spoken.call(calls, printed.text.slice(0, at));
    else this.#spoken.say(printed.text.slice(0, at));
    this.#held = printed.text.slice(at);
  }
}
