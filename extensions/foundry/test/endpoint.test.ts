import { describe, expect, test } from "vitest";
import { claudeResourceOf, isSameResource, resourceOf } from "../src/endpoint.ts";

const failure = (what: string): object => expect.objectContaining({ code: "E_CONFIG_SCHEMA", message: `claw/foundry: ${what}` });

describe("the resource", () => {
  test.each([
    ["https://name.openai.azure.com", "https://name.openai.azure.com"],
    ["https://name.openai.azure.com/", "https://name.openai.azure.com"],
    [" https://name.openai.azure.com/openai/v1/ ", "https://name.openai.azure.com"],
    ["https://name.openai.azure.com/openai", "https://name.openai.azure.com"],
    ["https://name.services.ai.azure.com/anthropic", "https://name.services.ai.azure.com"],
    ["https://name.services.ai.azure.com/anthropic/v1/", "https://name.services.ai.azure.com"],
    ["https://name.services.ai.azure.com/api/projects/mine", "https://name.services.ai.azure.com"],
    ["https://name.services.ai.azure.com/api/projects/mine/openai/v1", "https://name.services.ai.azure.com"],
    ["https://gateway.example/azure/openai", "https://gateway.example/azure"],
    ["http://127.0.0.1:8080", "http://127.0.0.1:8080"],
  ])("of %s is %s", (endpoint, url) => {
    expect(resourceOf({ endpoint })).toEqual({ url, host: new URL(url).host });
  });

  test.each([
    [undefined, "endpoint: there is none"],
    [" ", "endpoint: there is none"],
    ["name", 'endpoint: "name" is no URL'],
    ["http://name.openai.azure.com", "endpoint: the key would cross the network unencrypted to name.openai.azure.com: write https://"],
    ["https://name.openai.azure.com/?api-version=1", "endpoint: it has a query or a fragment"],
    ["https://user:pass@name.openai.azure.com", "endpoint: a URL is no place for a password: use the headers beside it"],
  ])("cannot be %s", (endpoint, problem) => {
    expect(() => resourceOf(endpoint === undefined ? {} : { endpoint })).toThrow(failure(problem));
  });
});

describe("Claude's resource", () => {
  const endpoint = "https://name.services.ai.azure.com";

  test("is its own, by address or by name, or else the one of the others", () => {
    expect([
      claudeResourceOf({ endpoint, claudeEndpoint: "https://claude.example/anthropic/", claudeResource: "other" }).url,
      claudeResourceOf({ endpoint, claudeResource: "other" }).url,
      claudeResourceOf({ claudeResource: "other" }).url,
      claudeResourceOf({ endpoint }).url,
      claudeResourceOf({ endpoint: "https://gateway.example" }).url,
    ]).toEqual(["https://claude.example", "https://other.services.ai.azure.com", "https://other.services.ai.azure.com", endpoint, "https://gateway.example"]);
  });

  test("is not guessed where the address has no Claude", () => {
    expect(() => claudeResourceOf({ endpoint: "https://name.openai.azure.com" })).toThrow(
      expect.objectContaining({
        message: "claw/foundry: claudeEndpoint: there is none, and name.openai.azure.com has no Claude",
        fix: expect.stringContaining("ANTHROPIC_FOUNDRY_RESOURCE=name,"),
      }),
    );
    expect(() => claudeResourceOf({})).toThrow(failure("endpoint: there is none"));
  });

  test.each(["evil.example/", "a.b", "a b", "-a", "a@b"])("cannot be named %s", (claudeResource) => {
    expect(() => claudeResourceOf({ claudeResource })).toThrow(failure(`claudeResource: ${JSON.stringify(claudeResource)} is no name of a resource`));
  });
});

test("two hosts of one resource are the same, two resources are not", () => {
  const of = (host: string) => ({ url: `https://${host}`, host });
  const same = (one: string, other: string): boolean => isSameResource(of(one), of(other));
  expect([
    same("a.openai.azure.com", "a.services.ai.azure.com"),
    same("a.cognitiveservices.azure.com", "a.openai.azure.com"),
    same("gateway.example", "gateway.example"),
    same("a.openai.azure.com", "b.services.ai.azure.com"),
    same("a.openai.azure.com", "a.services.ai.azure.com.evil.example"),
    same("a.openai.azure.com.evil.example", "a.openai.azure.com"),
    same("a.example", "b.example"),
  ]).toEqual([true, true, true, false, false, false, false]);
});
