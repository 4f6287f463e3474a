import type { ContentBlock, ReplyEntry, ToolResultEntry } from "@claw/kernel";
import { denialReason } from "@claw/kernel/kit";
import { callLine } from "./call-line.ts";
import { failureLines } from "./outcome.ts";
import type { Printer, PrinterParts, TurnReport } from "./printer.ts";
import { textOf } from "./totals.ts";
import { oneLine, plain, plainStream } from "./visible.ts";

export interface TextOptions {
  readonly verbose: boolean;
  readonly quiet: boolean;
}

type Style = "dim" | "red" | "yellow";
const mostResultLines = 20;

/**
 * The answer on standard output, everything else on standard error. A terminal gets replies as they come. A pipe gets the answer
 * alone: text that leads to tool calls is told on standard error, and a reply that is cut off and asked for again leaves nothing behind.
 */
export function textPrinter({ output, terminal }: PrinterParts, { verbose, quiet }: TextOptions): Printer {
  const isLive = terminal.outputIsTerminal === true;
  const judged = new Set<string>();
  let clean = plainStream();
  /** What of the running reply has been written. */
  let streamed = "";
  let endsLine = true;
  /** Whether the last reply is an end without a word. */
  let isMute = false;

  // An import of the module loads all it has, which takes longer than the rest of this extension.
  const paint = (style: Style, text: string): string =>
    terminal.color ? process.getBuiltinModule("node:util").styleText(style, text, { validateStream: false }) : text;

  function write(text: string): Promise<void> | undefined {
    if (text !== "") endsLine = text.endsWith("\n");
    return output.add(text);
  }

  /** A line on standard error, after what was written before it. */
  async function say(style: Style, text: string): Promise<void> {
    if (!endsLine && isLive) write("\n");
    await output.flush();
    terminal.say(`${paint(style, text)}\n`);
  }

  const tell = (text: string, style: Style = "dim"): Promise<void> | undefined => (quiet ? undefined : say(style, text));

  function reply(entry: ReplyEntry): Promise<void> | undefined {
    const text = textOf(entry.content);
    isMute = entry.reason === "stop" && text.trim() === "";
    const rest = isLive && text.startsWith(streamed) ? text.slice(streamed.length) : streamed === "" ? text : "";
    const remaining = clean(rest);
    [streamed, clean] = ["", plainStream()];
    if (isLive) {
      write(remaining);
      return endsLine ? undefined : write("\n");
    }
    const leadsOn = entry.content.some(({ type }) => type === "tool-call");
    if (entry.partial === true || text.trim() === "") return undefined;
    if (leadsOn) return tell(plain(text).trim());
    if (!endsLine) write("\n");
    return write(text);
  }

  function result({ call, tool, outcome, content }: ToolResultEntry): Promise<void> | undefined {
    const wasJudged = judged.delete(call);
    const text = content.map(shown).join("\n");
    if (outcome === "ok") return verbose && text.trim() !== "" ? tell(indented(text)) : undefined;
    if (outcome === "denied" && wasJudged) return undefined;
    const what = `${wasJudged ? "  " : `✗ ${oneLine(tool, 64)}: `}${outcome}`;
    return tell(verbose ? `${what}\n${indented(text)}` : `${what}: ${oneLine(lastLines(text), terminal.columns)}`, "red");
  }

  return {
    wantsInfo: false,
    open: () => undefined,
    take(event) {
      switch (event.type) {
        case "text-delta":
          if (!isLive) return undefined;
          streamed += event.text;
          return write(clean(event.text));
        case "reply":
          return reply(event);
        case "retry": {
          [streamed, clean] = ["", plainStream()];
          if (!endsLine) write("\n");
          if (event.model !== undefined) return tell(`● ${oneLine(event.message, 500)}`, "yellow");
          return tell(`● asking again in ${seconds(event.delayMs)} (${event.attempt} of ${event.attempts}): ${oneLine(event.message, 200)}`, "yellow");
        }
        case "judged": {
          judged.add(event.call);
          const line = callLine(event.tool, event.input, terminal.columns);
          return event.verdict === "allow" ? tell(`● ${line}`) : tell(`✗ ${line}: denied: ${oneLine(denialReason(event), 200)}`, "red");
        }
        case "tool-result":
          return result(event);
        case "compacted":
          return tell(`● made room: ${event.tokensBefore} tokens of the conversation became ${event.tokensAfter}`, "yellow");
        case "fault":
          return tell(`● ${oneLine(event.extension, 64)}: ${oneLine(event.message, 400)} (${event.code})`, "yellow");
        case "note":
          return verbose ? tell(`● ${oneLine(event.author, 64)}: ${oneLine(event.text, 400)}`) : undefined;
        case "reasoning-delta":
        case "progress":
        case "session":
        case "prompt":
        case "changed":
        case "turn-end":
          return undefined;
        default:
          // A newer claw's log may hold more.
          event satisfies never;
          return undefined;
      }
    },
    async end({ outcome, turn, durationMs }: TurnReport) {
      if (!endsLine) write("\n");
      await output.flush();
      if (outcome.failure !== undefined) {
        for (const [index, line] of failureLines(outcome.failure).entries()) terminal.say(`${index === 0 ? paint("red", line) : line}\n`);
      } else if (turn.stopReason === "length") await tell("● the answer reached its token limit and is cut off", "yellow");
      else if (turn.stopReason === "refusal") await tell("● the model declined to answer", "yellow");
      else if (isMute) await tell("● the model answered nothing", "yellow");
      const unasked = turn.denials.filter((denial) => denial.unasked).length;
      if (unasked > 0) await tell(unaskedLine(unasked), "yellow");
      if (verbose) await tell(costLine(turn, durationMs));
    },
  };
}

/** For who runs it the first time: what it would have asked is not lost on them. */
const unaskedLine = (count: number): string =>
  `● ${count === 1 ? "a call was" : `${count} calls were`} denied, as nobody can be asked here: --permission-mode workspace-write or --allowed-tools says beforehand what may run`;

function costLine({ requests, usage }: TurnReport["turn"], durationMs: number): string {
  const cached = usage.cacheReadTokens === 0 ? "" : ` (and ${usage.cacheReadTokens} cached)`;
  const cost = usage.costUsd === undefined ? "cost unknown" : `$${usage.costUsd.toFixed(4)}`;
  return `● ${requests} ${requests === 1 ? "request" : "requests"}, ${usage.inputTokens + usage.cacheWriteTokens} tokens in${cached}, ${usage.outputTokens} out, ${cost}, ${seconds(durationMs)}`;
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

const shown = (block: ContentBlock): string => (block.type === "text" ? block.text : `[${block.type}]`);

function indented(text: string): string {
  const lines = plain(text).trimEnd().split("\n");
  const more = lines.length - mostResultLines;
  return [...lines.slice(0, mostResultLines), ...(more > 0 ? [`… ${more} more lines`] : [])].map((line) => `  ${line}`).join("\n");
}

/** The end of an output, where programs say what came of it. */
const lastLines = (text: string): string =>
  text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(-2)
    .join(" · ");
