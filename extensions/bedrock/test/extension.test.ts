import { ClawError, type ModelEvent, type ModelRequest } from "@claw/kernel";
import { load, memorySecrets } from "@claw/testing";
import { describe, expect, test } from "vitest";
import { bedrockMessagesFrames } from "@claw/testing/conformance";
import { converseFrames } from "@claw/testing/conformance";
import { startConverseServer } from "@claw/testing/conformance";
import extension from "../src/index.ts";
import { bedrock, keys } from "./bedrock-setting.ts";

const signal = (): AbortSignal => new AbortController().signal;
const request: ModelRequest = {
  model: "anthropic.claude-opus-5-5",
  system: [],
  tools: [],
  messages: [{ role: "user", content: [{ type: "text", text: "hello" }] }],
};
const reply = { blocks: [{ type: "text", text: "hi" }], requestId: "req_1" } as const;

interface Sent {
  readonly url: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Answers every request over the wire that it is for. */
function answering(sent: Sent[]): typeof fetch {
  return async (input, init) => {
    const url = String(input);
    sent.push({ url, body: JSON.parse(Buffer.from(init?.body as Uint8Array).toString()) as Sent["body"] });
    const frames = url.endsWith("/converse-stream") ? converseFrames(reply) : bedrockMessagesFrames(reply);
    return new Response(Buffer.concat([...frames]), { headers: { "content-type": "application/vnd.amazon.eventstream", "x-amzn-requestid": "req_1" } });
  };
}

async function eventsOf(stream: AsyncIterable<ModelEvent>): Promise<readonly ModelEvent[]> {
  const events = [];
  for await (const event of stream) events.push(event);
  return events;
}

const failureOf = (stream: AsyncIterable<ModelEvent>): Promise<unknown> => eventsOf(stream).catch((error: unknown) => error);

describe("the extension", () => {
  test("asks Claude over the Messages API of the region, with the keys of the person", async () => {
    const sent: Sent[] = [];
    await using claw = await load(extension, { config: { region: "eu-west-1" }, services: { http: { fetch: answering(sent) }, secrets: memorySecrets(keys) } });
    const provider = await claw.provider("bedrock");
    const events = await eventsOf(provider.stream(request, signal()));
    expect([sent, events.filter(({ type }) => type !== "usage")]).toEqual([
      [
        {
          url: "https://bedrock-runtime.eu-west-1.amazonaws.com/model/anthropic.claude-opus-5-5/invoke-with-response-stream",
          body: {
            anthropic_version: "bedrock-2023-05-31",
            max_tokens: 128_000,
            thinking: { type: "adaptive" },
            messages: [{ role: "user", content: [{ type: "text", text: "hello", cache_control: { type: "ephemeral" } }] }],
          },
        },
      ],
      [
        { type: "text-delta", text: "hi" },
        { type: "end", reason: "stop", requestId: "req_1" },
      ],
    ]);
    expect((await provider.models(signal())).map(({ id }) => id)).toContain(request.model);
    expect(provider.unlisted?.("gpt-9")).toBeUndefined();
  });

  test("asks other models over Converse", async () => {
    const sent: Sent[] = [];
    await using claw = await load(extension, { config: { region: "us-east-1" }, services: { http: { fetch: answering(sent) }, secrets: memorySecrets(keys) } });
    const events = await eventsOf((await claw.provider("bedrock")).stream({ ...request, model: "meta.llama4-scout-17b-instruct-v1:0" }, signal()));
    expect([sent, events]).toEqual([
      [
        {
          url: "https://bedrock-runtime.us-east-1.amazonaws.com/model/meta.llama4-scout-17b-instruct-v1%3A0/converse-stream",
          body: { messages: [{ role: "user", content: [{ text: "hello" }] }] },
        },
      ],
      [
        { type: "text-delta", text: "hi" },
        { type: "usage", usage: { inputTokens: 10, outputTokens: 5 } },
        { type: "end", reason: "stop", requestId: "req_1" },
      ],
    ]);
  });

  test("opens nothing without credentials", async () => {
    await using claw = await load(extension, { config: { region: "us-east-1", credentials: "keys" } });
    expect(await failureOf((await claw.provider("bedrock")).stream(request, signal()))).toMatchObject({ code: "MODEL_NO_CREDENTIALS", retryable: false });
  });

  test("hands on that there is no network", async () => {
    await using claw = await load(extension, { config: { region: "us-east-1" }, services: { secrets: memorySecrets(keys) } });
    const failure = await failureOf((await claw.provider("bedrock")).stream(request, signal()));
    expect(ClawError.is(failure, "NETWORK_FAILED") && [failure.message, failure.retryable]).toEqual([
      "no connection to bedrock-runtime.us-east-1.amazonaws.com",
      true,
    ]);
  });

  test.each([
    [{ endpoint: "http://gateway.example", region: "us-east-1" }, "endpoint: the key would cross the network unencrypted to gateway.example: write https://"],
    [{ region: "evil.example/" }, 'region: "evil.example/" is no AWS region'],
    [{ region: "us-east-1", headers: { "x-team": "a\r\nb" } }, "headers: the value of x-team holds characters that no header may have"],
  ])("refuses what cannot be, before anything is sent: %j", async (config, problem) => {
    const sent: Sent[] = [];
    await using claw = await load(extension, { config, services: { http: { fetch: answering(sent) }, secrets: memorySecrets(keys) } });
    expect(await failureOf((await claw.provider("bedrock")).stream(request, signal()))).toMatchObject({
      code: "E_CONFIG_SCHEMA",
      message: `claw/bedrock: ${problem}`,
    });
    expect(sent).toEqual([]);
  });

  test("says that a page is no stream", async () => {
    const http = { fetch: async () => new Response("<html>Log in</html>", { headers: { "content-type": "text/html; charset=utf-8" } }) };
    expect(await failureOf(bedrock({ fetch: http.fetch }).stream(request, signal()))).toMatchObject({
      code: "MODEL_STREAM_INVALID",
      message: "bedrock answered with text/html instead of a stream",
      fix: expect.stringContaining("AWS_ENDPOINT_URL_BEDROCK_RUNTIME"),
    });
  });
});

describe("a request", () => {
  const sentWith = async (more: Partial<ModelRequest>, config: NonNullable<Parameters<typeof bedrock>[0]>["config"] = {}): Promise<Sent> => {
    const sent: Sent[] = [];
    await eventsOf(bedrock({ config, fetch: answering(sent) }).stream({ ...request, ...more }, signal()));
    return sent[0] as Sent;
  };

  test("for a short name, with an inference profile, goes to the profile's id", async () => {
    expect(
      [
        (await sentWith({ model: "opus" }, { inferenceProfile: "auto" })).url,
        (await sentWith({ model: "eu.anthropic.claude-opus-5-5" }, { inferenceProfile: "us" })).url,
        (await sentWith({ model: "mistral.devstral-2-123b" }, { inferenceProfile: "auto" })).url,
      ].map((url) => /\/model\/(.*)\//.exec(url)?.[1]),
    ).toEqual(["us.anthropic.claude-opus-5-5", "eu.anthropic.claude-opus-5-5", "mistral.devstral-2-123b"]);
  });

  test("goes over the wire that is configured, where the model has it", async () => {
    const arn = "arn:aws:bedrock:us-east-1:1:application-inference-profile/abc123";
    const wireOf = ({ url }: Sent): string | undefined => url.split("/").at(-1);
    expect([
      wireOf(await sentWith({}, { wire: "converse" })),
      wireOf(await sentWith({ model: "amazon.nova-pro-v1:0" }, { wire: "messages" })),
      wireOf(await sentWith({ model: arn })),
      wireOf(await sentWith({ model: arn }, { wire: "messages" })),
    ]).toEqual(["converse-stream", "converse-stream", "converse-stream", "invoke-with-response-stream"]);
  });

  test("says to Claude how hard to think, what form to answer in and which tool to call", async () => {
    const tools = [{ name: "bash", description: "Runs a command", input: {} }];
    const { body } = await sentWith(
      { effort: "max", tools, toolChoice: "required", output: { name: "answer", schema: { type: "object" } }, stop: ["END"], maxTokens: 5 },
      { cacheTtl: "1h" },
    );
    expect(body).toMatchObject({
      max_tokens: 5,
      output_config: { effort: "max", format: { type: "json_schema", schema: { type: "object" } } },
      stop_sequences: ["END"],
      tool_choice: { type: "any" },
      tools: [{ name: "bash", cache_control: { type: "ephemeral", ttl: "1h" } }],
    });
    expect([body["thinking"], body["model"], body["stream"]]).toEqual([undefined, undefined, undefined]);
  });

  test("has cache points that last as long as configured", async () => {
    const { body } = await sentWith({ model: "amazon.nova-pro-v1:0", system: [{ type: "text", text: "s" }] }, { cacheTtl: "1h" });
    expect(body["system"]).toEqual([{ text: "s" }, { cachePoint: { type: "default", ttl: "1h" } }]);
  });

  test.each([
    [{ effort: "xhigh", model: "us.anthropic.claude-opus-4-6-v1" }, 'us.anthropic.claude-opus-4-6-v1 has the efforts low, medium, high, max, not "xhigh"'],
    [{ sampling: { temperature: 1 } }, "anthropic.claude-opus-5-5 accepts no sampling parameters, not temperature"],
    [{ model: "amazon.nova-pro-v1:0", output: { name: "a", schema: {} } }, "amazon.nova-pro-v1:0 cannot be held to a schema"],
  ])("is refused when the model is known not to take it: %j", async (more, message) => {
    expect(await failureOf(bedrock({ fetch: answering([]) }).stream({ ...request, ...more }, signal()))).toMatchObject({ code: "MODEL_REFUSED", message });
  });

  test("that is refused for its key looks for the key anew the next time", async () => {
    await using server = await startConverseServer([{ status: 403, body: { kind: "auth" } }, { blocks: [] }]);
    let asked = 0;
    const environment = { AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1:1/role" };
    const provider = bedrock({
      config: { endpoint: server.url, wire: "converse" },
      secrets: {},
      environment,
      fetch: async (input, init) => {
        if (!String(input).endsWith("/role")) return fetch(input, init);
        return Response.json({ AccessKeyId: `AKID${(asked += 1)}`, SecretAccessKey: "s", Token: "t", Expiration: "2099-01-01T00:00:00Z" });
      },
    });
    expect(await failureOf(provider.stream(request, signal()))).toMatchObject({ code: "MODEL_AUTH", fix: "check the container's role" });
    await eventsOf(provider.stream(request, signal()));
    expect([asked, server.requests.map(({ headers }) => /Credential=(\w+)/.exec(headers["authorization"] ?? "")?.[1])]).toEqual([2, ["AKID1", "AKID2"]]);
  });
});
