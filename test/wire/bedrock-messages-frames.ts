import { framesOf } from "./anthropic-frames.ts";
import { eventMessage } from "./converse-binary.ts";
import { exceptionFrame } from "./converse-frames.ts";
import type { Reply } from "./reply.ts";

/** One event of the Messages API, as InvokeModelWithResponseStream wraps it. */
export const chunkFrame = (json: string): Uint8Array => eventMessage("chunk", { bytes: Buffer.from(json).toString("base64"), p: "abcdefghijklmnop" });

/** The stream events of a reply of Claude's, byte for byte as InvokeModelWithResponseStream writes them. */
export function* bedrockMessagesFrames(reply: Reply): Generator<Uint8Array, void> {
  const { error, ...rest } = reply;
  for (const frame of framesOf(error === undefined ? rest : { ...rest, hang: true })) yield chunkFrame(frame.slice(frame.indexOf("data: ") + 6).trimEnd());
  if (error !== undefined) yield exceptionFrame(error);
}
