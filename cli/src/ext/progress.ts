import type { Terminal } from "@claw/kernel/host";
import { printable } from "../printable.ts";

/** What is going on, as the library tells of it. */
export interface Step {
  readonly what: string;
  readonly of: string;
  readonly bytes?: number;
  readonly total?: number;
}

export interface Progress {
  readonly step: (step: Step) => void;
  /** Nothing is shown any more, and the line is clear. */
  readonly stop: () => void;
}

/** Whoever waits less than this needs no word. */
const patienceMs = 1000;
/** A line that changes faster than this cannot be read. */
const betweenMs = 100;
const words: Readonly<Record<string, string>> = { refresh: "refreshing", fetch: "fetching", verify: "verifying", install: "installing" };

/** Says on standard error what is going on, once it takes long: one line that changes on a terminal, and otherwise a line for each thing that begins. */
export function openProgress(terminal: Pick<Terminal, "say" | "interactive" | "columns">, json: boolean, clock: () => number): Progress {
  const began = clock();
  let shown = "";
  let last = Number.NEGATIVE_INFINITY;
  const { say, interactive, columns } = terminal;
  if (json) return { step: () => undefined, stop: () => undefined };
  return {
    step(step) {
      const now = clock();
      if (now - began < patienceMs) return;
      if (!interactive) {
        const line = `${words[step.what] ?? step.what} ${oneLine(step.of)}\n`;
        if (line !== shown) say(line);
        shown = line;
        return;
      }
      if (now - last < betweenMs && step.bytes !== step.total) return;
      last = now;
      const line = textOf(step).slice(0, Math.max(0, columns - 1));
      say(`\r${line.padEnd(shown.length)}`);
      shown = line;
    },
    stop() {
      if (interactive && shown !== "") say(`\r${" ".repeat(shown.length)}\r`);
      shown = "";
    },
  };
}

const oneLine = (text: string): string => printable(text).replace(/[\n\t]/g, " ");

function textOf({ what, of, bytes, total }: Step): string {
  const amount = bytes === undefined ? "" : total === undefined || total === 0 ? ` ${kilobytes(bytes)}` : ` ${Math.floor((100 * bytes) / total)} %`;
  return `${words[what] ?? what} ${oneLine(of)}${amount}`;
}

const kilobytes = (bytes: number): string => `${Math.ceil(bytes / 1024)} KiB`;
