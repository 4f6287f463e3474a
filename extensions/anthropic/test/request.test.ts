import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cacheBreakpoints } from "../src/cache-breakpoints.ts";
import { credentialOf, authFix } from "../src/credentials.ts";
import { endpointOf, headersOf } from "../src/endpoint.ts";
import { listed } from "../src/models.ts";
import { requestFields } from "../src/request-fields.ts";

const anthropic = endpointOf("https://api.anthropic.com");
const gateway = endpointOf("https://gateway.example/anthropic/");
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
    ["https://user:pass@a.example", "a URL is no place for a password: use config.headers"],
    ["https://a.example/?key=1", "it has a query or a fragment"],
    ["https://a.example/#x", "it has a query or a fragment"],
  ])("is not %s", (baseUrl, problem) => {
    expect(() => endpointOf(baseUrl)).toThrow(expect.objectContaining({ code: "E_CONFIG_SCHEMA", message: `claw/anthropic: baseUrl: ${problem}` }));
  });

  test("has headers that a header can be", () => {
    expect(headersOf({ "X-Team": "a b é" })).toEqual({ "X-Team": "a b é" });
    expect(() => headersOf({ "x team": "a" })).toThrow('claw/anthropic: headers: "x team" is no name of a header');
    expect(() => headersOf({ "x-team": "secret\r\nevil: 1" })).toThrow("claw/anthropic: headers: the value of x-team holds characters that no header may have");
  });
});

describe("the key", () => {
  test("is the API key, or else the token, without the blanks around it", async () => {
    expect(await credentialOf(secretsOf({ ANTHROPIC_API_KEY: " sk-ant-1\n", ANTHROPIC_AUTH_TOKEN: "t" }))).toEqual({
      name: "ANTHROPIC_API_KEY",
      value: "sk-ant-1",
    });
    expect(await credentialOf(secretsOf({ ANTHROPIC_API_KEY: "", ANTHROPIC_AUTH_TOKEN: "t" }))).toEqual({ name: "ANTHROPIC_AUTH_TOKEN", value: "t" });
  });

  test("may be missing, and the person is told what to do", async () => {
    await expect(credentialOf(secretsOf({}))).rejects.toMatchObject({
      code: "MODEL_NO_CREDENTIALS",
      message: "there is no key for anthropic",
      fix: expect.stringContaining("export ANTHROPIC_API_KEY="),
    });
  });

  test("is not repeated when it cannot be one", async () => {
    const failure = await credentialOf(secretsOf({ ANTHROPIC_API_KEY: "sk-ant-1\nsk-ant-2" })).catch((error: unknown) => error);
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
    expect(requestFields({ model: "claude-opus-5-5" }, listed("claude-opus-5-5"))).toEqual({
      model: "claude-opus-5-5",
      max_tokens: 128_000,
      stream: true,
      thinking: { type: "adaptive" },
    });
    expect(requestFields({ model: "claude-haiku-4-5", maxTokens: 100 }, listed("claude-haiku-4-5"))).toEqual({
      model: "claude-haiku-4-5",
      max_tokens: 100,
      stream: true,
    });
    expect(requestFields({ model: "claude-new" }, undefined)).toEqual({ model: "claude-new", max_tokens: 32_000, stream: true });
  });

  test("is the effort, if it has that level", () => {
    expect(requestFields({ model: "claude-opus-4-6", effort: "max" }, listed("claude-opus-4-6")).output_config).toEqual({ effort: "max" });
    expect(requestFields({ model: "claude-new", effort: "max" }, undefined).output_config).toEqual({ effort: "max" });
    expect(() => requestFields({ model: "claude-opus-4-6", effort: "xhigh" }, listed("claude-opus-4-6"))).toThrow(
      expect.objectContaining({
        code: "MODEL_REFUSED",
        message: 'claude-opus-4-6 has the efforts low, medium, high, max, not "xhigh"',
        fix: "use one of low, medium, high, max",
        retryable: false,
      }),
    );
    expect(() => requestFields({ model: "claude-haiku-4-5", effort: "low" }, listed("claude-haiku-4-5"))).toThrow(
      'claude-haiku-4-5 has no levels of effort, not "low"',
    );
  });
});

describe("the prompt cache", () => {
  const conversation = fc.array(fc.constant(["user", "assistant"] as const), { minLength: 0, maxLength: 8 }).map((pairs) => [...pairs.flat(), "user" as const]);

  test("has at most four breakpoints, the last one at the last user turn", () => {
    fc.assert(
      fc.property(conversation, (roles) => {
        const { tools, system, turns } = cacheBreakpoints(roles);
        expect([tools, system, turns.length <= 2, turns.at(-1)]).toEqual([true, true, true, roles.length - 1]);
      }),
    );
  });

  test("is read where the request before wrote it", () => {
    fc.assert(
      fc.property(conversation, (roles) => {
        const written = cacheBreakpoints(roles).turns.at(-1);
        expect(cacheBreakpoints([...roles, "assistant", "user"]).turns).toContain(written);
      }),
    );
  });
});
