import { type ProviderSetting, type ProviderSubject, optionsOf, providerConformance, replyBytes, sentOf } from "@claw/testing/conformance";
import { eventMessage } from "@claw/testing/conformance";
import { bedrockMessagesWire, startBedrockMessagesServer } from "@claw/testing/conformance";
import { converseOptionsOf, converseSentOf } from "@claw/testing/conformance";
import { converseWire, startConverseServer } from "@claw/testing/conformance";
import { bedrock, keys } from "./bedrock-setting.ts";

const model = "anthropic.claude-opus-5-5";
const whole = eventMessage("messageStart", { role: "assistant" });

/** The message with another byte in the place of one of its own. */
const changed = (message: Uint8Array, at: number): Uint8Array => message.map((byte, index) => (index === at ? byte ^ 1 : byte));

const garbage: NonNullable<ProviderSubject["features"]>["garbage"] = [
  ["it is text", ["data: {oops\n\ndata: {oops\n\n"]],
  ["the checksum of a length is wrong", [changed(whole, 8)]],
  ["the checksum of a message is wrong", [changed(whole, whole.length - 1)]],
  ["a byte is not the one that was sent", [changed(whole, 40)]],
  ["an event is no JSON", [eventMessage("messageStart", { role: "assistant" }), badJson("contentBlockDelta"), badJson("chunk")]],
];

function badJson(type: string): Uint8Array {
  return eventMessage(type, { toJSON: () => 1 });
}

const start =
  (wire: "converse" | "messages"): ProviderSubject["start"] =>
  async (script, { idleTimeoutMs = 10_000 } = {}): Promise<ProviderSetting> => {
    const isConverse = wire === "converse";
    const server = await (isConverse ? startConverseServer : startBedrockMessagesServer)(script);
    return {
      provider: bedrock({ config: { endpoint: server.url, idleTimeoutMs, wire } }),
      model,
      secret: keys.AWS_SESSION_TOKEN,
      requests: server.requests,
      sent: ({ body }) => (isConverse ? converseSentOf(body) : sentOf(body)),
      options: ({ body }) => (isConverse ? converseOptionsOf(body) : optionsOf(body)),
      lengthOf: (reply) => replyBytes(isConverse ? converseWire : bedrockMessagesWire, reply).length,
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  };

providerConformance({ name: "bedrock converse", features: { raw: false, reasoningTokens: false, garbage }, start: start("converse") });
providerConformance({ name: "bedrock messages", features: { garbage }, start: start("messages") });
