import OpenAI from "openai";
import type { ChatCompletionCreateParamsStreaming } from "openai/resources/chat/completions";
import type { ResponseCreateParamsStreaming } from "openai/resources/responses/responses";
import { ClawError, type Http, type ModelRequest } from "@claw/kernel";
import { afterEach, describe, expect, test, vi } from "vitest";
import { startChatServer } from "@claw/testing/conformance";
import type { Credential } from "../src/credentials.ts";
import { endpointOf } from "../src/endpoint.ts";
import { exchange } from "../src/exchange.ts";
import { listed } from "../src/models.ts";
import { createRequestBody } from "../src/request-body.ts";

const credential: Credential = { name: "OPENAI_API_KEY", value: "sk-proj-1" };
const body = Buffer.from("{}");
const plain = { organization: "", project: "", headers: {} };
const official = endpointOf("https://api.openai.com/v1");
const signal = (): AbortSignal => new AbortController().signal;

interface Sent {
  readonly url: string;
  readonly init: RequestInit;
}

/** A fetch that opens nothing. */
function recorded(sent: Sent[]): Http["fetch"] {
  return async (url, init = {}) => {
    sent.push({ url: String(url), init });
    return new Response("data: [DONE]\n\n", { headers: { "content-type": "text/event-stream" } });
  };
}

async function sentTo(baseUrl: string, config: Partial<typeof plain> = {}): Promise<Sent> {
  const sent: Sent[] = [];
  const parts = {
    endpoint: endpointOf(baseUrl),
    path: "/responses",
    credential,
    config: { ...plain, ...config },
    userAgent: "claw/1.0.0",
    body,
    signal: signal(),
  } as const;
  await exchange(parts, { fetch: recorded(sent) });
  expect(sent.length).toBe(1);
  return sent[0] as Sent;
}

describe("a request", () => {
  afterEach(() => void vi.unstubAllEnvs());

  test("goes to the API with the key and nothing about this machine", async () => {
    expect(await sentTo("https://api.openai.com/v1", { organization: "org-1", project: "proj_1" })).toEqual({
      url: "https://api.openai.com/v1/responses",
      init: {
        method: "POST",
        body,
        redirect: "manual",
        signal: expect.any(AbortSignal),
        headers: {
          "user-agent": "claw/1.0.0",
          accept: "application/json",
          authorization: "Bearer sk-proj-1",
          "content-type": "application/json",
          "openai-organization": "org-1",
          "openai-project": "proj_1",
        },
      },
    });
  });

  test("has the headers that a person wrote in the place of its own", async () => {
    const { url, init } = await sentTo("https://gateway.example/openai/v1", { headers: { "X-Team": "a", Authorization: "Basic b" } });
    expect([url, init.headers]).toEqual([
      "https://gateway.example/openai/v1/responses",
      { "user-agent": "claw/1.0.0", accept: "application/json", authorization: "Basic b", "content-type": "application/json", "x-team": "a" },
    ]);
  });

  test("is not changed by the environment", async () => {
    const before = await sentTo("https://api.openai.com/v1");
    for (const [name, value] of Object.entries({
      OPENAI_API_KEY: "sk-other",
      OPENAI_ADMIN_KEY: "sk-admin",
      OPENAI_BASE_URL: "https://evil.example",
      OPENAI_ORG_ID: "org-evil",
      OPENAI_PROJECT_ID: "proj_evil",
      OPENAI_CUSTOM_HEADERS: "x-evil: 1",
      OPENAI_LOG: "debug",
    }))
      vi.stubEnv(name, value);
    const after = await sentTo("https://api.openai.com/v1");
    expect([after.url, after.init.headers]).toEqual([before.url, before.init.headers]);
  });

  test("that fails, fails with what the network said, once", async () => {
    const failure = new ClawError("NETWORK_FAILED", "no connection to api.openai.com", { host: "api.openai.com" }, { retryable: true });
    let tries = 0;
    const fetch = async (): Promise<Response> => {
      tries += 1;
      throw failure;
    };
    await expect(
      exchange({ endpoint: official, path: "/responses", credential, config: plain, userAgent: "claw", body, signal: signal() }, { fetch }),
    ).rejects.toBe(failure);
    expect(tries).toBe(1);
  });

  test("is not sent on to where a redirect points", async () => {
    await using elsewhere = await startChatServer([]);
    await using server = await startChatServer(() => ({ status: 307, headers: { location: `${elsewhere.url}/v1/chat/completions` } }));
    const parts = {
      endpoint: endpointOf(server.url),
      path: "/chat/completions",
      credential,
      config: plain,
      userAgent: "claw",
      body,
      signal: signal(),
    } as const;
    expect([(await exchange(parts, { fetch })).status, server.requests.map(({ path }) => path), elsewhere.requests]).toEqual([
      307,
      ["/v1/chat/completions"],
      [],
    ]);
  });
});

