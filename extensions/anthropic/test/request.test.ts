import type { ModelRequest } from "@claw/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { credentialOf, authFix } from "../src/credentials.ts";
import { customHeaders } from "../src/custom-headers.ts";
import { endpointOf } from "../src/endpoint.ts";
import { listed } from "../src/models.ts";
import { requestFields } from "../src/request-fields.ts";

const anthropic = endpointOf("https://api.anthropic.com");
const gateway = endpointOf("https://gateway.example/anthropic/");
const fieldsOf = (request: Partial<ModelRequest> & { readonly model: string }) => requestFields({ tools: [], ...request }, listed(request.model));
const bash = { name: "bash", description: "Runs", input: {} };
const secretsOf = (values: Readonly<Record<string, string>>) => ({ get: async (name: string) => values[name] });

describe("where requests go", () => {
  test.each([
    ["https://api.anthropic.com", { url: "https://api.anthropic.com", host: "api.anthropic.com", official: true }],
    ["https://gateway.example/anthropic/", { url: "https://gateway.example/anthropic", host: "gateway.example", official: false }],
    ["http://127.0.0.1:8080", { url: "http://127.0.0.1:8080", host: "127.0.0.1:8080", official: false }],
    ["http://[::1]:8080//", { url: "http://[::1]:8080", host: "[::1]:8080", official: false }],
    ["http://localhost", { url: "http://localhost", host: "localhost", official: false }],
  ])("is as %s says", (baseUrl, expected) => {
    expect(endpointOf(baseUrl)).toEqual(expected);
  });

  test.each([
    ["http://api.anthropic.com", "the key would cross the network unencrypted to api.anthropic.com: write https://"],
    ["http://127.0.0.1.evil.example", "the key would cross the network unencrypted to 127.0.0.1.evil.example: write https://"],
    ["http://localhost.evil.example", "the key would cross the network unencrypted to localhost.evil.example: write https://"],
    ["ftp://a.example", "ftp:// is neither https:// nor http://"],
    ["api.anthropic.com", '"api.anthropic.com" is no URL'],
    ["https://user:pass@a.example", "a URL is no place for a password: use the headers beside it"],
    ["https://a.example/?key=1", "it has a query or a fragment"],
    ["https://a.example/#x", "it has a query or a fragment"],
  ])("is not %s", (baseUrl, problem) => {
    expect(() => endpointOf(baseUrl)).toThrow(expect.objectContaining({ code: "E_CONFIG_SCHEMA", message: `claw/anthropic: baseUrl: ${problem}` }));
  });
});

