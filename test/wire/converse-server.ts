import { converseFrames, conversePing, converseRefusal } from "./converse-frames.ts";
import type { Script } from "./reply.ts";
import { startWireServer, type Wire, type WireServer } from "./server.ts";

/** ConverseStream of Amazon Bedrock. */
export const converseWire: Wire = {
  contentType: "application/vnd.amazon.eventstream",
  framesOf: converseFrames,
  refusalOf: converseRefusal,
  ping: conversePing,
  requestIdHeader: "x-amzn-requestid",
};

/** A loopback server that speaks ConverseStream byte for byte and answers from a script. */
export const startConverseServer = (script: Script): Promise<WireServer> => startWireServer(script, converseWire);
