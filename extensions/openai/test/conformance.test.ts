import { providerConformance, replyBytes, type WireFeatures } from "@claw/testing/conformance";
import { chatOptionsOf, chatSentOf } from "@claw/testing/conformance";
import { chatWire, startChatServer } from "@claw/testing/conformance";
import { responsesOptionsOf, responsesSentOf } from "@claw/testing/conformance";
import { responsesWire, startResponsesServer } from "@claw/testing/conformance";
import { createProvider } from "../src/provider.ts";

const secret = "sk-proj-scripted-0123456789";
const model = "gpt-6.1-sol";

const subjects = [
  {
    wire: "chat",
    startServer: startChatServer,
    server: chatWire,
    sentOf: chatSentOf,
    optionsOf: chatOptionsOf,
    features: {
      interleaved: false,
      thinking: "shown",
      raw: false,
      failedResults: false,
      resultImages: false,
      garbage: [
        ["a chunk is no JSON", ["data: {oops\n\n"]],
        ["it is done before it stopped", ["data: [DONE]\n\n"]],
        ["it is nothing but a chunk of something else", ['data: {"choices":[{"index":1,"delta":{},"finish_reason":"stop"}]}\n\n', "data: [DONE]\n\n"]],
      ],
    },
  },
  {
    wire: "responses",
    startServer: startResponsesServer,
    server: responsesWire,
    sentOf: responsesSentOf,
    optionsOf: responsesOptionsOf,
    features: {
      failedResults: false,
      stop: false,
      garbage: [
        ["an event is no JSON", ["data: {oops\n\n"]],
        ["an item has no place", ['data: {"type":"response.output_item.added","item":{"type":"message"}}\n\n']],
        [
          "an item goes on after its end",
          [
            'data: {"type":"response.output_item.done","output_index":0,"item":{"type":"message","content":[]}}\n\n',
            'data: {"type":"response.output_text.delta","output_index":0,"delta":"more"}\n\n',
          ],
        ],
        ["it ends like the other wire", ["data: [DONE]\n\n"]],
      ],
    },
  },
] as const;

for (const { wire, startServer, server: spoken, sentOf, optionsOf, features } of subjects) {
  providerConformance({
    name: `openai ${wire}`,
    features: features satisfies WireFeatures,
    async start(script, { idleTimeoutMs = 10_000 } = {}) {
      const server = await startServer(script);
      const provider = createProvider({
        http: { fetch },
        secrets: { get: async (name) => (name === "OPENAI_API_KEY" ? secret : undefined) },
        host: { version: "1.0.0", now: () => new Date() },
        config: { baseUrl: server.url, wire, summaries: true, organization: "", project: "", idleTimeoutMs, headers: {} },
      });
      return {
        provider,
        model,
        secret,
        requests: server.requests,
        sent: (request) => sentOf(request.body),
        options: (request) => optionsOf(request.body),
        lengthOf: (reply) => replyBytes(spoken, reply).length,
        [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
      };
    },
  });
}
