import type { Client, Frontend } from "@claw/kernel";
import { jsonPrinter } from "./json.ts";
import { Output } from "./output.ts";
import type { Printer, PrinterParts } from "./printer.ts";
import { terminalAsker } from "./question.ts";
import { runPrint } from "./run.ts";
import { patienceMs } from "./stdin-prompt.ts";
import { streamJsonPrinter } from "./stream-json.ts";
import { textPrinter } from "./text.ts";

export interface PrintOptions {
  readonly outputFormat: "text" | "json" | "stream-json";
  readonly inputFormat: "text" | "stream-json";
  readonly includePartialMessages: boolean;
  readonly replayUserMessages: boolean;
  readonly verbose: boolean;
  readonly quiet: boolean;
  readonly version: string;
  /** Milliseconds from anywhere. */
  readonly now: () => number;
  readonly id: () => string;
  readonly patienceMs?: number;
}

/** The front-end `print`: a prompt in, the answer out, an exit code. */
export const printFrontend = (options: PrintOptions): Frontend => ({
  asker: ({ terminal }) => (terminal.interactive ? terminalAsker(terminal) : undefined),
  run(client, invocation, signal) {
    const { terminal } = invocation;
    const output = new Output(terminal);
    const printer = printerOf(options, { output, terminal, id: options.id, version: options.version }, client);
    return runPrint(
      {
        client,
        invocation,
        output,
        printer,
        inputFormat: options.inputFormat,
        holdsTurns: options.outputFormat === "stream-json",
        patienceMs: options.patienceMs ?? patienceMs,
        now: options.now,
      },
      signal,
    );
  },
});

function printerOf(options: PrintOptions, parts: PrinterParts, client: Client): Printer {
  switch (options.outputFormat) {
    case "text":
      return textPrinter(parts, options);
    case "json":
      return jsonPrinter(parts);
    case "stream-json":
      return streamJsonPrinter(parts, { ...options, mode: (session) => modeOf(client, session) });
  }
}

/** The mode that was set in this session last; what is configured is known to others. */
function modeOf(client: Client, session: string): string {
  const set = client.entries(session).findLast((entry) => entry.type === "changed" && entry.key === "permission-mode");
  return set?.type === "changed" && typeof set.value === "string" ? set.value : "default";
}
