import type { ModelEvent } from "@claw/kernel";
import { type Answer, startChatServer } from "@claw/testing/conformance";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { startServer } from "./loopback.ts";
import { named } from "./setting.ts";

const tools = [{ name: "bash", description: "Runs a command", input: { type: "object", properties: { command: { type: "string" } } } }];
const request = { model: "m", system: [], tools, messages: [{ role: "user", content: [{ type: "text", text: "hello" }] }] } as const;

async function read(events: AsyncIterable<ModelEvent>): Promise<readonly unknown[]> {
  const said: unknown[] = [];
  for await (const event of events) {
    if (event.type === "text-delta" || event.type === "reasoning-delta") said.push(event.text);
    else if (event.type === "block") said.push(event.block);
    else if (event.type === "usage") said.push({ usage: event.usage.outputTokens });
    else if (event.type === "end") said.push({ end: event.reason });
  }
  return said;
}

const chunk = (delta: object, more: object = {}): string => `data: ${JSON.stringify({ choices: [{ index: 0, delta, ...more }] })}\n\n`;
const stop = (reason = "stop"): string => chunk({}, { finish_reason: reason });
const done = "data: [DONE]\n\n";

async function replyTo(frames: readonly string[]): Promise<readonly unknown[]> {
  await using server = await startChatServer([{ frames }]);
  return await read(named("vllm", { environment: { VLLM_BASE_URL: server.url } }).stream(request, new AbortController().signal));
}

const call = (id: string, command: string): object => ({ type: "tool-call", id, name: "bash", input: { command } });
const asked = (fields: object): object => ({ tool_calls: [{ type: "function", ...fields }] });

