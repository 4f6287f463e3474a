import { bedrockMessagesFrames, chunkFrame } from "./bedrock-messages-frames.ts";
import { converseRefusal } from "./converse-frames.ts";
import type { Script } from "./reply.ts";
import { startWireServer, type Wire, type WireServer } from "./server.ts";

/** InvokeModelWithResponseStream of Amazon Bedrock, as Claude answers it. */
export const bedrockMessagesWire: Wire = {
  contentType: "application/vnd.amazon.eventstream",
  framesOf: bedrockMessagesFrames,
  refusalOf: converseRefusal,
  ping: chunkFrame('{"type":"ping"}'),
  requestIdHeader: "x-amzn-requestid",
};

/** A loopback server that speaks InvokeModelWithResponseStream byte for byte and answers from a script. */
export const startBedrockMessagesServer = (script: Script): Promise<WireServer> => startWireServer(script, bedrockMessagesWire);
