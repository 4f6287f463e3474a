import type { Invocation } from "@claw/kernel";
import {
  invocationOf,
  memoryTerminal,
  scriptedClient,
  type MemoryTerminal,
  type ScriptedClient,
  type ScriptOptions,
  type Step,
  type TerminalOptions,
} from "@claw/testing/conformance";
import { printFrontend, type PrintOptions } from "../src/frontend.ts";

/** A front-end with ids and a clock that count. */
export function printWith(options: Partial<PrintOptions> = {}) {
  let [ids, clock] = [0, 0];
  return printFrontend({
    outputFormat: "text",
    inputFormat: "text",
    includePartialMessages: false,
    replayUserMessages: false,
    verbose: false,
    quiet: false,
    version: "1.0.0",
    now: () => (clock += 500),
    id: () => `id-${(ids += 1)}`,
    patienceMs: 20,
    ...options,
  });
}

export interface Printed {
  readonly code: number;
  readonly terminal: MemoryTerminal;
  readonly client: ScriptedClient;
  /** Standard output as JSON lines. */
  readonly records: () => readonly Readonly<Record<string, unknown>>[];
}

export interface PrintCase {
  readonly turns: readonly (readonly Step[])[];
  readonly options?: Partial<PrintOptions>;
  readonly terminal?: TerminalOptions;
  readonly invocation?: Partial<Invocation>;
  readonly script?: ScriptOptions;
  readonly signal?: AbortSignal;
}

/** Runs a script and keeps everything that was printed. */
export async function print({ turns, options, terminal: about, invocation, script, signal = new AbortController().signal }: PrintCase): Promise<Printed> {
  const [terminal, client] = [memoryTerminal(about), scriptedClient(turns, script)];
  const code = await printWith(options).run(client, invocationOf(terminal, invocation), signal);
  return {
    code,
    terminal,
    client,
    records: () =>
      terminal.out
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>),
  };
}
