import { ClawError, type ModelEvent, type ModelRequest } from "@claw/kernel";
import { fakeClock, fakeHost, memorySecrets } from "@claw/testing";
import { type RecordedRequest, type Script, replyBytes, startWireServer } from "@claw/testing/conformance";
import type { ResponseCreateParamsStreaming } from "openai/resources/responses/responses";
import type { ChatCompletionCreateParamsStreaming } from "openai/resources/chat/completions";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { type ProviderParts, createProvider } from "../src/provider.ts";
import { azureChatWire, azureResponsesWire, foundryClaudeWire } from "./azure-wires.ts";
import { startIdentityServer } from "./identity-server.ts";

type Config = ProviderParts["config"];

const key = "0123456789abcdef0123456789abcdef";
const say = { blocks: [{ type: "text", text: "hi" }] } as const;
const wires = { chat: azureChatWire, responses: azureResponsesWire, messages: foundryClaudeWire };
const userSays = (model: string, more: Partial<ModelRequest> = {}): ModelRequest => ({
  model,
  system: [],
  tools: [],
  messages: [{ role: "user", content: [{ type: "text", text: "hello" }] }],
  ...more,
});

interface Options {
  readonly config?: Partial<Config>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly http?: ProviderParts["http"];
}

async function providerAt(url: string | undefined, { config = {}, secrets = { AZURE_OPENAI_API_KEY: key }, environment = {}, http = { fetch } }: Options = {}) {
  const folder = await mkdtemp(join(tmpdir(), "foundry-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const clock = fakeClock();
  const provider = createProvider({
    http,
    secrets: memorySecrets(secrets),
    host: fakeHost(folder, clock, { environment }),
    processes: undefined,
    config: {
      ...(url === undefined ? {} : { endpoint: url }),
      deployments: {},
      wire: "auto",
      authorityHost: "https://login.microsoftonline.com",
      idleTimeoutMs: 10_000,
      headers: {},
      ...config,
    },
  });
  return { provider, clock };
}

async function eventsOf(stream: AsyncIterable<ModelEvent>): Promise<readonly ModelEvent[]> {
  const events: ModelEvent[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

const never = (): AbortSignal => new AbortController().signal;
const failureOf = (stream: AsyncIterable<ModelEvent>): Promise<unknown> =>
  eventsOf(stream).then(
    () => undefined,
    (error: unknown) => error,
  );

/** One request to a server of a wire, and what came of it. */
async function once(wire: keyof typeof wires, script: Script, request: ModelRequest, options: Options = {}) {
  await using server = await startWireServer(script, wires[wire]);
  const { provider } = await providerAt(server.url, options);
  const events: ModelEvent[] = [];
  let error: unknown;
  try {
    for await (const event of provider.stream(request, never())) events.push(event);
  } catch (thrown) {
    error = thrown;
  }
  return { events, error, sent: server.requests[0] as RecordedRequest, requests: server.requests };
}

describe("a deployment", () => {
  test("is asked on the v1 API, under its own name", async () => {
    const { sent, events } = await once("responses", [say], userSays("prod", { maxTokens: 100, effort: "low" }), {
      config: { deployments: { prod: "gpt-5.5" } },
    });
    expect([sent.method, sent.path, sent.headers["api-key"], sent.headers["authorization"], sent.headers["user-agent"]]).toEqual([
      "POST",
      "/openai/v1/responses",
      key,
      undefined,
      "claw/1.0.0",
    ]);
    expect(sent.body).toEqual({
      model: "prod",
      stream: true,
      store: false,
      include: ["reasoning.encrypted_content"],
      reasoning: { effort: "low", summary: "auto" },
      max_output_tokens: 100,
      input: [{ role: "user", content: [{ type: "input_text", text: "hello" }] }],
    } satisfies ResponseCreateParamsStreaming);
    expect(events.at(-1)).toEqual({ type: "end", reason: "stop", requestId: "req_1" });
  });

  test("of a model that says nothing of thinking is asked in chats", async () => {
    const { sent } = await once("chat", [say], userSays("gpt-4.1", { maxTokens: 100, sampling: { temperature: 0 } }));
    expect(sent.path).toBe("/openai/v1/chat/completions");
    expect(sent.body).toEqual({
      model: "gpt-4.1",
      stream: true,
      stream_options: { include_usage: true },
      max_completion_tokens: 100,
      temperature: 0,
      messages: [{ role: "user", content: "hello" }],
    } satisfies ChatCompletionCreateParamsStreaming);
  });

  test("is asked by its path where the API has a date, in the words of that time", async () => {
    const config = { apiVersion: "2024-08-01-preview", deployment: "my deployment" };
    const { sent } = await once("chat", [say], userSays("default", { maxTokens: 100 }), { config });
    expect(sent.path).toBe("/openai/deployments/my%20deployment/chat/completions?api-version=2024-08-01-preview");
    expect(sent.body).toEqual({
      model: "my deployment",
      stream: true,
      max_tokens: 100,
      messages: [{ role: "user", content: "hello" }],
    } satisfies ChatCompletionCreateParamsStreaming);
  });

  test("of Claude is asked in Claude's words, with the key in its header", async () => {
    const { sent, error } = await once("messages", [say], userSays("prod", { effort: "max" }), { config: { deployments: { prod: "claude-opus-5-5" } } });
    expect([error, sent.path, sent.headers["x-api-key"], sent.headers["api-key"], sent.headers["anthropic-version"]]).toEqual([
      undefined,
      "/anthropic/v1/messages",
      key,
      undefined,
      "2026-10-21",
    ]);
    expect(sent.body).toEqual({
      model: "prod",
      max_tokens: 128_000,
      stream: true,
      thinking: { type: "adaptive" },
      output_config: { effort: "max" },
      messages: [{ role: "user", content: [{ type: "text", text: "hello", cache_control: { type: "ephemeral" } }] }],
    });
  });

  test("of Claude has a key of its own, which goes nowhere else", async () => {
    const secrets = { AZURE_OPENAI_API_KEY: key, ANTHROPIC_FOUNDRY_API_KEY: "claude-key" };
    const claude = await once("messages", [say], userSays("claude-opus-5-5"), { secrets });
    const gpt = await once("responses", [say], userSays("gpt-5.5"), { secrets });
    expect([claude.sent.headers["x-api-key"], gpt.sent.headers["api-key"]]).toEqual(["claude-key", key]);
  });

  test("at another resource is not sent this one's key", async () => {
    await using server = await startWireServer([say], foundryClaudeWire);
    await using identity = await startIdentityServer(() => ({ body: { access_token: "tok", expires_in: 3600 } }));
    const { provider } = await providerAt("https://other.openai.azure.com", {
      config: { claudeEndpoint: `${server.url}/anthropic` },
      secrets: { AZURE_OPENAI_API_KEY: key, IDENTITY_HEADER: "h" },
      environment: { IDENTITY_ENDPOINT: identity.url },
    });
    await eventsOf(provider.stream(userSays("claude-opus-5-5"), never()));
    const headers = server.requests[0]?.headers ?? {};
    expect([headers["x-api-key"], headers["authorization"], identity.asked[0]?.query["resource"]]).toEqual([undefined, "Bearer tok", "https://ai.azure.com"]);
  });

  test("is given what a model that is not known may take", async () => {
    const image = { type: "image", mediaType: "image/png", data: "aWNvbg==" } as const;
    const { sent } = await once("chat", [say], userSays("prod", { effort: "weird", messages: [{ role: "user", content: [image] }] }));
    expect([sent.text.includes("aWNvbg=="), (sent.body as { readonly reasoning_effort?: string }).reasoning_effort]).toEqual([true, "weird"]);
  });
});

describe("without a key", () => {
  const identityAt = (url: string): Options => ({ secrets: { IDENTITY_HEADER: "the-header" }, environment: { IDENTITY_ENDPOINT: url } });

  test("a token is asked for once, kept, and renewed before its end", async () => {
    await using identity = await startIdentityServer((_asked, index) => ({ body: { access_token: `tok-${index}`, expires_in: 3600 } }));
    await using server = await startWireServer(() => say, azureResponsesWire);
    const { provider, clock } = await providerAt(server.url, identityAt(identity.url));
    const ask = () => eventsOf(provider.stream(userSays("gpt-5.5"), never()));
    await Promise.all([ask(), ask(), ask()]);
    clock.move(54 * 60_000);
    await ask();
    clock.move(60_000);
    await ask();
    expect(server.requests.map(({ headers }) => [headers["authorization"], headers["api-key"]])).toEqual([
      ...Array.from({ length: 4 }, () => ["Bearer tok-0", undefined]),
      ["Bearer tok-1", undefined],
    ]);
    expect(identity.asked.map(({ query }) => query["resource"])).toEqual(["https://cognitiveservices.azure.com", "https://cognitiveservices.azure.com"]);
  });

  test("a token that was refused is not used again, and is in no message", async () => {
    await using identity = await startIdentityServer((_asked, index) => ({ body: { access_token: `the-long-token-${index}`, expires_in: 3600 } }));
    await using server = await startWireServer(
      (request) => ({ status: 401, body: { kind: "auth", message: `not ${request.headers["authorization"]}` } }),
      azureResponsesWire,
    );
    const { provider } = await providerAt(server.url, identityAt(identity.url));
    const failures = [await failureOf(provider.stream(userSays("gpt-5.5"), never())), await failureOf(provider.stream(userSays("gpt-5.5"), never()))];
    expect(failures.map((failure) => ClawError.is(failure) && [failure.code, failure.fix])).toEqual(
      Array.from({ length: 2 }, () => ["MODEL_AUTH", expect.stringContaining('the role "Cognitive Services User"')]),
    );
    expect([identity.asked.length, JSON.stringify([failures.map(String), failures]).includes("the-long-token")]).toEqual([2, false]);
  });

  test("the wait for a token ends when it is told to", async () => {
    await using identity = await startIdentityServer(() => undefined);
    const { provider } = await providerAt("http://127.0.0.1:1", identityAt(identity.url));
    const reason = new Error("enough");
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), 20);
    expect(await failureOf(provider.stream(userSays("gpt-5.5"), controller.signal))).toBe(reason);
  });
});

describe("Azure's failures", () => {
  const answered = (status: number, body: object, headers: Readonly<Record<string, string>> = {}): Script => [
    { status, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) },
  ];

  test("a deployment that is not there is an unknown model, and the config is named", async () => {
    const body = {
      error: { code: "DeploymentNotFound", message: "The API deployment for this resource does not exist. If you created the deployment just now, wait." },
    };
    const { error } = await once("responses", answered(404, body), userSays("gpt-5.7"), { config: { deployments: { prod: "gpt-5.5" } } });
    expect(error).toMatchObject({
      code: "MODEL_UNKNOWN",
      retryable: false,
      fix: 'name a deployment of the resource: foundry/<deployment>; if "gpt-5.7" is a model, name its deployment in foundry\'s deployments in settings.json',
      data: { status: 404, kind: "DeploymentNotFound", requestId: "req_1", suggestions: expect.arrayContaining(["prod"]) },
    });
  });

  test("another path that is not there is none", async () => {
    const { error } = await once("responses", answered(404, { error: { code: "404", message: "Resource not found" } }), userSays("gpt-5.5"));
    expect(error).toMatchObject({ code: "MODEL_REFUSED", fix: expect.stringContaining("AZURE_OPENAI_ENDPOINT") });
  });

  test("a prompt that the content filter stopped is refused, with what it found", async () => {
    const error = {
      message: "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry.",
      type: null,
      param: "prompt",
      code: "content_filter",
      status: 400,
      innererror: {
        code: "ResponsibleAIPolicyViolation",
        content_filter_result: {
          hate: { filtered: false, severity: "safe" },
          jailbreak: { filtered: true, detected: true },
          violence: { filtered: true, severity: "medium" },
        },
      },
    };
    const { error: failure } = await once("chat", answered(400, { error }), userSays("gpt-4.1"));
    expect(failure).toMatchObject({
      code: "MODEL_REFUSED",
      retryable: false,
      fix: "say it in other words, or change the content filter of the deployment: it found jailbreak, violence (medium)",
      data: { status: 400, kind: "content_filter" },
    });
  });

  test("a reply that the content filter stopped is a refusal", async () => {
    const { events } = await once("chat", [{ ...say, stop: "refusal" }], userSays("gpt-4.1"));
    expect(events.at(-1)).toMatchObject({ type: "end", reason: "refusal" });
  });

  test("a limit says how long to wait, to the millisecond", async () => {
    const body = { error: { code: "429", message: "Requests to the Creation Operation have exceeded the token rate limit. Please retry after 7 seconds." } };
    const { error } = await once("responses", answered(429, body, { "retry-after-ms": "1234", "retry-after": "7" }), userSays("gpt-5.5"));
    expect(error).toMatchObject({ code: "MODEL_RATE_LIMITED", retryable: true, data: { retryAfterMs: 1234, requestId: "req_1" } });
  });

  test("a key of another resource is to be checked", async () => {
    const body = { error: { code: "401", message: "Access denied due to invalid subscription key or wrong API endpoint." } };
    const { error, sent } = await once("responses", answered(401, body), userSays("gpt-5.5"));
    expect(error).toMatchObject({
      code: "MODEL_AUTH",
      fix: `check AZURE_OPENAI_API_KEY: it must be a key of the resource of ${sent.headers["host"]}, and the resource must accept keys`,
    });
  });

  test("a model that is asked on the wrong API says so", async () => {
    const body = { error: { code: "OperationNotSupported", message: "The chatCompletion operation does not work with the specified model." } };
    const { error } = await once("chat", answered(400, body), userSays("prod"));
    expect(error).toMatchObject({ code: "MODEL_REFUSED", fix: "set foundry's wire to the other API, chat or responses" });
  });

  test("a gateway's redirect is not followed", async () => {
    const { error, requests } = await once("responses", [{ status: 307, headers: { location: "https://elsewhere.example/x" } }], userSays("gpt-5.5"));
    expect([error, requests.length]).toEqual([
      expect.objectContaining({ code: "MODEL_REFUSED", message: expect.stringContaining("it redirects to https://elsewhere.example") }),
      1,
    ]);
  });

  test("nothing is sent without an address", async () => {
    const { provider } = await providerAt(undefined);
    expect(await failureOf(provider.stream(userSays("gpt-5.5"), never()))).toMatchObject({
      code: "E_CONFIG_SCHEMA",
      message: "claw/foundry: endpoint: there is none",
      fix: expect.stringContaining("AZURE_OPENAI_ENDPOINT"),
    });
  });
});

describe("the vendor's own list", () => {
  const list = (data: unknown): Script => [{ status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify({ object: "list", data }) }];
  const refreshed = async (script: Script) => {
    await using server = await startWireServer(script, azureChatWire);
    const { provider } = await providerAt(`${server.url}/openai/v1/`);
    const models = await provider.refresh?.(never());
    return { models, request: server.requests[0] as RecordedRequest };
  };

  test("has the models that answer in chats", async () => {
    const { models, request } = await refreshed(
      list([
        { id: "gpt-5.5-2026-04-23", capabilities: { inference: true, chat_completion: true } },
        { id: "text-embedding-3-large", capabilities: { inference: true, chat_completion: false, embeddings: true } },
        { id: "gpt-4o", capabilities: { inference: false, chat_completion: true } },
        { id: "from-a-gateway" },
        { id: "from-a-gateway" },
        { id: 1 },
        null,
      ]),
    );
    expect([models, request.method, request.path, request.headers["api-key"]]).toEqual([
      [{ id: "gpt-5.5-2026-04-23" }, { id: "from-a-gateway" }],
      "GET",
      "/openai/v1/models",
      key,
    ]);
  });

  test.each([
    [list("none"), "MODEL_STREAM_INVALID"],
    [[{ status: 200, body: "<html>" }], "MODEL_STREAM_INVALID"],
    [[{ status: 401, body: { kind: "auth" } }], "MODEL_AUTH"],
    [[{ status: 503, body: "" }], "MODEL_UNAVAILABLE"],
  ] as const)("that is none is an error", async (script, code) => {
    await expect(refreshed(script as Script)).rejects.toMatchObject({ code });
  });
});

describe("its status", () => {
  const statusOf = async (url: string | undefined, options: Options = {}) => (await providerAt(url, options)).provider.status?.(never());
  const url = "https://name.openai.azure.com";
  const host = "name.openai.azure.com";

  test("says which credential is used where, without a request", async () => {
    expect([
      await statusOf(url),
      await statusOf(url, { secrets: { AZURE_CLIENT_SECRET: "s" }, environment: { AZURE_TENANT_ID: "t", AZURE_CLIENT_ID: "c" } }),
      await statusOf(url, { secrets: { IDENTITY_HEADER: "h" }, environment: { IDENTITY_ENDPOINT: "http://127.0.0.1/" } }),
      await statusOf(undefined, { config: { claudeResource: "claude" }, secrets: { ANTHROPIC_FOUNDRY_API_KEY: "c" } }),
      await statusOf(url, { config: { claudeResource: "name", deployment: "claude-opus-5-5" } }),
    ]).toEqual([
      { ready: true, host, credential: "AZURE_OPENAI_API_KEY" },
      { ready: true, host, credential: "AZURE_CLIENT_SECRET" },
      { ready: true, host, credential: "managed identity" },
      { ready: true, host: "claude.services.ai.azure.com", credential: "ANTHROPIC_FOUNDRY_API_KEY" },
      { ready: true, host: "name.services.ai.azure.com", credential: "AZURE_OPENAI_API_KEY" },
    ]);
  });

  test("says what is missing", async () => {
    expect([await statusOf(url, { secrets: {} }), await statusOf(undefined), await statusOf(url, { secrets: { AZURE_CLIENT_SECRET: "s" } })]).toEqual([
      { ready: false, host, problem: expect.stringContaining("there is no key"), fix: expect.stringContaining("AZURE_OPENAI_API_KEY") },
      { ready: false, problem: "claw/foundry: endpoint: there is none", fix: expect.stringContaining("AZURE_OPENAI_ENDPOINT") },
      { ready: false, problem: "AZURE_CLIENT_SECRET is set, but not AZURE_TENANT_ID and AZURE_CLIENT_ID", fix: expect.any(String) },
    ]);
  });
});

test("a reply costs no more for the filter's word before it", () => {
  expect(replyBytes(azureChatWire, say).toString("utf8")).toMatch(/^data: \{[^\n]*"choices":\[\],"prompt_filter_results"/);
});
