import { geminiErrorOf, geminiFramesOf, geminiPing } from "./gemini-frames.ts";
import type { Script } from "./reply.ts";
import { type Wire, type WireServer, startWireServer } from "./server.ts";

/** The streamGenerateContent of the Gemini API and of Vertex AI. */
export const geminiWire: Wire = {
  contentType: "text/event-stream",
  framesOf: geminiFramesOf,
  refusalOf: (error) => ({ body: geminiErrorOf(error) }),
  ping: geminiPing,
  requestIdHeader: "x-goog-request-id",
};

/** A loopback server that speaks generateContent's stream byte for byte and answers from a script. */
export const startGeminiServer = (script: Script): Promise<WireServer> => startWireServer(script, geminiWire);
