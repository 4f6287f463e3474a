import { ClawError } from "../src/errors.ts";

export interface SseEvent {
  readonly event?: string;
  readonly data: string;
}

const maxEventLength = 16 * 1024 * 1024;

/** The data of each event of a `text/event-stream` body. An event the body ends in the middle of is left out. */
export async function* sse(body: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  for await (const batch of sseBatches(body)) for (const { data } of batch) yield data;
}

/** The events of each network read; a read of comments or half an event gives an empty batch, so that it counts as a sign of life. */
export async function* sseBatches(body: AsyncIterable<Uint8Array>): AsyncGenerator<readonly SseEvent[], void> {
  const push = createSseParser();
  for await (const bytes of body) yield push(bytes);
}

/** Takes bytes as they come and gives the events they complete. Reads that end nowhere are kept in pieces and joined once. */
function createSseParser(): (bytes: Uint8Array) => readonly SseEvent[] {
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
        append(events, pieces.join("") + text.slice(0, end));
        pieces = [];
        length = 0;
        from = seam ? 1 : end + 2;
      }
    }
    if (length === 0) {
      for (let end = text.indexOf("\n\n", from); end !== -1; end = text.indexOf("\n\n", from)) {
        bounded(end - from);
        append(events, text.slice(from, end));
        from = end + 2;
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

function append(events: SseEvent[], block: string): void {
  let event: string | undefined;
  let data: string | undefined;
  for (let from = 0; from < block.length; ) {
    const newline = block.indexOf("\n", from);
    const end = newline === -1 ? block.length : newline;
    if (block.startsWith("data:", from)) {
      const value = valueOf(block, from + 5, end);
      data = data === undefined ? value : `${data}\n${value}`;
    } else if (block.startsWith("event:", from)) event = valueOf(block, from + 6, end);
    else if (end - from === 4 && block.startsWith("data", from)) data = data === undefined ? "" : `${data}\n`;
    from = end + 1;
  }
  if (data !== undefined) events.push(event === undefined || event === "" ? { data } : { event, data });
}

const valueOf = (block: string, from: number, end: number): string => block.slice(block[from] === " " ? from + 1 : from, end);
