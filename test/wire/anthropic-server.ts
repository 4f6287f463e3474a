import { errorOf, framesOf, pingFrame } from "./anthropic-frames.ts";
import type { Script } from "./reply.ts";
import { startWireServer, type Wire, type WireServer } from "./server.ts";

/** The Messages API. */
export const anthropicWire: Wire = {
  contentType: "text/event-stream; charset=utf-8",
  framesOf,
  refusalOf: (error, requestId) => ({ body: { ...errorOf(error), request_id: requestId } }),
  ping: pingFrame,
  requestIdHeader: "request-id",
};

/** A loopback server that speaks the Messages API's stream byte for byte and answers from a script. */
export const startAnthropicServer = (script: Script): Promise<WireServer> => startWireServer(script, anthropicWire);
