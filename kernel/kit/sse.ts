import { ClawError } from "../src/errors.ts";

export interface SseEvent {
  readonly event?: string;
  readonly data: string;
  /** True if `data` is a run: the text of several events as it stands in the stream. */
  readonly run?: boolean;
}

const maxEventLength = 16 * 1024 * 1024;

/** The data of each event of a `text/event-stream` body. An event the body ends in the middle of is left out. */
export async function* sse(body: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  for await (const batch of sseBatches(body)) for (const { data } of batch) yield data;
}

/**
 * The events of each network read; a read of comments or half an event gives an empty batch, so that it counts as a sign of
 * life. `runs`, a sticky pattern of whole events that end in LF LF, says which may be handed on together: an event at a time,
 * 40,000 small ones cost several times what it costs to read them.
 */
export async function* sseBatches(body: AsyncIterable<Uint8Array>, runs?: RegExp): AsyncGenerator<readonly SseEvent[], void> {
  const push = createSseParser(runs);
  for await (const bytes of body) yield push(bytes);
}

/** Takes bytes as they come and gives the events they complete. Reads that end nowhere are kept in pieces and joined once. */
function createSseParser(runs: RegExp | undefined): (bytes: Uint8Array) => readonly SseEvent[] {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let pieces: string[] = [];
  let length = 0;
  let afterReturn = false;

  const decode = (bytes: Uint8Array): string => {
    try {
      return decoder.decode(bytes, { stream: true });
    } catch (cause) {
      throw new ClawError("MODEL_STREAM_INVALID", "the stream holds bytes that are not UTF-8", {}, { cause, retryable: true });
    }
  };
  // CR, LF and CRLF all end a line; a CRLF may be split over two reads.
  const linesOf = (bytes: Uint8Array): string => {
    let text = decode(bytes);
    if (afterReturn && text !== "") {
      afterReturn = false;
      if (text.startsWith("\n")) text = text.slice(1);
    }
    if (!text.includes("\r")) return text;
    afterReturn = text.endsWith("\r");
    return text.replaceAll(/\r\n?/g, "\n");
  };
  const bounded = (size: number): void => {
    if (size > maxEventLength) throw new ClawError("MODEL_STREAM_INVALID", `the stream holds an event over ${maxEventLength} characters`, {});
  };

  return (bytes) => {
    const text = linesOf(bytes);
    const events: SseEvent[] = [];
    let from = 0;
    if (length > 0) {
      const seam = text.startsWith("\n") && (pieces.at(-1) as string).endsWith("\n");
      const end = seam ? 0 : text.indexOf("\n\n");
      if (end !== -1) {
        bounded(length + end);
        const block = pieces.join("") + text.slice(0, end);
        append(events, block, 0, block.length);
        pieces = [];
        length = 0;
        from = seam ? 1 : end + 2;
      }
    }
    if (length === 0) {
      for (;;) {
        const runEnd = runs === undefined ? -1 : endOfRun(runs, text, from);
        const end = runEnd === -1 ? text.indexOf("\n\n", from) : runEnd;
        if (end === -1) break;
        bounded(end - from);
        if (runEnd === -1) append(events, text, from, end);
        else events.push({ data: text.slice(from, end), run: true });
        from = runEnd === -1 ? end + 2 : end;
      }
    }
    if (from < text.length) {
      pieces.push(from === 0 ? text : text.slice(from));
      length += text.length - from;
      bounded(length);
    }
    return events;
  };
}

function endOfRun(runs: RegExp, text: string, from: number): number {
  runs.lastIndex = from;
  return runs.test(text) ? runs.lastIndex : -1;
}

/** Reads the block of lines between two places. */
function append(events: SseEvent[], text: string, from: number, end: number): void {
  let event: string | undefined;
  let data: string | undefined;
  for (let line = from; line < end;) {
    const newline = text.indexOf("\n", line);
    const lineEnd = newline === -1 || newline > end ? end : newline;
    if (text.startsWith("data:", line)) {
      const value = valueOf(text, line + 5, lineEnd);
      data = data === undefined ? value : `${data}\n${value}`;
    } else if (text.startsWith("event:", line)) event = valueOf(text, line + 6, lineEnd);
    else if (lineEnd - line === 4 && text.startsWith("data", line)) data = data === undefined ? "" : `${data}\n`;
    line = lineEnd + 1;
  }
  if (data !== undefined) events.push(event === undefined || event === "" ? { data } : { event, data });
}

const valueOf = (text: string, from: number, end: number): string => text.slice(text[from] === " " && from < end ? from + 1 : from, end);
