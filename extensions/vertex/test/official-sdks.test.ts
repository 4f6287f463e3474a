import { AnthropicVertex } from "@anthropic-ai/vertex-sdk";
import { FunctionCallingConfigMode, GoogleGenAI, ThinkingLevel } from "@google/genai";
import type { ModelRequest } from "@claw/kernel";
import { startWireServer } from "@claw/testing/conformance";
import { describe, expect, test } from "vitest";
import { geminiWire, startGeminiServer } from "@claw/testing/conformance";
import { createBodyEncoder } from "../src/body.ts";
import { generationFields } from "../src/generation-fields.ts";
import { listed } from "../src/models.ts";
import { geminiEndpoint, geminiUrl, placeOf, streamUrl } from "../src/place.ts";

describe("the unmodified SDK of Google", () => {
  test("reads what the scripted server writes", async () => {
    const usage = { input: 7, output: 42, cacheRead: 1000, reasoning: 30 };
    await using server = await startGeminiServer([
      {
        blocks: [
          { type: "thinking", text: "Hmm", signature: "c2ln", deltas: 3 },
          { type: "text", text: "Grüße, 世界", deltas: 4 },
          { type: "tool-call", id: "call_1", name: "bash", json: '{"command":"ls"}' },
        ],
        usage,
      },
      { status: 429, body: { kind: "rate-limit" } },
      { blocks: [{ type: "text", text: "half" }], error: { kind: "overloaded" } },
    ]);
    const client = new GoogleGenAI({ apiKey: "key", httpOptions: { baseUrl: server.url } });
    const ask = (): ReturnType<typeof client.models.generateContentStream> =>
      client.models.generateContentStream({ model: "gemini-3.8-flash", contents: "hi" });
    const chunks = [];
    for await (const chunk of await ask()) chunks.push(chunk);
    const parts = chunks.flatMap(({ candidates }) => candidates?.[0]?.content?.parts ?? []);
    const said = (thought: boolean): string =>
      parts
        .filter((part) => (part.thought === true) === thought)
        .map(({ text = "" }) => text)
        .join("");
    const last = chunks.at(-1);
    expect([
      said(true),
      said(false),
      parts.find(({ thoughtSignature }) => thoughtSignature !== undefined)?.thoughtSignature,
      chunks.flatMap(({ functionCalls }) => functionCalls ?? []),
    ]).toEqual(["Hmm", "Grüße, 世界", "c2ln", [{ id: "call_1", name: "bash", args: { command: "ls" } }]]);
    expect([last?.candidates?.[0]?.finishReason, last?.responseId, last?.usageMetadata]).toEqual([
      "STOP",
      "resp_scripted",
      { promptTokenCount: 1007, cachedContentTokenCount: 1000, candidatesTokenCount: 12, thoughtsTokenCount: 30, totalTokenCount: 1049 },
    ]);
    await expect(ask()).rejects.toMatchObject({ status: 429, message: expect.stringContaining("RESOURCE_EXHAUSTED") });
    const broken = await ask();
    await expect(Array.fromAsync(broken)).rejects.toMatchObject({ message: expect.stringContaining("UNAVAILABLE") });
  });

  test("asks Vertex AI for the same, at the same address", async () => {
    await using server = await startWireServer([{ blocks: [] }], geminiWire);
    const schema = { type: "object", properties: { command: { type: "string" } }, required: ["command"] };
    const request: ModelRequest = {
      model: "gemini-3.8-flash",
      system: [{ type: "text", text: "be brief" }],
      tools: [{ name: "bash", description: "Runs a command", input: schema }],
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "list" },
            { type: "image", mediaType: "image/png", data: "aWNvbg==" },
          ],
        },
        {
          role: "assistant",
          content: [
            { type: "text", text: "I look" },
            {
              type: "tool-call",
              id: "a",
              name: "bash",
              input: { command: "ls" },
              luggage: { vertex: { thoughtSignature: "c2ln", model: "gemini-3.8-flash" } },
            },
          ],
        },
        {
          role: "user",
          content: [
            {
              type: "tool-result",
              call: "a",
              content: [
                { type: "text", text: "x.ts" },
                { type: "image", mediaType: "image/png", data: "aWNvbg==" },
              ],
            },
          ],
        },
      ],
      maxTokens: 100,
      effort: "high",
      toolChoice: { tool: "bash" },
      stop: ["END"],
      sampling: { temperature: 1, topP: 0.5, topK: 2 },
      output: { name: "answer", schema },
    };
    const client = new GoogleGenAI({
      vertexai: true,
      project: "scripted",
      location: "global",
      googleAuthOptions: { authClient: { getRequestHeaders: async () => new Headers() } as never },
      httpOptions: { baseUrl: server.url },
    });
    await client.models.generateContentStream({
      model: request.model,
      contents: [
        { role: "user", parts: [{ text: "list" }, { inlineData: { mimeType: "image/png", data: "aWNvbg==" } }] },
        { role: "model", parts: [{ text: "I look" }, { functionCall: { id: "a", name: "bash", args: { command: "ls" } }, thoughtSignature: "c2ln" }] },
        {
          role: "user",
          parts: [
            { functionResponse: { id: "a", name: "bash", response: { output: "x.ts" }, parts: [{ inlineData: { mimeType: "image/png", data: "aWNvbg==" } }] } },
          ],
        },
      ],
      config: {
        systemInstruction: { parts: [{ text: "be brief" }] },
        tools: [{ functionDeclarations: [{ name: "bash", description: "Runs a command", parametersJsonSchema: schema }] }],
        toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY, allowedFunctionNames: ["bash"] } },
        maxOutputTokens: 100,
        stopSequences: ["END"],
        temperature: 1,
        topP: 0.5,
        topK: 2,
        responseMimeType: "application/json",
        responseJsonSchema: schema,
        thinkingConfig: { includeThoughts: true, thinkingLevel: ThinkingLevel.HIGH },
      },
    });
    const fields = generationFields(request, listed(request.model), "vertex");
    const ours = createBodyEncoder("vertex")(request, { fields, images: true, documents: true });
    const [theirs] = server.requests;
    expect(JSON.parse(Buffer.from(ours).toString())).toEqual(theirs?.body);
    expect(streamUrl(request.model, placeOf(request.model, { baseUrl: server.url }), "scripted")).toBe(`${server.url}${theirs?.path}`);
    expect(geminiUrl(request.model, geminiEndpoint(server.url))).toBe(`${server.url}/v1beta/models/gemini-3.8-flash:streamGenerateContent?alt=sse`);
  });
});

describe("the unmodified SDK of Anthropic", () => {
  test.each([
    [undefined, "https://us-east5-aiplatform.googleapis.com"],
    ["europe-west1", "https://europe-west1-aiplatform.googleapis.com"],
    ["global", "https://aiplatform.googleapis.com"],
    ["eu", "https://aiplatform.eu.rep.googleapis.com"],
  ])("asks for a Claude in %s at the same address", async (location, host) => {
    let asked = "";
    const client = new AnthropicVertex({
      region: location ?? "us-east5",
      projectId: "example.com:scripted",
      authClient: { getRequestHeaders: async () => new Headers() } as never,
      maxRetries: 0,
      fetch: async (url) => {
        asked = String(url);
        return new Response("event: message_stop\ndata: {}\n\n", { headers: { "content-type": "text/event-stream" } });
      },
    });
    await client.messages.create({ model: "claude-haiku-4-5@20251001", max_tokens: 1, messages: [], stream: true }).asResponse();
    const place = placeOf("claude-haiku-4-5", location === undefined ? {} : { location });
    expect([streamUrl("claude-haiku-4-5-20251001", place, "example.com:scripted"), place.url]).toEqual([asked, host]);
  });
});
