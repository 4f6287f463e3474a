import { StringDecoder } from "node:string_decoder";
import { plainLine } from "@claw/kernel/kit";

/** A line of a server's standard error is shown so far. */
const lineCharacters = 400;
/** A server that talks on is not listened to for ever. */
const mostLines = 200;

/** What a server says on its standard error: its lines for the log, and the last for whoever asks why it ended. */
export class Complaints {
  readonly #say: (line: string) => void;
  readonly #decoder = new StringDecoder("utf8");
  #rest = "";
  #said = 0;
  last = "";

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  take(bytes: Uint8Array): void {
    const lines = (this.#rest + this.#decoder.write(bytes)).split("\n");
    // A line without an end is kept no longer than it is shown.
    this.#rest = (lines.pop() ?? "").slice(0, lineCharacters * 4);
    for (const line of lines) this.#line(line);
    if (lines.length === 0 && this.#rest !== "") this.last = plain(this.#rest);
  }

  #line(line: string): void {
    const text = plain(line);
    if (text === "") return;
    this.last = text;
    this.#said += 1;
    if (this.#said <= mostLines) this.#say(text);
    if (this.#said === mostLines) this.#say("says more than is kept here");
  }
}

const plain = (line: string): string => plainLine(line, lineCharacters);