const full: ModelRequest = {
  model: "gpt-4.1",
  system: [{ type: "text", text: "be brief" }],
  tools: [{ name: "bash", description: "Runs", input: { type: "object", properties: { command: { type: "string" } } } }],
  messages: [
    {
      role: "user",
      content: [
        { type: "text", text: "see" },
        { type: "image", mediaType: "image/png", data: "QQ==" },
        { type: "document", mediaType: "application/pdf", data: "QQ==", name: "a.pdf" },
      ],
    },
    {
      role: "assistant",
      content: [
        {
          type: "reasoning",
          text: "hm",
          luggage: { openai: { id: "rs", summary: [{ type: "summary_text", text: "hm" }], encrypted_content: "e", model: "gpt-4.1" } },
        },
        { type: "text", text: "I look" },
        { type: "tool-call", id: "a", name: "bash", input: { command: "ls" } },
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
            { type: "image", mediaType: "image/png", data: "QQ==" },
          ],
        },
      ],
    },
  ],
  maxTokens: 100,
  toolChoice: { tool: "bash" },
  output: { name: "answer", schema: { type: "object" } },
  sampling: { temperature: 0, topP: 0.5 },
  session: "s1",
};
const bodyOf = (request: ModelRequest, wire: "chat" | "responses", isOfficial = true): unknown =>
  JSON.parse(Buffer.from(createRequestBody("openai")(request, { wire, info: listed(request.model), official: isOfficial, summaries: true })).toString());

