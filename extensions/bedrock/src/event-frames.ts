import { crc32 } from "node:zlib";
import { HeaderMarshaller } from "@smithy/core/event-streams";
import { ClawError } from "@claw/kernel";

/** One message of an AWS event stream. */
export interface EventFrame {
  /** `exception` is an error of the service's model, `error` one of the machinery around it. */
  readonly kind: "event" | "exception" | "error";
  /** What kind of event or error it is. */
  readonly name: string;
  /** JSON, except for an `error`, whose message it is. */
  readonly body: string;
}

const preludeLength = 12;
const shortest = preludeLength + 4;
/** AWS's own limits are 16 MB for the payload and 128 KB for the headers. */
const longest = 24 * 1024 * 1024;

const utf8 = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
const headerReader = new HeaderMarshaller(utf8, (text) => Buffer.from(text));

/**
 * The messages that each network read completes; a read of half a message gives an empty batch, so that it counts as a sign of
 * life. Both checksums are checked, the first before anything that it covers is believed. What the body ends in the middle of is
 * left out: whoever reads knows that the reply is not whole.
 */
export async function* eventFrames(body: AsyncIterable<Uint8Array>, provider: string): AsyncGenerator<readonly EventFrame[], void> {
  const push = createFrameParser(provider);
  for await (const bytes of body) {
    const { frames, failure } = push(bytes);
    yield frames;
    if (failure !== undefined) throw failure;
  }
}

/** What one read completed, and what is wrong with what came after that. */
export interface FrameBatch {
  readonly frames: readonly EventFrame[];
  readonly failure?: ClawError;
}

/** Takes bytes as they come and gives the messages they complete. Reads that end nowhere are kept in pieces and joined once. */
export function createFrameParser(provider: string): (bytes: Uint8Array) => FrameBatch {
  const invalid = (what: string, cause?: unknown): ClawError =>
    new ClawError("MODEL_STREAM_INVALID", `${provider} sent a stream that makes no sense: ${what}`, { provider }, { cause, retryable: true });
  let pieces: Uint8Array[] = [];
  let held = 0;
  /** How many bytes there must be for anything to happen. */
  let needed = preludeLength;
  // Messages that follow one another mostly have the same headers.
  let lastHeaders: Buffer = Buffer.alloc(0);
  let lastHead: Omit<EventFrame, "body"> & { readonly message?: string } = { kind: "event", name: "" };

  const headOf = (bytes: Buffer): typeof lastHead => {
    if (lastHeaders.length > 0 && bytes.equals(lastHeaders)) return lastHead;
    let headers: ReturnType<HeaderMarshaller["parse"]>;
    try {
      headers = headerReader.parse(new DataView(bytes.buffer, bytes.byteOffset, bytes.length));
    } catch (cause) {
      throw invalid("the headers of a message cannot be read", cause);
    }
    const text = (name: string): string | undefined => {
      const header = Object.hasOwn(headers, name) ? headers[name] : undefined;
      return header?.type === "string" ? header.value : undefined;
    };
    const message = text(":error-message");
    switch (text(":message-type")) {
      case "event":
        lastHead = { kind: "event", name: text(":event-type") ?? "" };
        break;
      case "exception":
        lastHead = { kind: "exception", name: text(":exception-type") ?? "" };
        break;
      case "error":
        lastHead = { kind: "error", name: text(":error-code") ?? "", ...(message === undefined ? {} : { message }) };
        break;
      default:
        throw invalid("a message says not what it is");
    }
    lastHeaders = Buffer.from(bytes);
    return lastHead;
  };

  const frameOf = (message: Buffer, headersLength: number): EventFrame => {
    const bodyEnd = message.length - 4;
    if (crc32(message.subarray(0, bodyEnd)) !== message.readUInt32BE(bodyEnd)) throw invalid("the checksum of a message is wrong");
    const { message: said, ...head } = headOf(message.subarray(preludeLength, preludeLength + headersLength));
    return { ...head, body: said ?? message.toString("utf8", preludeLength + headersLength, bodyEnd) };
  };

  const messageAt = (buffer: Buffer, at: number): EventFrame | undefined => {
    const length = buffer.readUInt32BE(at);
    const headersLength = buffer.readUInt32BE(at + 4);
    if (crc32(buffer.subarray(at, at + 8)) !== buffer.readUInt32BE(at + 8)) throw invalid("the checksum of a message's length is wrong");
    if (length < shortest + headersLength || length > longest) throw invalid(`a message of ${length} bytes`);
    needed = length;
    return buffer.length - at < length ? undefined : frameOf(buffer.subarray(at, at + length), headersLength);
  };

  return (bytes) => {
    pieces.push(bytes);
    held += bytes.length;
    if (held < needed) return { frames: [] };
    const buffer = pieces.length === 1 ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length) : Buffer.concat(pieces, held);
    const frames: EventFrame[] = [];
    let at = 0;
    try {
      for (needed = preludeLength; buffer.length - at >= preludeLength; at += needed, needed = preludeLength) {
        const frame = messageAt(buffer, at);
        if (frame === undefined) break;
        frames.push(frame);
      }
    } catch (error) {
      if (!ClawError.is(error)) throw error;
      return { frames, failure: error };
    }
    held = buffer.length - at;
    pieces = held === 0 ? [] : [buffer.subarray(at)];
    return { frames };
  };
}
