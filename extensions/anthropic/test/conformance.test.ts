import { anthropicWire, replyBytes, optionsOf, providerConformance, sentOf, startAnthropicServer } from "@claw/testing/conformance";
import { createProvider } from "../src/provider.ts";

const secret = "sk-ant-api03-scripted-0123456789";
const model = "claude-opus-5-5";

providerConformance({
  name: "anthropic",
  features: {
    garbage: [
      ["an event is no JSON", ["data: {oops\n\n"]],
      ["it ends a block that never began", ['data: {"type":"content_block_stop","index":9}\n\n']],
    ],
  },
  async start(script, { idleTimeoutMs = 10_000 } = {}) {
    const server = await startAnthropicServer(script);
    const provider = createProvider({
      http: { fetch },
      secrets: { get: async (name) => (name === "ANTHROPIC_API_KEY" ? secret : undefined) },
      host: { version: "1.0.0", now: () => new Date(), environment: {} },
      config: { baseUrl: server.url, idleTimeoutMs, headers: {}, cacheTtl: "5m" },
    });
    return {
      provider,
      model,
      secret,
      requests: server.requests,
      sent: (request) => sentOf(request.body),
      options: (request) => optionsOf(request.body),
      lengthOf: (reply) => replyBytes(anthropicWire, reply).length,
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
});
