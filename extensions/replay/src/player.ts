import { ClawError, type Cassette, type ModelEvent, type ModelRequest } from "@claw/kernel";
import { mapStrings } from "@claw/kernel/kit";
import type { Exchange, RecordedError, Tape } from "./exchange.ts";
import { isSame, nearest } from "./match.ts";
import type { NormalRequest } from "./normal-form.ts";
import { toPaths, type Places } from "./places.ts";
import { readTape } from "./tape.ts";

export interface PlayerParts {
  readonly path: string;
  places(request: ModelRequest): Promise<Places>;
  normal(request: ModelRequest, places: Places): NormalRequest;
}

/** Shown at once of a text that came in many small pieces. */
const pieceLength = 200;

/** Says again what a cassette has recorded, each exchange once: the next one if it is what is asked, otherwise any that is. */
export class Player implements Cassette {
  readonly mode = "replay";
  readonly #parts: PlayerParts;
  readonly #used = new Set<number>();
  #tape: Promise<Tape> | undefined;

  constructor(parts: PlayerParts) {
    this.#parts = parts;
  }

  async model(): ReturnType<Cassette["model"]> {
    return (await this.#load()).header.model;
  }

  async *stream(request: ModelRequest, _model: unknown, _next: unknown, signal: AbortSignal): AsyncGenerator<ModelEvent, void> {
    const { exchanges } = await this.#load();
    const places = await this.#parts.places(request);
    const { events, error } = this.#take(this.#parts.normal(request, places), exchanges);
    const text = toPaths(places);
    const restored = (value: unknown): unknown => mapStrings(value, { text, opaque: text });
    for (const event of events) {
      for (const piece of pieces(restored(event) as ModelEvent)) {
        signal.throwIfAborted();
        yield piece;
      }
    }
    signal.throwIfAborted();
    if (error !== undefined) throw failure(restored(error) as RecordedError);
  }

  #load(): Promise<Tape> {
    return (this.#tape ??= readTape(this.#parts.path));
  }

  #take(asked: NormalRequest, exchanges: readonly Exchange[]): Exchange {
    const index = exchanges.findIndex((exchange, at) => !this.#used.has(at) && isSame(exchange.request, asked));
    const found = exchanges[index];
    if (found === undefined) throw this.#mismatch(asked, exchanges);
    this.#used.add(index);
    return found;
  }

  #mismatch(asked: NormalRequest, exchanges: readonly Exchange[]): ClawError<"CASSETTE_MISMATCH"> {
    const cassette = this.#parts.path;
    const turn = exchanges.findIndex((_, at) => !this.#used.has(at));
    const close = nearest(
      asked,
      exchanges.map(({ request }) => request),
      turn === -1 ? exchanges.length : turn,
    );
    const fix = "record the session again: --record FILE";
    if (close === undefined) return new ClawError("CASSETTE_MISMATCH", `${cassette} has no request at all`, { cassette }, { fix });
    const number = close.index + 1;
    const isAgain = this.#used.has(close.index) && close.difference === "no difference";
    const what = isAgain
      ? `request ${number} is asked again, and was recorded once`
      : `this request was not recorded; the nearest is number ${number} of ${exchanges.length}, which differs at ${close.difference}`;
    return new ClawError(
      "CASSETTE_MISMATCH",
      `${cassette}: ${what}`,
      { cassette, nearest: number, ...(isAgain ? {} : { difference: close.difference }) },
      { fix },
    );
  }
}

function* pieces(event: ModelEvent): Generator<ModelEvent, void> {
  if (event.type !== "text-delta" && event.type !== "reasoning-delta") return yield event;
  // By code points: a piece never ends in half a character.
  const characters = Array.from(event.text);
  for (let at = 0; at < characters.length; at += pieceLength) yield { type: event.type, text: characters.slice(at, at + pieceLength).join("") };
}

const failure = ({ code, message, data, retryable, fix }: RecordedError): ClawError =>
  new ClawError(code, message, data as ClawError["data"], { retryable, ...(fix === undefined ? {} : { fix }) });
