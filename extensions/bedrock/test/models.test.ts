import { describe, expect, test } from "vitest";
import { modelName, profilesNear, sentId } from "../src/model-id.ts";
import { catalogue, listed, near, unlisted } from "../src/models.ts";

describe("the catalogue", () => {
  test("has a Claude for each short name, and every id and alias once", () => {
    const names = catalogue.flatMap(({ id, aliases = [] }) => [id, ...aliases]);
    expect([new Set(names).size, ["opus", "sonnet", "haiku", "fable"].map((name) => listed(name)?.id)]).toEqual([
      names.length,
      ["anthropic.claude-opus-5-5", "anthropic.claude-sonnet-5-5", "anthropic.claude-haiku-5-5", "anthropic.claude-fable-5-2"],
    ]);
  });

  test("says what the newest Opus is, and nothing that is this extension's own", () => {
    expect(catalogue[0]).toEqual({
      sources: [{ from: expect.stringContaining("amazon-bedrock.json"), date: "2026-11-10" }],
      id: "anthropic.claude-opus-5-5",
      aliases: ["opus", "claude-opus-5-5"],
      contextWindow: 1_000_000,
      maxOutputTokens: 128_000,
      tools: true,
      images: true,
      documents: true,
      reasoning: true,
      thinking: "adaptive",
      efforts: ["low", "medium", "high", "xhigh", "max"],
      output: true,
      caching: "breakpoints",
      endpoint: "messages",
      price: { input: 4, output: 20, cacheRead: 0.2, cacheWrite: 5 },
    });
  });

  test("asks Claude over the Messages API and all others over Converse", () => {
    for (const { id, endpoint } of catalogue) expect([id, endpoint]).toEqual([id, id.startsWith("anthropic.") ? "messages" : "converse"]);
  });

  test("only promises what it can keep: cheaper cache reads, room for the reply, its default among its efforts", () => {
    for (const { id, price, contextWindow, maxOutputTokens = 0, efforts = [], defaultEffort } of catalogue) {
      expect([
        id,
        (price?.cacheRead ?? 0) < (price?.input ?? 1),
        maxOutputTokens < contextWindow,
        defaultEffort === undefined || efforts.includes(defaultEffort),
      ]).toEqual([id, true, true, true]);
    }
  });
});

describe("an id", () => {
  test.each([
    ["anthropic.claude-opus-5-5", "anthropic.claude-opus-5-5", undefined],
    ["us.anthropic.claude-opus-5-5", "anthropic.claude-opus-5-5", "us"],
    ["global.amazon.nova-2-lite-v1:0", "amazon.nova-2-lite-v1:0", "global"],
    ["us-gov.openai.gpt-oss-20b-1:0", "openai.gpt-oss-20b-1:0", "us-gov"],
    ["arn:aws:bedrock:us-east-1::foundation-model/meta.llama3-3-70b-instruct-v1:0", "meta.llama3-3-70b-instruct-v1:0", undefined],
    ["arn:aws-cn:bedrock:cn-north-1:1:inference-profile/apac.amazon.nova-pro-v1:0", "amazon.nova-pro-v1:0", "apac"],
    ["arn:aws:bedrock:us-east-1:1:application-inference-profile/abc123", "abc123", undefined],
    ["in.house", "in.house", undefined],
  ])("%s means %s", (id, base, profile) => {
    const { isTelling: _telling, ...name } = modelName(id);
    expect(name).toEqual({ base, ...(profile === undefined ? {} : { profile }) });
  });

  test("of an inference profile has what its model has, at the price of the profile", () => {
    expect(listed("us.anthropic.claude-haiku-5-5")).toMatchObject({
      id: "us.anthropic.claude-haiku-5-5",
      endpoint: "messages",
      price: {
        input: 0.11,
        output: 0.55,
        cacheRead: 0.011,
        cacheWrite: 0.1375,
        tiers: [{ inputTokensAbove: 100_000, input: 0.55, output: 2.75, cacheRead: 0.055, cacheWrite: 0.6875 }],
      },
    });
    expect([
      listed("global.anthropic.claude-opus-5-5")?.price,
      listed("apac.anthropic.claude-opus-5-5")?.price,
      listed("us.anthropic.claude-opus-5-5")?.aliases,
    ]).toEqual([{ input: 4, output: 20, cacheRead: 0.2, cacheWrite: 5 }, undefined, undefined]);
  });

  test("that is not listed has the limits of its family, and is one of Bedrock's or none", () => {
    expect([
      unlisted("us.anthropic.claude-opus-5-5"),
      unlisted("eu.anthropic.claude-sonnet-7-v1:0"),
      unlisted("arn:aws:bedrock:us-east-1:1:application-inference-profile/abc123")?.endpoint,
      unlisted("cohere.command-r-v1:0")?.endpoint,
      unlisted("gpt-9"),
      unlisted("claude-opus-9"),
    ]).toEqual([
      expect.objectContaining({ id: "us.anthropic.claude-opus-5-5", reasoning: true, price: { input: 4.4, output: 22, cacheRead: 0.22, cacheWrite: 5.5 } }),
      {
        id: "eu.anthropic.claude-sonnet-7-v1:0",
        contextWindow: 1_000_000,
        maxOutputTokens: 128_000,
        tools: true,
        reasoning: false,
        images: true,
        documents: true,
        endpoint: "messages",
        caching: "breakpoints",
      },
      "converse",
      "converse",
      undefined,
      undefined,
    ]);
  });

  test("that is unknown has near ones to suggest", () => {
    expect([near("us.anthropic.claude-opus-5-6")[0], near("gpt-9")]).toEqual(["anthropic.claude-opus-5-5", []]);
  });
});

describe("an inference profile", () => {
  const has = ["global", "us", "eu", "jp"];

  test.each([
    ["none", "us-east-1", "anthropic.x"],
    ["auto", "us-east-1", "us.anthropic.x"],
    ["auto", "eu-west-3", "eu.anthropic.x"],
    ["auto", "ap-northeast-1", "jp.anthropic.x"],
    ["auto", "ap-southeast-1", "global.anthropic.x"],
    ["auto", "sa-east-1", "global.anthropic.x"],
    ["auto", "us-gov-west-1", "anthropic.x"],
    ["eu", "us-east-1", "eu.anthropic.x"],
    ["apac", "us-east-1", "anthropic.x"],
  ])("%s in %s makes %s", (wanted, region, expected) => {
    expect(sentId("anthropic.x", wanted, region, has)).toBe(expected);
  });

  test("is not put before another one, nor before an ARN", () => {
    const arn = "arn:aws:bedrock:us-east-1::foundation-model/anthropic.x";
    expect([sentId("us.anthropic.x", "eu", "eu-west-1", has), sentId(arn, "eu", "eu-west-1", has)]).toEqual(["us.anthropic.x", arn]);
  });

  test("of the region comes first", () => {
    expect([profilesNear("ca-central-1"), profilesNear("ap-southeast-2"), profilesNear("us-gov-east-1"), profilesNear("me-south-1")]).toEqual([
      ["ca", "us", "global"],
      ["au", "apac", "global"],
      ["us-gov"],
      ["global"],
    ]);
  });
});
