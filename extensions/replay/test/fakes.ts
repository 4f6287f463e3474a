import type { Cassette, ModelEvent, ModelRequest, ResolvedModel } from "@claw/kernel";
import { mkdtemp, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { normalForm } from "../src/normal-form.ts";
import { placesOf, type Places } from "../src/places.ts";
import { Player } from "../src/player.ts";
import { Recorder } from "../src/recorder.ts";
import { withoutSecrets } from "../src/secrets.ts";

export const model: ResolvedModel = { address: "one/alpha", info: { id: "alpha", contextWindow: 1000, tools: true, reasoning: false } };
export const never = new AbortController().signal;
export const end: ModelEvent = { type: "end", reason: "stop" };
export const text = (said: string): ModelEvent => ({ type: "text-delta", text: said });

/** A request whose last message is this text. */
export const ask = (said: string, more: Partial<ModelRequest> = {}): ModelRequest => ({
  model: "alpha",
  system: [],
  messages: [{ role: "user", content: [{ type: "text", text: said }] }],
  tools: [],
  ...more,
});

export interface Machine {
  readonly environment?: Readonly<Record<string, string>>;
  readonly home?: string;
}

const partsOf = ({ environment = {}, home = "/home/u" }: Machine) => {
  const secrets = withoutSecrets(environment);
  return {
    secrets,
    claw: "1.0.0",
    places: (request: ModelRequest) => placesOf(request, { home, state: `${home}/.local/state/claw`, realpath }),
    normal: (request: ModelRequest, places: Places) => normalForm(places, ["/tmp"], secrets)(request),
  };
};

export const recorder = (path: string, machine: Machine = {}): Recorder => new Recorder({ ...partsOf(machine), path });
export const player = (path: string, machine: Machine = {}): Player => new Player({ ...partsOf(machine), path });

/** A provider that says these events and then throws, when there is something to throw. */
export const says = (events: readonly ModelEvent[], error?: unknown): (() => AsyncIterable<ModelEvent>) =>
  async function* () {
    yield* events;
    if (error !== undefined) throw error;
  };

const nobody = (): never => {
  throw new Error("a provider was asked");
};

export async function heard(
  cassette: Cassette,
  request: ModelRequest,
  next: () => AsyncIterable<ModelEvent> = nobody,
  signal: AbortSignal = never,
): Promise<{ readonly events: readonly ModelEvent[]; readonly error?: unknown }> {
  const events: ModelEvent[] = [];
  try {
    for await (const event of cassette.stream(request, model, next, signal)) events.push(event);
    return { events };
  } catch (error) {
    return { events, error };
  }
}

export interface Folder extends AsyncDisposable {
  at(name: string): string;
  lines(name: string): Promise<readonly unknown[]>;
}

export async function folder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), "claw-replay-"));
  return {
    at: (name) => join(path, name),
    lines: async (name) =>
      (await readFile(join(path, name), "utf8"))
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true }),
  };
}
