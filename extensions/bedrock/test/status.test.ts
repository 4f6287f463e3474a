import { describe, expect, test } from "vitest";
import { homeWith, startAwsServices } from "./aws-services.ts";
import { type Given, bedrock, keys } from "./bedrock-setting.ts";

const signal = (): AbortSignal => new AbortController().signal;

describe("the status", () => {
  const off = { AWS_EC2_METADATA_DISABLED: "true" };
  const noSocket: typeof fetch = async () => Promise.reject(new Error("a socket was opened"));
  const statusOf = (given: Given) => bedrock({ fetch: noSocket, ...given }).status?.(signal());
  const host = "bedrock-runtime.us-east-1.amazonaws.com";

  test("names the credential and the host, and opens no socket", async () => {
    using home = homeWith({ ".aws/config": "[default]\nsso_session = x\nregion = eu-west-1\n" });
    expect([
      await statusOf({}),
      await statusOf({ secrets: { AWS_BEARER_TOKEN_BEDROCK: "t" }, config: { endpoint: "https://gateway.example/bedrock" } }),
      await statusOf({ secrets: {}, home: home.path, config: { region: "" } }),
      await statusOf({ config: { profile: "dev" } }),
    ]).toEqual([
      { ready: true, host, credential: "AWS_ACCESS_KEY_ID" },
      { ready: true, host: "gateway.example", credential: "AWS_BEARER_TOKEN_BEDROCK" },
      { ready: true, host: "bedrock-runtime.eu-west-1.amazonaws.com", credential: "AWS profile default" },
      { ready: true, host, credential: "AWS profile dev" },
    ]);
  });

  test("says what is missing and what to do", async () => {
    const fix = expect.stringContaining("aws sso login");
    expect([
      await statusOf({ secrets: {}, environment: off }),
      await statusOf({ secrets: {} }),
      await statusOf({ config: { region: "" } }),
      await statusOf({ config: { region: "x" } }),
    ]).toEqual([
      { ready: false, host, problem: "there are no credentials for bedrock", fix },
      {
        ready: false,
        host,
        credential: "the instance's role",
        problem: "there are no credentials for bedrock, unless this is an EC2 instance with a role",
        fix,
      },
      { ready: false, credential: "AWS_ACCESS_KEY_ID", problem: "claw/bedrock: region: none is set", fix: expect.stringContaining("AWS_REGION") },
      { ready: false, credential: "AWS_ACCESS_KEY_ID", problem: 'claw/bedrock: region: "x" is no AWS region', fix: expect.stringContaining("AWS_REGION") },
    ]);
  });

  test("has no secret in it", async () => {
    expect(JSON.stringify(await statusOf({ secrets: keys }))).not.toContain(keys.AWS_ACCESS_KEY_ID);
  });
});

describe("the vendor's own list", () => {
  const foundation = (modelId: string, more: object = {}): object => ({
    modelArn: `arn:aws:bedrock:us-east-1::foundation-model/${modelId}`,
    modelId,
    inputModalities: ["TEXT", "IMAGE"],
    outputModalities: ["TEXT"],
    responseStreamingSupported: true,
    inferenceTypesSupported: ["ON_DEMAND"],
    modelLifecycle: { status: "ACTIVE" },
    ...more,
  });
  const profile = (inferenceProfileId: string, status: string = "ACTIVE"): object => ({
    inferenceProfileId,
    inferenceProfileName: "x",
    inferenceProfileArn: "arn:aws:bedrock:us-east-1:1:x/y",
    models: [],
    status,
    type: "SYSTEM_DEFINED",
  });

  test("is of the models that can be asked and stream text, and of their profiles", async () => {
    await using aws = await startAwsServices(({ path }) => {
      if (path.startsWith("/foundation-models"))
        return {
          body: JSON.stringify({
            modelSummaries: [
              foundation("anthropic.claude-opus-5-5", { inferenceTypesSupported: ["INFERENCE_PROFILE"] }),
              foundation("qwen.qwen9-v1:0", { inputModalities: ["TEXT"] }),
              foundation("amazon.old-v1", { modelLifecycle: { status: "LEGACY" } }),
              foundation("amazon.slow-v1", { responseStreamingSupported: false }),
            ],
          }),
        };
      return path.includes("nextToken")
        ? { body: JSON.stringify({ inferenceProfileSummaries: [profile("eu.anthropic.claude-opus-5-5"), profile("us.amazon.old-v1")] }) }
        : {
            body: JSON.stringify({
              inferenceProfileSummaries: [profile("us.anthropic.claude-opus-5-5"), profile("jp.anthropic.claude-opus-5-5", "OFF")],
              nextToken: "2",
            }),
          };
    });
    const list = await bedrock({ fetch: aws.fetch }).refresh?.(signal());
    expect([
      list?.map(({ id, images, contextWindow }) => [id, images, contextWindow]),
      aws.requests.map(({ host, path }) => [host, path.split("?")[0]]),
    ]).toEqual([
      [
        ["qwen.qwen9-v1:0", false, undefined],
        ["us.anthropic.claude-opus-5-5", true, 1_000_000],
        ["eu.anthropic.claude-opus-5-5", true, 1_000_000],
      ],
      [
        ["bedrock.us-east-1.amazonaws.com", "/foundation-models"],
        ["bedrock.us-east-1.amazonaws.com", "/inference-profiles"],
        ["bedrock.us-east-1.amazonaws.com", "/inference-profiles"],
      ],
    ]);
    expect(aws.requests[0]?.headers["authorization"]).toContain("/us-east-1/bedrock/aws4_request");
  });

  test("that is refused says what is to be allowed, once, without keys", async () => {
    await using aws = await startAwsServices(() => ({
      status: 403,
      body: JSON.stringify({ __type: "AccessDeniedException", message: `User ${keys.AWS_ACCESS_KEY_ID} is not authorized.` }),
    }));
    const failure = await bedrock({ fetch: aws.fetch })
      .refresh?.(signal())
      .catch((error: unknown) => error);
    expect([failure, aws.requests.length]).toEqual([
      expect.objectContaining({
        code: "MODEL_AUTH",
        message: "bedrock did not list its models: User [redacted] is not authorized",
        fix: expect.stringContaining("bedrock:ListFoundationModels"),
      }),
      1,
    ]);
  });

  test("is not asked for where the keys may not go", async () => {
    await using aws = await startAwsServices(() => ({ body: "{}" }));
    const failure = await bedrock({ config: { endpoint: "https://gateway.example" }, fetch: aws.fetch })
      .refresh?.(signal())
      .catch((error: unknown) => error);
    expect([failure, aws.requests]).toEqual([expect.objectContaining({ code: "MODEL_REFUSED" }), []]);
  });
});
