import { Readable } from "node:stream";
import { BedrockRuntimeClient, ConverseStreamCommand, type ConverseStreamCommandInput } from "@aws-sdk/client-bedrock-runtime";
import { HttpResponse } from "@smithy/core/protocols";
import type { ContentBlock, Message, ModelRequest } from "@claw/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { callId } from "../src/converse-block.ts";
import { createConverseEncoder } from "../src/converse-encode.ts";
import { converseFields } from "../src/converse-fields.ts";
import { breakpointsOf } from "../src/model-breakpoints.ts";
import { type BedrockModel, assumed, listed } from "../src/models.ts";

const user = (...content: readonly ContentBlock[]): Message => ({ role: "user", content });
const assistant = (...content: readonly ContentBlock[]): Message => ({ role: "assistant", content });
const text = (words: string): ContentBlock => ({ type: "text", text: words });
const bash = { name: "bash", description: "Runs a command", input: { properties: { command: { type: "string" } } } } as const;

const requestOf = (more: Partial<ModelRequest> = {}): ModelRequest => ({
  model: "anthropic.claude-opus-5-5",
  system: [text("be brief")],
  messages: [user(text("hello"))],
  tools: [bash],
  ...more,
});

interface Said {
  readonly messages: readonly { readonly role: string; readonly content: readonly Readonly<Record<string, unknown>>[] }[];
  readonly toolConfig?: { readonly tools: readonly object[]; readonly toolChoice?: object };
  readonly [name: string]: unknown;
}

const encoder = (): ((request: ModelRequest, model?: BedrockModel, effort?: string) => Buffer) => {
  const encode = createConverseEncoder("bedrock");
  return (request, model = listed(request.model) ?? assumed(request.model), effort) =>
    Buffer.from(
      encode(request, {
        fields: converseFields(request, model, effort),
        accepts: { images: true, documents: true },
        status: /^(?:anthropic|amazon)/.test(model.id),
        breakpoints: breakpointsOf(model),
        cachePoint: { type: "default" },
      }),
    );
};
const bodyOf = (request: ModelRequest, model?: BedrockModel, effort?: string): Said => JSON.parse(encoder()(request, model, effort).toString()) as Said;

/** What the SDK itself writes for the same request. */
async function writtenBySdk(body: Said): Promise<unknown> {
  let written: unknown;
  const client = new BedrockRuntimeClient({
    region: "us-east-1",
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
    requestHandler: {
      metadata: { handlerProtocol: "http/1.1" },
      handle: async ({ body: sent }: { readonly body: Uint8Array | string }) => {
        written = JSON.parse(typeof sent === "string" ? sent : new TextDecoder().decode(sent));
        return { response: new HttpResponse({ statusCode: 200, headers: {}, body: Readable.from([]) }) };
      },
    },
  });
  const input = JSON.parse(JSON.stringify(body), (key, value: unknown) =>
    (key === "bytes" || key === "redactedContent") && typeof value === "string" ? new Uint8Array(Buffer.from(value, "base64")) : value,
  ) as Omit<ConverseStreamCommandInput, "modelId">;
  await client.send(new ConverseStreamCommand({ modelId: "m", ...input }));
  return written;
}

const image = { type: "image", mediaType: "image/png", data: "aWNvbg==" } as const;
const pdf = { type: "document", mediaType: "application/pdf", data: "JVBERg==", name: "a_report.final.pdf" } as const;
const luggage = (value: object): { readonly luggage: Readonly<Record<string, unknown>> } => ({
  luggage: { bedrock: { ...value, model: "anthropic.claude-opus-5-5" } },
});
const everything = requestOf({
  maxTokens: 321,
  stop: ["END"],
  toolChoice: { tool: "bash" },
  output: { name: "answer", schema: { type: "object" } },
  messages: [
    user(text("grüß dich 👩‍👩‍👧"), image, pdf),
    assistant(
      { type: "reasoning", text: "hm", ...luggage({ signature: "sig==" }) },
      { type: "reasoning", text: "", ...luggage({ redactedContent: "c2VjcmV0" }) },
      text("I look"),
      { type: "tool-call", id: "a", name: "bash", input: { command: "ls", nested: [1, null, { deep: true }] } },
      { type: "tool-call", id: "b", name: "bash", input: {}, malformed: "{" },
    ),
    user({ type: "tool-result", call: "a", content: [text("x.ts"), image, pdf] }, { type: "tool-result", call: "b", content: [], failed: true }, text("go on")),
  ],
});

