import { open, type FileHandle } from "node:fs/promises";
import { ClawError, type Cassette, type ContentBlock, type ModelEvent, type ModelRequest, type ResolvedModel } from "@claw/kernel";
import { mapStrings, providerFailure, type StringMap } from "@claw/kernel/kit";
import { canonical } from "./canonical.ts";
import { version, type Header, type Line, type RecordedError } from "./exchange.ts";
import type { NormalRequest } from "./normal-form.ts";
import { toPlaceholders, type Places } from "./places.ts";

export interface RecorderParts {
  readonly path: string;
  readonly claw: string;
  readonly secrets: StringMap;
  places(request: ModelRequest): Promise<Places>;
  normal(request: ModelRequest, places: Places): NormalRequest;
}

/** Writes down what providers answer: a line an exchange, as it ends, so that whatever happens a cassette is whole up to there. */
export class Recorder implements Cassette, AsyncDisposable {
  readonly mode = "record";
  readonly #parts: RecorderParts;
  #file: Promise<FileHandle> | undefined;
  #last: Promise<void> = Promise.resolve();
  #before: { readonly messages: readonly string[]; readonly system: string } = { messages: [], system: "" };

  constructor(parts: RecorderParts) {
    this.#parts = parts;
  }

  async model(): Promise<undefined> {
    return undefined;
  }

  async *stream(request: ModelRequest, model: ResolvedModel, next: Parameters<Cassette["stream"]>[2], signal: AbortSignal): AsyncGenerator<ModelEvent, void> {
    // Before anything is asked: what cannot be recorded is not paid for.
    this.#file ??= this.#begin(model);
    await this.#file;
    const said: ModelEvent[] = [];
    let ended = false;
    try {
      for await (const event of next(request, signal)) {
        if (!ended) said.push(event);
        if (event.type === "end" && !ended) {
          ended = true;
          await this.#append(request, said, undefined);
        }
        yield event;
      }
    } catch (error) {
      // What a person broke off would be played as a failure of the provider.
      if (!ended && !signal.aborted) await this.#append(request, said, recorded(providerFailure(error, model.address)));
      throw error;
    }
    if (!ended) await this.#append(request, said, undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last.catch(() => undefined);
    await (await this.#file?.catch(() => undefined))?.close();
  }

  async #begin(model: ResolvedModel): Promise<FileHandle> {
    const { path, claw, secrets } = this.#parts;
    const header = mapStrings({ cassette: version, claw, model } satisfies Header, secrets);
    try {
      const file = await open(path, "wx", 0o600);
      await file.appendFile(`${JSON.stringify(header)}\n`);
      return file;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EEXIST")
        throw new ClawError(
          "USAGE",
          `${path} exists already, and a recording begins a new file`,
          {},
          { cause: error, fix: `remove ${path}, or record to another file` },
        );
      throw this.#unwritable(error);
    }
  }

  /** One after the other, in the order in which the exchanges ended. */
  #append(request: ModelRequest, said: readonly ModelEvent[], error: RecordedError | undefined): Promise<void> {
    const done = this.#last.then(() => this.#write(request, said, error));
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #write(request: ModelRequest, said: readonly ModelEvent[], error: RecordedError | undefined): Promise<void> {
    const { secrets } = this.#parts;
    const places = await this.#parts.places(request);
    const inPlace = toPlaceholders(places);
    const clean = (value: unknown): unknown =>
      mapStrings(value, { text: (text) => inPlace(secrets.text(text)), opaque: (text) => inPlace(secrets.opaque(text)) });
    const normal = this.#parts.normal(request, places);
    const messages = normal.messages.map(canonical);
    const system = clean(request.system) as readonly ContentBlock[];
    const keep = sharedLength(this.#before.messages, messages);
    const isNewSystem = canonical(system) !== this.#before.system;
    const line: Line = {
      request: { keep, messages: normal.messages.slice(keep), tools: normal.tools, ...(isNewSystem ? { system } : {}) },
      events: clean(joined(said)) as readonly ModelEvent[],
      ...(error === undefined ? {} : { error: clean(error) as RecordedError }),
    };
    try {
      await (await this.#file)?.appendFile(`${JSON.stringify(line)}\n`);
    } catch (cause) {
      throw this.#unwritable(cause);
    }
    this.#before = { messages, system: canonical(system) };
  }

  #unwritable(cause: unknown): ClawError<"PATH_UNWRITABLE"> {
    const { path } = this.#parts;
    return new ClawError("PATH_UNWRITABLE", `the cassette ${path} cannot be written (${(cause as NodeJS.ErrnoException).code})`, { path }, { cause });
  }
}

/** Events with the deltas of one text in one: a secret that came in two pieces is seen, and a cassette can be read. */
function joined(said: readonly ModelEvent[]): readonly ModelEvent[] {
  const events: ModelEvent[] = [];
  let pieces: string[] = [];
  for (const [at, event] of said.entries()) {
    if (event.type !== "text-delta" && event.type !== "reasoning-delta") {
      events.push(event);
      continue;
    }
    pieces.push(event.text);
    if (said[at + 1]?.type === event.type) continue;
    events.push({ type: event.type, text: pieces.join("") });
    pieces = [];
  }
  return events;
}

function sharedLength(one: readonly string[], other: readonly string[]): number {
  const at = one.findIndex((message, index) => message !== other[index]);
  return at === -1 ? one.length : at;
}

const recorded = ({ code, message, data, retryable, fix }: ClawError): RecordedError => ({
  code,
  message,
  data,
  retryable,
  ...(fix === undefined ? {} : { fix }),
});
