import {
  anthropicWire,
  chatFramesOf,
  chatOptionsOf,
  chatSentOf,
  optionsOf,
  providerConformance,
  replyBytes,
  responsesOptionsOf,
  responsesSentOf,
  responsesWire,
  sentOf,
  startAnthropicServer,
  startChatServer,
  startResponsesServer,
  type Reply,
  type WireFeatures,
} from "@claw/testing/conformance";
import { named } from "./setting.ts";

const secret = "gw-scripted-0123456789";
const about = { contextWindow: 200_000, maxOutputTokens: 32_000, tools: true, reasoning: true, images: true, documents: true, efforts: ["low", "high"] };

/** Up to the chunk that says why the reply stopped: servers may leave out what comes after it. */
function lengthToFinish(reply: Reply): number {
  const frames = [...chatFramesOf(reply)];
  const finish = frames.findIndex((frame) => /"finish_reason":"/.test(frame));
  return Buffer.byteLength(frames.slice(0, finish + 1).join(""));
}

const subjects = [
  {
    wire: "openai",
    path: "/v1",
    startServer: startChatServer,
    sent: chatSentOf,
    options: chatOptionsOf,
    lengthOf: lengthToFinish,
    features: {
      interleaved: false,
      thinking: "shown",
      raw: false,
      failedResults: false,
      resultImages: false,
    },
  },
  {
    wire: "responses",
    path: "",
    startServer: startResponsesServer,
    sent: responsesSentOf,
    options: responsesOptionsOf,
    lengthOf: (reply: Reply) => replyBytes(responsesWire, reply).length,
    features: { failedResults: false, stop: false },
  },
  {
    wire: "anthropic",
    path: "",
    startServer: startAnthropicServer,
    sent: sentOf,
    options: optionsOf,
    lengthOf: (reply: Reply) => replyBytes(anthropicWire, reply).length,
    features: {},
  },
] as const;

for (const { wire, path, startServer, sent, options, lengthOf, features } of subjects) {
  providerConformance({
    name: `compatible ${wire}`,
    features: features satisfies WireFeatures,
    async start(script, { idleTimeoutMs = 10_000 } = {}) {
      const server = await startServer(script);
      return {
        provider: named("compatible", {
          secrets: { COMPATIBLE_API_KEY: secret },
          endpoints: { gateway: { url: `${server.url}${path}`, wire, key: "COMPATIBLE_API_KEY", models: [{ id: "team/model-1", ...about }] } },
          idleTimeoutMs,
        }),
        model: "gateway/team/model-1",
        secret,
        requests: server.requests,
        sent: (request) => sent(request.body),
        options: (request) => options(request.body),
        lengthOf,
        [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
      };
    },
  });
}
