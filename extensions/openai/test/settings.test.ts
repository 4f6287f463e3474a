import { describe, expect, test } from "vitest";
import { authFix, credentialOf } from "../src/credentials.ts";
import { endpointOf, headersOf } from "../src/endpoint.ts";
import { wireOf } from "../src/wire-choice.ts";

const official = endpointOf("https://api.openai.com");
const gateway = endpointOf("https://gateway.example/v1");
const secretsOf = (values: Readonly<Record<string, string>>) => ({ get: async (name: string) => values[name] });

describe("where requests go", () => {
  test.each([
    ["https://api.openai.com/v1", { url: "https://api.openai.com/v1", host: "api.openai.com", official: true }],
    ["https://api.openai.com", { url: "https://api.openai.com/v1", host: "api.openai.com", official: true }],
    ["https://eu.api.openai.com/", { url: "https://eu.api.openai.com/v1", host: "eu.api.openai.com", official: true }],
    ["https://api.openai.com.evil.example/v1/", { url: "https://api.openai.com.evil.example/v1", host: "api.openai.com.evil.example", official: false }],
    ["https://evil-api.openai.com", { url: "https://evil-api.openai.com/v1", host: "evil-api.openai.com", official: false }],
    ["https://gateway.example/a/openai", { url: "https://gateway.example/a/openai", host: "gateway.example", official: false }],
    ["http://127.0.0.1:8080//", { url: "http://127.0.0.1:8080/v1", host: "127.0.0.1:8080", official: false }],
  ])("is as %s says", (baseUrl, expected) => {
    expect(endpointOf(baseUrl)).toEqual(expected);
  });

  test.each([
    ["http://api.openai.com", "the key would cross the network unencrypted to api.openai.com: write https://"],
    ["api.openai.com", '"api.openai.com" is no URL'],
    ["https://user:pass@a.example", "a URL is no place for a password: use the headers beside it"],
    ["https://a.example/?key=1", "it has a query or a fragment"],
  ])("is not %s", (baseUrl, problem) => {
    expect(() => endpointOf(baseUrl)).toThrow(expect.objectContaining({ code: "E_CONFIG_SCHEMA", message: `claw/openai: baseUrl: ${problem}` }));
  });

  test("has headers that a header can be", () => {
    expect(headersOf({ "X-Team": "a" })).toEqual({ "X-Team": "a" });
    expect(() => headersOf({ "x-team": "secret\r\nevil: 1" })).toThrow("claw/openai: headers: the value of x-team holds characters that no header may have");
  });
});

describe("the key", () => {
  test("is taken without the blanks around it", async () => {
    expect(await credentialOf(secretsOf({ OPENAI_API_KEY: " sk-1\n" }))).toEqual({ name: "OPENAI_API_KEY", value: "sk-1" });
  });

  test("may be missing, and the person is told what to do", async () => {
    await expect(credentialOf(secretsOf({}))).rejects.toMatchObject({
      code: "MODEL_NO_CREDENTIALS",
      message: "there is no key for openai",
      fix: expect.stringContaining("export OPENAI_API_KEY="),
    });
  });

  test("is not repeated when it cannot be one", async () => {
    const failure = await credentialOf(secretsOf({ OPENAI_API_KEY: "sk-1\nsk-2" })).catch((error: unknown) => error);
    expect([failure, JSON.stringify([String(failure), failure]).includes("sk-")]).toEqual([expect.objectContaining({ code: "MODEL_AUTH" }), false]);
  });

  test.each([
    ["sk-ant-api03-x", official, "OPENAI_API_KEY is no key of OpenAI's but Anthropic's: export it as ANTHROPIC_API_KEY, and choose a model of anthropic"],
    ["AIzaSyx", official, "OPENAI_API_KEY is no key of OpenAI's but Google's"],
    ["sk-or-v1-x", official, "OPENAI_API_KEY is no key of OpenAI's but OpenRouter's"],
    ["abc", official, "OPENAI_API_KEY is no key of OpenAI's: those begin with sk-"],
    ["sk-proj-x", official, "check OPENAI_API_KEY at https://platform.openai.com/api-keys"],
    ["sk-ant-x", gateway, "check OPENAI_API_KEY: it was sent to gateway.example"],
  ])("that is %s, refused, has a remedy", (value, endpoint, fix) => {
    expect(authFix({ name: "OPENAI_API_KEY", value }, endpoint)).toBe(fix);
  });
});

describe("the API that is spoken", () => {
  const model = { id: "m", contextWindow: 1000, tools: true };
  const reasoning = { ...model, reasoning: true };
  const plain = { ...model, reasoning: false };

  test("is the one that suits the model and what is asked", () => {
    expect([
      wireOf("auto", {}, reasoning),
      wireOf("auto", {}, plain),
      wireOf("auto", { stop: ["END"] }, reasoning),
      wireOf("auto", { stop: [] }, reasoning),
      wireOf("auto", {}, undefined),
    ]).toEqual(["responses", "chat", "chat", "responses", "chat"]);
  });

  test("is the only one the model has, and before all the one that a person chose", () => {
    expect([
      wireOf("auto", { stop: ["END"] }, { ...reasoning, endpoint: "responses" }),
      wireOf("auto", {}, { ...reasoning, endpoint: "chat" }),
      wireOf("chat", {}, { ...reasoning, endpoint: "responses" }),
      wireOf("responses", {}, undefined),
    ]).toEqual(["responses", "chat", "chat", "responses"]);
  });
});
