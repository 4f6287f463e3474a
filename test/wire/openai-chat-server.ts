import { chatFramesOf } from "./openai-chat-frames.ts";
import { openaiErrorOf } from "./openai-errors.ts";
import type { Script } from "./reply.ts";
import { startWireServer, type Wire, type WireServer } from "./server.ts";

/** Chat completions. */
export const chatWire: Wire = {
  contentType: "text/event-stream; charset=utf-8",
  framesOf: chatFramesOf,
  refusalOf: (error) => ({ body: { error: openaiErrorOf(error) } }),
  ping: ": keep-alive\n\n",
  requestIdHeader: "x-request-id",
};

/** A loopback server that speaks the stream of chat completions byte for byte and answers from a script. */
export const startChatServer = (script: Script): Promise<WireServer> => startWireServer(script, chatWire);
