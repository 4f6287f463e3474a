import { fakeClock, fakeHost, memorySecrets } from "@claw/testing";
import {
  type ProviderSetting,
  type Script,
  type SentOptions,
  type SentRequest,
  type Wire,
  type WireFeatures,
  optionsOf,
  providerConformance,
  replyBytes,
  sentOf,
  startWireServer,
} from "@claw/testing/conformance";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chatOptionsOf, chatSentOf } from "@claw/testing/conformance";
import { responsesOptionsOf, responsesSentOf } from "@claw/testing/conformance";
import type { Contract } from "../src/contract.gen.ts";
import { createProvider } from "../src/provider.ts";
import { azureChatWire, azureResponsesWire, foundryClaudeWire } from "./azure-wires.ts";

const secret = "0123456789abcdef0123456789abcdef";

interface Way {
  readonly name: string;
  readonly wire: Wire;
  readonly model: string;
  readonly config: Partial<Contract["config"]>;
  readonly features: WireFeatures;
  sent(body: unknown): SentRequest;
  options(body: unknown): SentOptions;
}

const ways: readonly Way[] = [
  {
    name: "foundry chat",
    wire: azureChatWire,
    model: "gpt-5.5",
    config: { wire: "chat" },
    features: { interleaved: false, thinking: "shown", raw: false, failedResults: false, resultImages: false },
    sent: chatSentOf,
    options: chatOptionsOf,
  },
  {
    name: "foundry responses",
    wire: azureResponsesWire,
    model: "gpt-5.5",
    config: { wire: "responses" },
    features: { failedResults: false, stop: false },
    sent: responsesSentOf,
    options: responsesOptionsOf,
  },
  {
    name: "foundry claude",
    wire: foundryClaudeWire,
    model: "claude-opus-5-5",
    config: {},
    features: {
      garbage: [
        ["an event is no JSON", ["data: {oops\n\n"]],
        ["it ends a block that never began", ['data: {"type":"content_block_stop","index":9}\n\n']],
      ],
    },
    sent: sentOf,
    options: optionsOf,
  },
];

for (const { name, wire, model, config, features, sent, options } of ways) {
  providerConformance({
    name,
    features,
    async start(script: Script, { idleTimeoutMs = 10_000 } = {}): Promise<ProviderSetting> {
      const server = await startWireServer(script, wire);
      const folder = await mkdtemp(join(tmpdir(), "foundry-"));
      const provider = createProvider({
        http: { fetch },
        secrets: memorySecrets({ AZURE_OPENAI_API_KEY: secret }),
        host: { ...fakeHost(folder, fakeClock()), now: () => new Date() },
        processes: undefined,
        config: {
          endpoint: server.url,
          deployments: {},
          wire: "auto",
          authorityHost: "https://login.microsoftonline.com",
          idleTimeoutMs,
          headers: {},
          ...config,
        },
      });
      return {
        provider,
        model,
        secret,
        requests: server.requests,
        sent: (request) => sent(request.body),
        options: (request) => options(request.body),
        lengthOf: (reply) => replyBytes(wire, reply).length,
        async [Symbol.asyncDispose]() {
          await server[Symbol.asyncDispose]();
          await rm(folder, { recursive: true, force: true });
        },
      };
    },
  });
}
