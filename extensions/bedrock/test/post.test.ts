import { BedrockRuntimeClient, ConverseStreamCommand, InvokeModelWithResponseStreamCommand } from "@aws-sdk/client-bedrock-runtime";
import { HttpRequest } from "@smithy/core/protocols";
import { ClawError } from "@claw/kernel";
import { afterEach, describe, expect, test, vi } from "vitest";
import { startBedrockMessagesServer } from "@claw/testing/conformance";
import { startConverseServer } from "@claw/testing/conformance";
import type { RecordedRequest } from "@claw/testing/conformance";
import { hostOf, runtimeOf } from "../src/address.ts";
import { createHandler } from "../src/http-handler.ts";
import { type Post, createSend } from "../src/post.ts";
import { checkSignature } from "./signature-check.ts";

const keys = { type: "keys", accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", sessionToken: "session==" } as const;
const said = { blocks: [{ type: "text", text: "hi" }] } as const;
const body = Buffer.from('{"messages":[{"role":"user","content":[{"text":"grüß"}]}]}');

const given = (url: string, more: Partial<Post> = {}): Post => ({
  wire: "converse",
  model: "us.anthropic.claude-haiku-4-5-20251001-v1:0",
  body,
  endpoint: runtimeOf(url, "eu-west-1"),
  region: "eu-west-1",
  credential: keys,
  headers: {},
  userAgent: "claw/1.0.0",
  signal: new AbortController().signal,
  ...more,
});

/** One request as it arrives at a loopback server. */
async function arrived(more: Partial<Post> = {}): Promise<RecordedRequest> {
  await using server = await startConverseServer([said]);
  const response = await createSend({ fetch })(given(server.url, more));
  await response.arrayBuffer();
  expect([response.status, server.requests.length]).toEqual([200, 1]);
  return server.requests[0] as RecordedRequest;
}

afterEach(() => void vi.unstubAllEnvs());

describe("a request", () => {
  test.each([
    ["converse", "/model/us.anthropic.claude-haiku-4-5-20251001-v1%3A0/converse-stream"],
    ["messages", "/model/us.anthropic.claude-haiku-4-5-20251001-v1%3A0/invoke-with-response-stream"],
  ] as const)("over the wire %s is signed for the region and for Bedrock, over what arrives", async (wire, path) => {
    const request = await arrived({ wire });
    expect([request.method, request.path, request.text, request.headers["x-amz-security-token"]]).toEqual(["POST", path, body.toString(), "session=="]);
    expect(checkSignature(request, keys.secretAccessKey)).toEqual({
      accessKeyId: "AKIDEXAMPLE",
      region: "eu-west-1",
      service: "bedrock",
      signedHeaders: expect.arrayContaining(["content-type", "host", "x-amz-date", "x-amz-security-token"]),
      isRight: true,
    });
  });

  test("for the ARN of a profile has it in the path, and is signed right", async () => {
    const request = await arrived({ model: "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/a1b2c3" });
    expect(request.path).toBe("/model/arn%3Aaws%3Abedrock%3Aeu-west-1%3A123456789012%3Aapplication-inference-profile%2Fa1b2c3/converse-stream");
    expect(checkSignature(request, keys.secretAccessKey).isRight).toBe(true);
  });

  test("without a session token has no header for one", async () => {
    const { sessionToken: _none, ...two } = keys;
    expect((await arrived({ credential: two })).headers["x-amz-security-token"]).toBeUndefined();
  });

  test("with a bearer token carries it, and no signature", async () => {
    const { headers } = await arrived({ credential: { type: "bearer", token: "bedrock-api-key-1" } });
    expect([headers["authorization"], headers["x-amz-security-token"], headers["x-amz-date"]]).toEqual(["Bearer bedrock-api-key-1", undefined, undefined]);
  });

  test("carries the headers of the config, which win and are not signed", async () => {
    const request = await arrived({ headers: { "X-Team": "a", "User-Agent": "other" } });
    expect([request.headers["x-team"], request.headers["user-agent"]]).toEqual(["a", "other"]);
    expect(checkSignature(request, keys.secretAccessKey)).toEqual(
      expect.objectContaining({ isRight: true, signedHeaders: expect.not.arrayContaining(["x-team"]) }),
    );
    expect((await arrived({ headers: { authorization: "Basic b" } })).headers["authorization"]).toBe("Basic b");
  });

  test("says nothing about this machine", async () => {
    const { headers } = await arrived();
    expect(headers["user-agent"]).toBe("claw/1.0.0");
    expect(Object.keys(headers).filter((name) => /x-amz-user-agent|trace|node/.test(name))).toEqual([]);
  });

  test("is not changed by the environment: a bearer token there beats no keys, and keys there no bearer token", async () => {
    const shape = ({ headers, path }: RecordedRequest): object => {
      const { authorization = "", host: _host, "x-amz-date": _date, "amz-sdk-invocation-id": _id, ...rest } = headers;
      return { ...rest, path, authorization: authorization.replace(/\/\d{8}\/.*/, "") };
    };
    const bearer = { credential: { type: "bearer", token: "ours" } } as const;
    const before = [shape(await arrived()), shape(await arrived(bearer))];
    for (const [name, value] of Object.entries({
      AWS_BEARER_TOKEN_BEDROCK: "evil",
      AWS_AUTH_SCHEME_PREFERENCE: "httpBearerAuth",
      AWS_ACCESS_KEY_ID: "EVIL",
      AWS_SECRET_ACCESS_KEY: "evil",
      AWS_SESSION_TOKEN: "evil",
      AWS_REGION: "us-gov-west-1",
      AWS_PROFILE: "evil",
      AWS_CONFIG_FILE: "/nonexistent/evil",
      AWS_ENDPOINT_URL: "https://evil.example",
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: "https://evil.example",
      AWS_USE_FIPS_ENDPOINT: "true",
      AWS_USE_DUALSTACK_ENDPOINT: "true",
      AWS_SDK_UA_APP_ID: "evil",
      AWS_LAMBDA_FUNCTION_NAME: "evil",
      _X_AMZN_TRACE_ID: "evil",
      AWS_MAX_ATTEMPTS: "5",
      AWS_RETRY_MODE: "adaptive",
    }))
      vi.stubEnv(name, value);
    expect([shape(await arrived()), shape(await arrived(bearer))]).toEqual(before);
    expect(JSON.stringify(before)).not.toContain("evil");
  });

  test("that fails, fails with what the network said, once", async () => {
    const failure = new ClawError("NETWORK_FAILED", "the connection timed out", { host: "bedrock" }, { retryable: true });
    let tries = 0;
    const http = {
      fetch: async () => {
        tries += 1;
        throw failure;
      },
    };
    await expect(createSend(http)(given("http://127.0.0.1:9"))).rejects.toBe(failure);
    expect(tries).toBe(1);
  });

  test("that is refused is sent once, and its answer is left to be read", async () => {
    await using server = await startConverseServer(() => ({ status: 503, body: { kind: "overloaded" } }));
    const response = await createSend({ fetch })(given(server.url));
    expect([response.status, await response.text(), server.requests.length]).toEqual([503, expect.stringContaining("unable to process"), 1]);
  });

  test("is not sent on to where a redirect points", async () => {
    await using elsewhere = await startConverseServer([]);
    await using server = await startConverseServer(() => ({ status: 307, headers: { location: `${elsewhere.url}/model/x/converse-stream` } }));
    expect([(await createSend({ fetch })(given(server.url))).status, elsewhere.requests]).toEqual([307, []]);
  });

  test("goes to the host that the SDK would take", async () => {
    const { endpointProvider } = new BedrockRuntimeClient({ region: "us-east-1", credentials: keys }).config;
    for (const region of ["us-east-1", "eu-central-1", "ap-northeast-1", "us-gov-west-1", "cn-north-1", "sa-east-1"]) {
      expect(`https://${hostOf("bedrock-runtime", region)}`).toBe(
        endpointProvider({ Region: region, UseFIPS: false, UseDualStack: false }).url.href.replace(/\/$/, ""),
      );
    }
  });
});

describe("the test server is read by the SDK as it comes", () => {
  const client = (url: string): BedrockRuntimeClient =>
    new BedrockRuntimeClient({ region: "us-east-1", endpoint: url, credentials: keys, maxAttempts: 1, requestHandler: createHandler({ fetch }) });

  test("over ConverseStream", async () => {
    await using server = await startConverseServer([
      {
        blocks: [
          { type: "thinking", text: "hm", signature: "sig" },
          { type: "text", text: "héllo", deltas: 2 },
          { type: "tool-call", id: "call_1", name: "bash", json: '{"a":1}' },
        ],
        usage: { input: 1, output: 2, cacheRead: 3, cacheWrite: 4 },
        delivery: "bytes",
      },
    ]);
    const { stream, $metadata } = await client(server.url).send(
      new ConverseStreamCommand({ modelId: "m", messages: [{ role: "user", content: [{ text: "hi" }] }] }),
    );
    const events = [];
    for await (const event of stream ?? []) events.push(event);
    expect([events, $metadata.requestId]).toEqual([
      [
        { messageStart: { role: "assistant" } },
        { contentBlockDelta: { contentBlockIndex: 0, delta: { reasoningContent: { text: "hm" } } } },
        { contentBlockDelta: { contentBlockIndex: 0, delta: { reasoningContent: { signature: "sig" } } } },
        { contentBlockStop: { contentBlockIndex: 0 } },
        { contentBlockDelta: { contentBlockIndex: 1, delta: { text: "hél" } } },
        { contentBlockDelta: { contentBlockIndex: 1, delta: { text: "lo" } } },
        { contentBlockStop: { contentBlockIndex: 1 } },
        { contentBlockStart: { contentBlockIndex: 2, start: { toolUse: { name: "bash", toolUseId: "call_1" } } } },
        { contentBlockDelta: { contentBlockIndex: 2, delta: { toolUse: { input: '{"a":1}' } } } },
        { contentBlockStop: { contentBlockIndex: 2 } },
        { messageStop: { stopReason: "tool_use" } },
        {
          metadata: {
            metrics: { latencyMs: 321 },
            usage: { inputTokens: 1, outputTokens: 2, totalTokens: 10, cacheReadInputTokens: 3, cacheWriteInputTokens: 4 },
          },
        },
      ],
      "req_1",
    ]);
  });

  test("over InvokeModelWithResponseStream", async () => {
    await using server = await startBedrockMessagesServer([said]);
    const { body: stream } = await client(server.url).send(
      new InvokeModelWithResponseStreamCommand({ modelId: "m", body: "{}", contentType: "application/json" }),
    );
    const types = [];
    for await (const { chunk } of stream ?? []) types.push((JSON.parse(Buffer.from(chunk?.bytes ?? []).toString()) as { readonly type: string }).type);
    expect(types).toEqual(["message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta", "message_stop"]);
  });

  test("also when it refuses, and when it fails in the middle of a stream", async () => {
    await using server = await startConverseServer([
      { status: 429, body: { kind: "rate-limit" } },
      { blocks: [], error: { kind: "rate-limit" } },
    ]);
    const send = () => client(server.url).send(new ConverseStreamCommand({ modelId: "m" }));
    await expect(send()).rejects.toMatchObject({ name: "ThrottlingException", $metadata: { httpStatusCode: 429, requestId: "req_1" } });
    const { stream } = await send();
    const reading = (async () => {
      for await (const _event of stream ?? []);
    })();
    await expect(reading).rejects.toMatchObject({ name: "ThrottlingException" });
  });
});

describe("the SDK's way to the network", () => {
  const requestTo = (url: string): HttpRequest => {
    const { protocol, hostname, port } = new URL(url);
    return new HttpRequest({
      method: "POST",
      protocol,
      hostname,
      port: Number(port),
      path: "/x",
      query: { b: ["1", "2 3"], a: "é" },
      body: "text",
      headers: {},
    });
  };

  test("closes the connection when its reader leaves, and when it is aborted", async () => {
    await using server = await startConverseServer(() => ({ ...said, hang: true }));
    const { response } = await createHandler({ fetch }).handle(requestTo(server.url));
    for await (const _bytes of response.body as AsyncIterable<Uint8Array>) break;
    expect([await server.requests[0]?.over, server.requests[0]?.path, server.requests[0]?.text]).toEqual(["closed", "/x?a=%C3%A9&b=1&b=2%203", "text"]);
    const controller = new AbortController();
    const second = await createHandler({ fetch }).handle(requestTo(server.url), { abortSignal: controller.signal });
    second.response.body.on("error", () => undefined);
    controller.abort();
    expect(await server.requests[1]?.over).toBe("closed");
  });

  test("reads no more than is taken", async () => {
    let pulled = 0;
    const endless = new ReadableStream<Uint8Array<ArrayBuffer>>(
      { pull: (controller) => void controller.enqueue(new Uint8Array(100_000).fill((pulled += 1))) },
      { highWaterMark: 0 },
    );
    const { response } = await createHandler({ fetch: async () => new Response(endless) }).handle(requestTo("http://127.0.0.1:9"));
    for await (const _bytes of response.body as AsyncIterable<Uint8Array>) {
      await new Promise((resolve) => setImmediate(resolve));
      break;
    }
    expect(pulled).toBeLessThan(5);
  });

  test("remembers what the network said", async () => {
    const failure = new Error("no network");
    const handler = createHandler({ fetch: async () => Promise.reject(failure) });
    await expect(handler.handle(requestTo("http://127.0.0.1:9"))).rejects.toBe(failure);
    expect(handler.failure).toBe(failure);
  });
});