describe("a server that is a little different is understood", () => {
  test.each([
    ["it ends without saying so", [chunk({ content: "hi" }), stop()], ["hi", { end: "stop" }]],
    [
      "it counts in each chunk",
      [
        `data: {"choices":[{"index":0,"delta":{"content":"hi"}}],"usage":{"prompt_tokens":3,"completion_tokens":1}}\n\n`,
        `data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2}}\n\n`,
        done,
      ],
      ["hi", { usage: 2 }, { end: "stop" }],
    ],
    ["it comments to stay alive", [": OPENROUTER PROCESSING\n\n", chunk({ content: "hi" }), ":\n\n", stop(), done], ["hi", { end: "stop" }]],
    [
      "its fields are null",
      [
        chunk({ role: "assistant", content: null, tool_calls: null, function_call: null, refusal: null }, { finish_reason: null }),
        chunk({ content: "hi", reasoning_content: null }),
        stop(),
        'data: {"choices":[],"usage":null}\n\n',
        done,
      ],
      ["hi", { end: "stop" }],
    ],
    [
      "it says what it thinks in reasoning_content",
      [chunk({ reasoning_content: "hm" }), chunk({ content: "hi" }), stop(), done],
      ["hm", "hi", { end: "stop" }],
    ],
    ["it says what it thinks in reasoning", [chunk({ reasoning: "hm" }), chunk({ content: "hi" }), stop(), done], ["hm", "hi", { end: "stop" }]],
    [
      "its calls have no ids",
      [chunk(asked({ index: 0, function: { name: "bash", arguments: '{"command":"ls"}' } })), stop("tool_calls"), done],
      [call("", "ls"), { end: "tool-calls" }],
    ],
    [
      "its arguments are an object",
      [chunk(asked({ index: 0, id: "a", function: { name: "bash", arguments: { command: "ls" } } })), stop("tool_calls"), done],
      [call("a", "ls"), { end: "tool-calls" }],
    ],
    [
      "it stops for calls as for a text",
      [chunk(asked({ index: 0, id: "a", function: { name: "bash", arguments: '{"command":"ls"}' } })), stop("stop"), done],
      [call("a", "ls"), { end: "tool-calls" }],
    ],
    [
      "it prints its calls",
      [chunk({ content: "I look.\n<tool_" }), chunk({ content: 'call>{"name":"bash","arguments":{"command":"ls"}}</tool_call>' }), stop(), done],
      ["I look.\n", call("call_1", "ls"), { end: "tool-calls" }],
    ],
    ["it prints what it thinks", [chunk({ content: "<think>\nhm" }), chunk({ content: "</think>\n\nhi" }), stop(), done], ["hm", "hi", { end: "stop" }]],
    [
      "it prints a call after what it thinks",
      [chunk({ content: '<think>hm</think>\n{"name":"bash","arguments":{"command":"ls"}}' }), stop(), done],
      ["hm", call("call_1", "ls"), { end: "tool-calls" }],
    ],
  ])("%s", async (_what, frames, expected) => {
    expect(await replyTo(frames)).toEqual(expected);
  });

  test("two calls of one id are two calls", async () => {
    const pieces = [0, 1].map((index) => chunk(asked({ index, id: "call_0", function: { name: "bash", arguments: `{"command":"ls ${index}"}` } })));
    expect((await replyTo([...pieces, stop("tool_calls"), done])).slice(0, 2)).toMatchObject([{ input: { command: "ls 0" } }, { input: { command: "ls 1" } }]);
  });

  test.each([
    ["has no type", undefined],
    ["is called plain text", "text/plain; charset=utf-8"],
  ])("a stream that %s is a stream", async (_what, type) => {
    const server = createServer((_request, response) => {
      if (type === undefined) response.removeHeader("content-type");
      response.writeHead(200, type === undefined ? {} : { "content-type": type });
      response.end(chunk({ content: "hi" }) + stop() + done);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      expect(await read(named("vllm", { environment: { VLLM_BASE_URL: url } }).stream(request, new AbortController().signal))).toEqual(["hi", { end: "stop" }]);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  test("an answer that comes at once is an answer", async () => {
    const message = {
      role: "assistant",
      content: "hi",
      tool_calls: [{ id: "a", type: "function", function: { name: "bash", arguments: '{"command":"ls"}' } }],
    };
    await using server = await startServer({
      "POST /v1/chat/completions": {
        object: "chat.completion",
        choices: [{ index: 0, message, finish_reason: "tool_calls" }],
        usage: { prompt_tokens: 1, completion_tokens: 4 },
      },
    });
    const events = named("vllm", { environment: { VLLM_BASE_URL: server.url } }).stream(request, new AbortController().signal);
    expect(await read(events)).toEqual(["hi", call("a", "ls"), { usage: 4 }, { end: "tool-calls" }]);
  });

  test.each([
    [{ error: { message: "no quota left", code: 429 } }, { code: "MODEL_RATE_LIMITED", retryable: true }],
    [{ error: "it broke" }, { code: "MODEL_UNAVAILABLE", retryable: true }],
    [{ error: { message: "no such key", status: 401 } }, { code: "MODEL_AUTH" }],
    [{ detail: "what?" }, { code: "MODEL_STREAM_INVALID" }],
  ])("an error that is answered as if all were well is an error: %j", async (answer, expected) => {
    await using server = await startServer({ "POST /v1/chat/completions": answer });
    const events = named("vllm", { environment: { VLLM_BASE_URL: server.url } }).stream(request, new AbortController().signal);
    await expect(read(events)).rejects.toMatchObject(expected);
  });
});

describe("what is asked", () => {
  const say: Answer = { blocks: [{ type: "text", text: "hi" }] };
  const bodyTo = async (name: string, variable: string, more: object = {}, endpoint: object = {}): Promise<unknown> => {
    await using server = await startChatServer([say]);
    const secrets = { MISTRAL_API_KEY: "k-000", DEEPSEEK_API_KEY: "k-000" };
    await read(
      named(name, { environment: { [variable]: server.url }, secrets, endpoints: { [name]: endpoint } }).stream(
        { ...request, tools: [], ...more },
        new AbortController().signal,
      ),
    );
    return server.requests[0]?.body;
  };

  test("is what the server understands", async () => {
    const messages = [{ role: "user", content: "hello" }];
    expect(await bodyTo("vllm", "VLLM_BASE_URL", { maxTokens: 5 })).toEqual({
      model: "m",
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: 5,
      messages,
    });
    expect(await bodyTo("mistral", "MISTRAL_BASE_URL")).toEqual({ model: "m", stream: true, messages });
    expect(
      await bodyTo(
        "vllm",
        "VLLM_BASE_URL",
        { maxTokens: 5 },
        { maxTokensField: "max_completion_tokens", body: { keep_alive: "1h", stream: false, model: "x" } },
      ),
    ).toEqual({ keep_alive: "1h", stream: true, model: "m", stream_options: { include_usage: true }, max_completion_tokens: 5, messages });
  });

  test("has a field for thoughts where one is wanted, and only there", async () => {
    const conversation = [
      { role: "user", content: [{ type: "text", text: '{"role":"assistant","x":1}' }] },
      { role: "assistant", content: [{ type: "text", text: "a" }] },
      { role: "user", content: [{ type: "text", text: "b" }] },
      { role: "assistant", content: [{ type: "text", text: "c" }] },
      { role: "user", content: [{ type: "text", text: "d" }] },
    ];
    const messagesOf = async (name: string, variable: string): Promise<unknown> =>
      ((await bodyTo(name, variable, { messages: conversation })) as { readonly messages: unknown }).messages;
    const plain = [
      { role: "user", content: '{"role":"assistant","x":1}' },
      { role: "assistant", content: "a" },
      { role: "user", content: "b" },
      { role: "assistant", content: "c" },
      { role: "user", content: "d" },
    ];
    expect(await messagesOf("vllm", "VLLM_BASE_URL")).toEqual(plain);
    expect(await messagesOf("deepseek", "DEEPSEEK_BASE_URL")).toEqual(
      plain.map((message) => (message.role === "assistant" ? { ...message, reasoning_content: "" } : message)),
    );
  });
});