describe("further headers", () => {
  test("are those of the config, and over them the lines of a text", () => {
    expect(customHeaders({ headers: { "X-Team": "a", "x-other": "b" } })).toEqual({ "x-team": "a", "x-other": "b" });
    expect(customHeaders({ headers: { "X-Team": "a", "x-other": "b" }, customHeaders: "x-team: c\r\n\n  X-Url : https://a.example:1/ \n X-Empty:" })).toEqual({
      "x-team": "c",
      "x-other": "b",
      "x-url": "https://a.example:1/",
      "x-empty": "",
    });
  });

  test.each([
    [{ headers: { "x team": "a" } }, 'headers: "x team" is no name of a header'],
    [{ headers: { "x-team": "secret\r\nevil: 1" } }, "headers: the value of x-team holds characters that no header may have"],
    [{ headers: {}, customHeaders: "x-a: 1\nsecret" }, "customHeaders: line 2 is no header"],
    [{ headers: {}, customHeaders: ": secret" }, "customHeaders: line 1 is no header"],
    [{ headers: {}, customHeaders: "x a: secret" }, 'headers: "x a" is no name of a header'],
    [{ headers: {}, customHeaders: "x-a: secret\0" }, "headers: the value of x-a holds characters that no header may have"],
  ])("that are none are an error that repeats no value: %j", (config, problem) => {
    expect(() => customHeaders(config)).toThrow(expect.objectContaining({ code: "E_CONFIG_SCHEMA", message: `claw/anthropic: ${problem}` }));
  });

  test("are headers or an error, whatever is written", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("a", "B", ":", " ", "\n", "\r", "\t", "é", "€", "\0", "-", "{") }), (text) => {
        try {
          const headers = customHeaders({ headers: {}, customHeaders: text });
          expect([...new Headers(headers)]).toEqual(Object.entries(headers).sort(([left], [right]) => (left < right ? -1 : 1)));
        } catch (error) {
          expect(error).toMatchObject({ code: "E_CONFIG_SCHEMA" });
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe("the key", () => {
  test("is the API key, or else the token, without the blanks around it", async () => {
    expect(await credentialOf(secretsOf({ ANTHROPIC_API_KEY: " sk-ant-1\n", ANTHROPIC_AUTH_TOKEN: "t" }), {})).toEqual({
      name: "ANTHROPIC_API_KEY",
      value: "sk-ant-1",
    });
    expect(await credentialOf(secretsOf({ ANTHROPIC_API_KEY: "", ANTHROPIC_AUTH_TOKEN: "t" }), {})).toEqual({ name: "ANTHROPIC_AUTH_TOKEN", value: "t" });
  });

  test("may be missing, and the person is told what to do", async () => {
    const fix = "export ANTHROPIC_API_KEY=… with a key from https://platform.claude.com/settings/keys";
    await expect(credentialOf(secretsOf({}), { AWS_PROFILE: "" })).rejects.toMatchObject({
      code: "MODEL_NO_CREDENTIALS",
      message: "there is no key for anthropic",
      fix,
    });
    await expect(credentialOf(secretsOf({}), { GOOGLE_CLOUD_PROJECT: "p" })).rejects.toMatchObject({
      fix: `${fix}; GOOGLE_CLOUD_PROJECT is set: is it vertex/… that you want?`,
    });
  });

  test("is not repeated when it cannot be one", async () => {
    const failure = await credentialOf(secretsOf({ ANTHROPIC_API_KEY: "sk-ant-1\nsk-ant-2" }), {}).catch((error: unknown) => error);
    expect([failure, JSON.stringify([String(failure), failure]).includes("sk-ant")]).toEqual([
      expect.objectContaining({ code: "MODEL_AUTH", message: "ANTHROPIC_API_KEY holds characters that no key has" }),
      false,
    ]);
  });

  test.each([
    ["ANTHROPIC_AUTH_TOKEN", "sk-ant-api03-x", anthropic, "sk-ant-api… is a key: export it as ANTHROPIC_API_KEY and unset ANTHROPIC_AUTH_TOKEN"],
    ["ANTHROPIC_API_KEY", "sk-proj-x", anthropic, "ANTHROPIC_API_KEY is no key of Anthropic's: those begin with sk-ant-"],
    ["ANTHROPIC_API_KEY", "sk-ant-api03-x", anthropic, "check ANTHROPIC_API_KEY at https://platform.claude.com/settings/keys"],
    ["ANTHROPIC_API_KEY", "x", gateway, "check ANTHROPIC_API_KEY: it was sent to gateway.example"],
  ] as const)("in %s that is %s, refused, has a remedy", (name, value, endpoint, fix) => {
    expect(authFix({ name, value }, endpoint)).toBe(fix);
  });
});

describe("what a model decides of a request", () => {
  test("is its longest reply, and that it thinks as it sees fit", () => {
    expect(fieldsOf({ model: "claude-opus-5-5" })).toEqual({
      model: "claude-opus-5-5",
      max_tokens: 128_000,
      stream: true,
      thinking: { type: "adaptive", display: "summarized" },
    });
    expect(fieldsOf({ model: "claude-haiku-4-5", maxTokens: 100 })).toEqual({ model: "claude-haiku-4-5", max_tokens: 100, stream: true });
    expect(fieldsOf({ model: "claude-new" })).toEqual({ model: "claude-new", max_tokens: 32_000, stream: true });
  });

  test("is the effort, if it has that level", () => {
    expect(fieldsOf({ model: "claude-opus-4-6", effort: "max" }).output_config).toEqual({ effort: "max" });
    expect(fieldsOf({ model: "claude-new", effort: "max" }).output_config).toEqual({ effort: "max" });
    expect(() => fieldsOf({ model: "claude-opus-4-6", effort: "xhigh" })).toThrow(
      expect.objectContaining({
        code: "MODEL_REFUSED",
        message: 'claude-opus-4-6 has the efforts low, medium, high, max, not "xhigh"',
        fix: "use one of low, medium, high, max",
        retryable: false,
      }),
    );
  });

  test("is a number of tokens to think, where the model wants one, and never more than half of the reply", () => {
    const thought = (more: Partial<ModelRequest>): unknown => fieldsOf({ model: "claude-haiku-4-5", ...more }).thinking;
    expect([
      thought({}),
      thought({ effort: "low" }),
      thought({ effort: "medium" }),
      thought({ effort: "high" }),
      thought({ effort: "high", maxTokens: 8000 }),
      thought({ effort: "high", maxTokens: 2047 }),
      thought({ effort: "high", tools: [bash], toolChoice: "required" }),
    ]).toEqual([
      undefined,
      { type: "enabled", budget_tokens: 2048 },
      { type: "enabled", budget_tokens: 8192 },
      { type: "enabled", budget_tokens: 16_384 },
      { type: "enabled", budget_tokens: 4000 },
      undefined,
      undefined,
    ]);
    expect(fieldsOf({ model: "claude-haiku-4-5", effort: "high" }).output_config).toBeUndefined();
    expect(() => fieldsOf({ model: "claude-haiku-4-5", effort: "max" })).toThrow('claude-haiku-4-5 has the efforts low, medium, high, not "max"');
  });

  test("keeps a budget within what the API takes, whatever is asked", () => {
    fc.assert(
      fc.property(fc.constantFrom("low", "medium", "high"), fc.integer({ min: 1, max: 64_000 }), (effort, maxTokens) => {
        const { thinking, max_tokens } = fieldsOf({ model: "claude-sonnet-4-5", effort, maxTokens });
        if (thinking?.type === "enabled") expect([thinking.budget_tokens >= 1024, thinking.budget_tokens < max_tokens]).toEqual([true, true]);
        else expect([thinking, maxTokens < 2048]).toEqual([undefined, true]);
      }),
    );
  });
});

describe("what a request asks of its reply", () => {
  const schema = { type: "object" };

  test("is said beside the effort", () => {
    expect(
      fieldsOf({
        model: "claude-sonnet-5-5",
        effort: "low",
        output: { name: "answer", schema },
        stop: ["END"],
        tools: [bash],
        toolChoice: "auto",
      }),
    ).toEqual({
      model: "claude-sonnet-5-5",
      max_tokens: 128_000,
      stream: true,
      tool_choice: { type: "auto" },
      stop_sequences: ["END"],
      thinking: { type: "adaptive", display: "summarized" },
      output_config: { effort: "low", format: { type: "json_schema", schema } },
    });
    expect(fieldsOf({ model: "claude-haiku-4-5", effort: "low", output: { name: "answer", schema } }).output_config).toEqual({
      format: { type: "json_schema", schema },
    });
  });

  test("is a call that must be made, or sampling, instead of thinking", () => {
    expect(fieldsOf({ model: "claude-sonnet-4-6", tools: [bash], toolChoice: { tool: "bash" } })).toEqual({
      model: "claude-sonnet-4-6",
      max_tokens: 128_000,
      stream: true,
      tool_choice: { type: "tool", name: "bash" },
    });
    expect(fieldsOf({ model: "claude-sonnet-4-6", sampling: { temperature: 0, topP: 0.9, topK: 4 } })).toEqual({
      model: "claude-sonnet-4-6",
      max_tokens: 128_000,
      stream: true,
      temperature: 0,
      top_p: 0.9,
      top_k: 4,
    });
    expect(fieldsOf({ model: "claude-sonnet-4-6", sampling: {}, toolChoice: "required" }).thinking).toEqual({ type: "adaptive", display: "summarized" });
  });

  test("is refused where the model is known not to take it, and left to the API where nothing is known", () => {
    expect(() => fieldsOf({ model: "claude-opus-5-5", sampling: { temperature: 0 } })).toThrow(
      expect.objectContaining({ code: "MODEL_REFUSED", message: "claude-opus-5-5 accepts no sampling parameters, not temperature" }),
    );
    expect(() => fieldsOf({ model: "claude-haiku-4-5", effort: "low", sampling: { temperature: 0 } })).toThrow(
      expect.objectContaining({ code: "MODEL_REFUSED", message: "claude-haiku-4-5 cannot think with sampling parameters" }),
    );
    expect(fieldsOf({ model: "glm-5", sampling: { temperature: 0 }, output: { name: "answer", schema } })).toMatchObject({ temperature: 0 });
  });
});
