import { openaiErrorOf } from "./openai-errors.ts";
import { responsesFramesOf } from "./openai-responses-frames.ts";
import type { Script } from "./reply.ts";
import { startWireServer, type Wire, type WireServer } from "./server.ts";

/** The Responses API. */
export const responsesWire: Wire = {
  contentType: "text/event-stream; charset=utf-8",
  framesOf: responsesFramesOf,
  refusalOf: (error) => ({ body: { error: openaiErrorOf(error) } }),
  ping: 'event: keepalive\ndata: {"type":"keepalive","sequence_number":0}\n\n',
  requestIdHeader: "x-request-id",
};

/** A loopback server that speaks the Responses API's stream byte for byte and answers from a script. */
export const startResponsesServer = (script: Script): Promise<WireServer> => startWireServer(script, responsesWire);