const chatBody = {
  model: "gpt-4.1",
  stream: true,
  stream_options: { include_usage: true },
  max_completion_tokens: 100,
  tool_choice: { type: "function", function: { name: "bash" } },
  response_format: { type: "json_schema", json_schema: { name: "answer", schema: { type: "object" }, strict: true } },
  stop: ["END"],
  temperature: 0,
  top_p: 0.5,
  prompt_cache_key: "624c173902f79fc2b27f8d1ce35a11ab",
  tools: [{ type: "function", function: { name: "bash", description: "Runs", parameters: { type: "object", properties: { command: { type: "string" } } } } }],
  messages: [
    { role: "system", content: "be brief" },
    {
      role: "user",
      content: [
        { type: "text", text: "see" },
        { type: "image_url", image_url: { url: "data:image/png;base64,QQ==" } },
        { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,QQ==" } },
      ],
    },
    { role: "assistant", content: "I look", tool_calls: [{ id: "a", type: "function", function: { name: "bash", arguments: '{"command":"ls"}' } }] },
    { role: "tool", tool_call_id: "a", content: "x.ts" },
    { role: "user", content: [{ type: "image_url", image_url: { url: "data:image/png;base64,QQ==" } }] },
  ],
} satisfies ChatCompletionCreateParamsStreaming;

const responsesBody = {
  model: "gpt-4.1",
  stream: true,
  store: false,
  max_output_tokens: 100,
  tool_choice: { type: "function", name: "bash" },
  text: { format: { type: "json_schema", name: "answer", schema: { type: "object" }, strict: true } },
  temperature: 0,
  top_p: 0.5,
  prompt_cache_key: "624c173902f79fc2b27f8d1ce35a11ab",
  tools: [{ type: "function", name: "bash", description: "Runs", parameters: { type: "object", properties: { command: { type: "string" } } }, strict: false }],
  instructions: "be brief",
  input: [
    {
      role: "user",
      content: [
        { type: "input_text", text: "see" },
        { type: "input_image", detail: "auto", image_url: "data:image/png;base64,QQ==" },
        { type: "input_file", filename: "a.pdf", file_data: "data:application/pdf;base64,QQ==" },
      ],
    },
    { type: "reasoning", id: "rs", summary: [{ type: "summary_text", text: "hm" }], encrypted_content: "e" },
    { role: "assistant", content: "I look" },
    { type: "function_call", call_id: "a", name: "bash", arguments: '{"command":"ls"}' },
    {
      type: "function_call_output",
      call_id: "a",
      output: [
        { type: "input_text", text: "x.ts" },
        { type: "input_image", detail: "auto", image_url: "data:image/png;base64,QQ==" },
      ],
    },
  ],
} satisfies ResponseCreateParamsStreaming;

describe("a body", () => {
  test("is one that the SDK's types know, over either API", () => {
    expect([bodyOf({ ...full, stop: ["END"] }, "chat"), bodyOf(full, "responses")]).toEqual([chatBody, responsesBody]);
  });

  test("asks a model that reasons in the words of its API", () => {
    const request: ModelRequest = { model: "gpt-6.1-sol", system: full.system, messages: [], tools: [], effort: "max" };
    expect([bodyOf(request, "responses"), bodyOf(request, "chat"), bodyOf(request, "chat", false)]).toEqual([
      {
        model: "gpt-6.1-sol",
        stream: true,
        store: false,
        include: ["reasoning.encrypted_content"],
        reasoning: { effort: "max", summary: "auto" },
        instructions: "be brief",
        input: [],
      } satisfies ResponseCreateParamsStreaming,
      {
        model: "gpt-6.1-sol",
        stream: true,
        stream_options: { include_usage: true },
        reasoning_effort: "max",
        messages: [{ role: "developer", content: "be brief" }],
      } satisfies ChatCompletionCreateParamsStreaming,
      expect.objectContaining({ messages: [{ role: "system", content: "be brief" }] }),
    ]);
  });

  test("names the session to OpenAI alone, and so that nobody can tell it", () => {
    const keyOf = (session: string | undefined, isOfficial: boolean): unknown => {
      const { session: _given, ...rest } = full;
      return (bodyOf({ ...rest, ...(session === undefined ? {} : { session }) }, "chat", isOfficial) as { readonly prompt_cache_key?: string })
        .prompt_cache_key;
    };
    expect([keyOf("s1", true), keyOf("s1", true) === keyOf("s2", true), keyOf("s1", false), keyOf(undefined, true)]).toEqual([
      chatBody.prompt_cache_key,
      false,
      undefined,
      undefined,
    ]);
    expect(JSON.stringify(bodyOf({ ...full, session: "session-of-mine" }, "responses"))).not.toContain("session-of-mine");
  });
});

test("what is sent is what the official SDK sends, less what tells of this machine", async () => {
  const ours: Sent[] = [];
  const theirs: Sent[] = [];
  const config = { organization: "org-1", project: "proj_1", headers: {} };
  const sdk = new OpenAI({ apiKey: credential.value, organization: "org-1", project: "proj_1", baseURL: official.url, maxRetries: 0, fetch: recorded(theirs) });
  await sdk.chat.completions.create(chatBody);
  await sdk.responses.create(responsesBody);
  await sdk.models.list().asResponse();
  const send = (path: "/chat/completions" | "/responses" | "/models", sent?: object): Promise<Response> =>
    exchange(
      {
        endpoint: official,
        path,
        credential,
        config,
        userAgent: "claw",
        ...(sent === undefined ? {} : { body: Buffer.from(JSON.stringify(sent)) }),
        signal: signal(),
      },
      { fetch: recorded(ours) },
    );
  await send("/chat/completions", chatBody);
  await send("/responses", responsesBody);
  await send("/models");
  const told = ({ url, init: { method, headers, body: content } }: Sent): object => ({
    url,
    method: method?.toUpperCase(),
    body: content === undefined || content === null ? undefined : (JSON.parse(Buffer.from(content as Uint8Array).toString()) as unknown),
    headers: Object.fromEntries([...new Headers(headers)].filter(([name]) => name !== "user-agent" && !name.startsWith("x-stainless-"))),
  });
  expect(ours.map(told)).toEqual(theirs.map(told));
});