describe("a Converse body", () => {
  test("is what the SDK would write", async () => {
    const body = bodyOf(everything, undefined, "max");
    expect(await writtenBySdk(body)).toEqual(body);
  });

  test("says everything that was said", () => {
    const bytes = "JVBERg==";
    expect(bodyOf(everything, undefined, "max")).toEqual({
      inferenceConfig: { maxTokens: 321, stopSequences: ["END"] },
      outputConfig: { textFormat: { type: "json_schema", structure: { jsonSchema: { name: "answer", schema: '{"type":"object"}' } } }, effort: "max" },
      system: [{ text: "be brief" }, { cachePoint: { type: "default" } }],
      toolConfig: {
        tools: [
          { toolSpec: { name: "bash", description: "Runs a command", inputSchema: { json: { type: "object", properties: { command: { type: "string" } } } } } },
          { cachePoint: { type: "default" } },
        ],
        toolChoice: { tool: { name: "bash" } },
      },
      messages: [
        {
          role: "user",
          content: [
            { text: "grüß dich 👩‍👩‍👧" },
            { image: { format: "png", source: { bytes: "aWNvbg==" } } },
            { document: { format: "pdf", name: "a report final pdf", source: { bytes } } },
            { cachePoint: { type: "default" } },
          ],
        },
        {
          role: "assistant",
          content: [
            { reasoningContent: { reasoningText: { text: "hm", signature: "sig==" } } },
            { reasoningContent: { redactedContent: "c2VjcmV0" } },
            { text: "I look" },
            { toolUse: { toolUseId: "a", name: "bash", input: { command: "ls", nested: [1, null, { deep: true }] } } },
            { toolUse: { toolUseId: "b", name: "bash", input: {} } },
          ],
        },
        {
          role: "user",
          content: [
            {
              toolResult: {
                toolUseId: "a",
                content: [
                  { text: "x.ts" },
                  { image: { format: "png", source: { bytes: "aWNvbg==" } } },
                  { document: { format: "pdf", name: "a report final pdf (2)", source: { bytes } } },
                ],
              },
            },
            { toolResult: { toolUseId: "b", content: [{ text: "(no output)" }], status: "error" } },
            { text: "go on" },
            { cachePoint: { type: "default" } },
          ],
        },
      ],
    });
  });

  test("has as much of a conversation from before as it had before: a turn costs what it adds", () => {
    const encode = encoder();
    const model = listed("meta.llama4-scout-17b-instruct-v1:0") as BedrockModel;
    const messages = Array.from({ length: 200 }, (_, index) => (index % 2 === 0 ? user : assistant)(text(`word ${index} `.repeat(200))));
    const first = encode(requestOf({ model: model.id, messages: messages.slice(0, -1) }), model);
    const second = encode(requestOf({ model: model.id, messages }), model);
    expect(second.subarray(0, first.length - 2).equals(first.subarray(0, -2))).toBe(true);
    expect(encoder()(requestOf({ model: model.id, messages: structuredClone(messages) }), model).equals(second)).toBe(true);
  });

  test("has no cache points for a model that has no use for them, and none after the tools for Nova", () => {
    expect(JSON.stringify(bodyOf(requestOf({ model: "mistral.devstral-2-123b" })))).not.toContain("cachePoint");
    const nova = bodyOf(requestOf({ model: "us.amazon.nova-pro-v1:0" }));
    expect([nova.toolConfig?.tools.length, nova["system"], nova.messages[0]?.content.at(-1)]).toEqual([
      1,
      [{ text: "be brief" }, { cachePoint: { type: "default" } }],
      { cachePoint: { type: "default" } },
    ]);
  });

  test("has its last cache points after the last two user turns", () => {
    const messages = [user(text("1")), assistant(text("2")), user(text("3")), assistant(text("4")), user(text("5"))];
    expect(bodyOf(requestOf({ messages })).messages.map(({ content }) => content.some((block) => "cachePoint" in block))).toEqual([
      false,
      false,
      true,
      false,
      true,
    ]);
  });

  test("offers no tools that must not be called, and tells of those that were called in words", () => {
    const messages = [
      user(text("list")),
      assistant({ type: "reasoning", text: "hm", ...luggage({ signature: "s" }) }, text("I look"), {
        type: "tool-call",
        id: "a",
        name: "bash",
        input: { command: "ls" },
      }),
      user({ type: "tool-result", call: "a", content: [text("x.ts")], failed: true }),
    ];
    for (const request of [requestOf({ messages, toolChoice: "none" }), requestOf({ messages, tools: [] })]) {
      const { toolConfig, messages: said } = bodyOf(request);
      expect([toolConfig, said.map(({ content }) => content.flatMap((block) => block["text"] ?? []))]).toEqual([
        undefined,
        [["list"], ["I look", '(called the tool bash with {"command":"ls"})'], ["(the call failed:)", "x.ts"]],
      ]);
      expect(JSON.stringify(said)).not.toMatch(/toolUse|toolResult|reasoningContent/);
    }
  });

  test.each([
    ["auto", { auto: {} }],
    ["required", { any: {} }],
    [{ tool: "my tool" }, { tool: { name: "my_tool" } }],
  ] as const)("chooses tools as asked: %j", (toolChoice, expected) => {
    expect(bodyOf(requestOf({ toolChoice })).toolConfig?.toolChoice).toEqual(expected);
  });

  test("says how hard to think in the words of the family", () => {
    const fieldsOf = (model: string, effort: string | undefined, more: Partial<ModelRequest> = {}): object =>
      converseFields(requestOf({ model, ...more }), listed(model) ?? assumed(model), effort);
    expect([
      fieldsOf("anthropic.claude-opus-5-5", "xhigh"),
      fieldsOf("us.anthropic.claude-opus-5-5", undefined),
      fieldsOf("anthropic.claude-opus-5-5", undefined, { toolChoice: "required" }),
      fieldsOf("openai.gpt-oss-120b-1:0", "low"),
      fieldsOf("global.amazon.nova-2-lite-v1:0", "high"),
      fieldsOf("meta.llama3-3-70b-instruct-v1:0", undefined, { sampling: { temperature: 0, topP: 0.5, topK: 4 } }),
    ]).toEqual([
      { outputConfig: { effort: "xhigh" }, additionalModelRequestFields: { thinking: { type: "adaptive" } } },
      { additionalModelRequestFields: { thinking: { type: "adaptive" } } },
      {},
      { additionalModelRequestFields: { reasoning_effort: "low" } },
      { additionalModelRequestFields: { reasoningConfig: { type: "enabled", maxReasoningEffort: "high" } } },
      { inferenceConfig: { temperature: 0, topP: 0.5 }, additionalModelRequestFields: { top_k: 4 } },
    ]);
  });

  test("says in words that a call failed where the model has no field for it", () => {
    const messages = [
      user(text("a")),
      assistant({ type: "tool-call", id: "a", name: "bash", input: {} }),
      user({ type: "tool-result", call: "a", content: [], failed: true }),
    ];
    expect(bodyOf(requestOf({ model: "meta.llama4-scout-17b-instruct-v1:0", messages })).messages[2]?.content).toEqual([
      { toolResult: { toolUseId: "a", content: [{ text: "(this call failed)" }] } },
    ]);
  });

  test("says what Bedrock takes none of, and has a word beside a document", () => {
    const odd = [
      { type: "image", mediaType: "image/bmp", data: "" },
      { type: "document", mediaType: "application/zip", data: "", name: "a.zip" },
      { ...pdf, mediaType: "text/x-log" },
    ] as const;
    expect(bodyOf(requestOf({ messages: [user(...odd)] })).messages[0]?.content.slice(0, 3)).toEqual([
      { text: "(an image, image/bmp, was left out: Bedrock takes none of that kind)" },
      { text: "(a document, a.zip, was left out: Bedrock takes none of that kind)" },
      { document: { format: "txt", name: "a report final pdf", source: { bytes: "JVBERg==" } } },
    ]);
    expect(bodyOf(requestOf({ messages: [user(pdf)] })).messages[0]?.content[1]).toEqual({ text: "(a document)" });
  });

  test("gives every document a name of its own", () => {
    const names = ["a", "a", "a (2)", "", "///", "a"].map((name) => ({ ...pdf, name }));
    const said = bodyOf(requestOf({ messages: [user(...names, text("?"))] })).messages[0]?.content.flatMap(
      ({ document }) => (document as { readonly name: string } | undefined)?.name ?? [],
    );
    expect(new Set(said).size).toBe(names.length);
    for (const name of said ?? []) expect(name).toMatch(/^[A-Za-z0-9\-()[\]]+( [A-Za-z0-9\-()[\]]+)*$/);
  });

  test("has ids that are short enough and stay apart, in a call and its result alike", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1, maxLength: 200 }), { minLength: 1, maxLength: 5 }), (ids) => {
        for (const id of ids) expect(callId(id)).toMatch(/^[\w-]{1,64}$/);
      }),
    );
    const long = "call_".padEnd(90, "x");
    expect([callId("toolu_bdrk_01"), callId(`${long}1`) === callId(`${long}2`), callId(long) === callId(long)]).toEqual(["toolu_bdrk_01", false, true]);
  });

  test("is JSON of whole characters, and never empty of a turn", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.string({ unit: "binary", maxLength: 20 })), { maxLength: 12 }), (turns) => {
        const body = encoder()(requestOf({ messages: turns.map(([isUser, words]) => (isUser ? user : assistant)(text(words))) })).toString();
        const { messages } = JSON.parse(body) as Said;
        expect(messages.every(({ role, content }, index) => role === (index % 2 === 0 ? "user" : "assistant") && content.length > 0)).toBe(true);
        expect(body).not.toMatch(/\\ud[89a-f]/);
      }),
    );
  });
});
