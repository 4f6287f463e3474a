import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { account, failureOf, inAnHour, roleJson, saidBy } from "./account-setting.ts";
import { type AwsServices, homeWith, startAwsServices } from "./aws-services.ts";

describe("a container's role", () => {
  const environment = (aws: AwsServices): Readonly<Record<string, string>> => ({
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `${aws.url}/role`,
  });

  test("is asked for with the token of the container", async () => {
    using home = homeWith({ token: "pod-token\n" });
    await using aws = await startAwsServices(() => ({ body: roleJson("pod") }));
    expect(
      await account({
        environment: { ...environment(aws), AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: join(home.path, "token") },
        fetch: aws.fetch,
      }).credentials.get(),
    ).toEqual({
      label: "the container's role",
      credential: { type: "keys", accessKeyId: "AKIDpod", secretAccessKey: "secret-of-pod", sessionToken: "token-of-pod" },
      expiration: new Date(inAnHour),
    });
    await account({ environment: environment(aws), secrets: { AWS_CONTAINER_AUTHORIZATION_TOKEN: "Basic abc" }, fetch: aws.fetch }).credentials.get();
    expect(aws.requests.map(({ path, headers }) => [path, headers["authorization"]])).toEqual([
      ["/role", "pod-token"],
      ["/role", "Basic abc"],
    ]);
  });

  test("on ECS is at AWS's own address", async () => {
    await using aws = await startAwsServices(() => ({ body: roleJson("task") }));
    await account({ environment: { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/v2/credentials/1" }, fetch: aws.fetch }).credentials.get();
    expect(aws.requests.map(({ host, path }) => [host, path])).toEqual([["169.254.170.2", "/v2/credentials/1"]]);
  });

  test("is never asked for in the clear elsewhere", async () => {
    await using aws = await startAwsServices(() => ({ body: roleJson("evil") }));
    for (const address of ["http://evil.example/role", "http://127.0.0.1.evil.example/", "ftp://127.0.0.1/"]) {
      const error = await failureOf(account({ environment: { AWS_CONTAINER_CREDENTIALS_FULL_URI: address }, fetch: aws.fetch }).credentials.get());
      expect(error.message).toContain("is neither this machine nor https");
    }
    expect(aws.requests).toEqual([]);
  });

  test.each([
    ["an error", { status: 500, body: "secret-of-pod" }, "answered with 500", true],
    ["no JSON", { body: "secret-of-pod" }, "what it answered is no set of keys", false],
    [
      "keys that no header carries",
      { body: JSON.stringify({ AccessKeyId: "A", SecretAccessKey: "secret-of-pod\n", Token: "t" }) },
      "what it answered is no set of keys",
      false,
    ],
  ])("that is %s is an error without its words", async (_name, answer, why, retryable) => {
    await using aws = await startAwsServices(() => answer);
    const error = await failureOf(account({ environment: environment(aws), fetch: aws.fetch }).credentials.get());
    expect([error.message, error.retryable, saidBy(error).includes("secret-of-pod")]).toEqual([expect.stringContaining(why), retryable, false]);
  });
});

describe("an instance's role", () => {
  test("is asked for in the second version of its service", async () => {
    await using aws = await startAwsServices(({ method, path }) => ({
      body: method === "PUT" ? "imds-token" : path.endsWith("/") ? "my-role\n" : roleJson("instance"),
    }));
    expect((await account({ environment: {}, fetch: aws.fetch }).credentials.get()).credential).toMatchObject({
      accessKeyId: "AKIDinstance",
      sessionToken: "token-of-instance",
    });
    expect(aws.requests.map(({ host, method, path, headers }) => [host, method, path, headers["x-aws-ec2-metadata-token"]])).toEqual([
      ["169.254.169.254", "PUT", "/latest/api/token", undefined],
      ["169.254.169.254", "GET", "/latest/meta-data/iam/security-credentials/", "imds-token"],
      ["169.254.169.254", "GET", "/latest/meta-data/iam/security-credentials/my-role", "imds-token"],
    ]);
  });

  test("is not asked for when that is switched off, nor offline", async () => {
    await using aws = await startAwsServices(() => ({ body: "x" }));
    await failureOf(account({ fetch: aws.fetch }).credentials.get());
    await failureOf(account({ environment: {}, offline: true, fetch: aws.fetch }).credentials.get());
    expect(aws.requests).toEqual([]);
  });

  test("is not waited for where nobody answers", async () => {
    await using aws = await startAwsServices(() => new Promise(() => undefined));
    const since = performance.now();
    expect((await failureOf(account({ environment: { AWS_EC2_METADATA_SERVICE_ENDPOINT: aws.url }, fetch: aws.fetch }).credentials.get())).message).toMatch(
      /no instance metadata$/,
    );
    expect(performance.now() - since).toBeLessThan(5000);
  });
});
