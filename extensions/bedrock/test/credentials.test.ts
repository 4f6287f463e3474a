import { afterEach, describe, expect, test, vi } from "vitest";
import { account, began, failureOf, roleJson, saidBy } from "./account-setting.ts";
import { startAwsServices } from "./aws-services.ts";
import { keys } from "./bedrock-setting.ts";

const three = { accessKeyId: keys.AWS_ACCESS_KEY_ID, secretAccessKey: keys.AWS_SECRET_ACCESS_KEY, sessionToken: keys.AWS_SESSION_TOKEN };
const token = { AWS_BEARER_TOKEN_BEDROCK: "bedrock-api-key-0123456789" };

afterEach(() => void vi.unstubAllEnvs());

describe("the person's own keys", () => {
  test("are used as they are, with a session token or without", async () => {
    const { AWS_SESSION_TOKEN: _none, ...two } = keys;
    const { sessionToken: _absent, ...withoutToken } = three;
    expect([await account({ secrets: keys }).credentials.get(), await account({ secrets: two }).credentials.get()]).toEqual([
      { label: "AWS_ACCESS_KEY_ID", credential: { type: "keys", ...three } },
      { label: "AWS_ACCESS_KEY_ID", credential: { type: "keys", ...withoutToken } },
    ]);
  });

  test("beat a bearer token, unless the token is configured; without keys the token is used", async () => {
    const both = { ...keys, ...token };
    const bearer = { label: "AWS_BEARER_TOKEN_BEDROCK", credential: { type: "bearer", token: "bedrock-api-key-0123456789" } };
    expect([
      (await account({ secrets: both }).credentials.get()).label,
      await account({ secrets: both, config: { credentials: "bearer" } }).credentials.get(),
      await account({ secrets: token }).credentials.get(),
    ]).toEqual(["AWS_ACCESS_KEY_ID", bearer, bearer]);
  });

  test("are those of the service `secrets`, whatever the process's environment holds", async () => {
    for (const [name, value] of Object.entries({
      AWS_ACCESS_KEY_ID: "EVIL",
      AWS_SECRET_ACCESS_KEY: "evil",
      ...token,
      AWS_PROFILE: "evil",
      AWS_WEB_IDENTITY_TOKEN_FILE: "/evil",
      AWS_ROLE_ARN: "evil",
    }))
      vi.stubEnv(name, value);
    expect((await failureOf(account().credentials.get())).code).toBe("MODEL_NO_CREDENTIALS");
    expect(await account({ secrets: keys }).credentials.get()).toMatchObject({ credential: three });
  });

  test("are incomplete without the secret, and nothing else is tried", async () => {
    expect(await failureOf(account({ secrets: { AWS_ACCESS_KEY_ID: "AKID", ...token } }).credentials.get())).toMatchObject({
      code: "MODEL_NO_CREDENTIALS",
      message: "AWS_ACCESS_KEY_ID gave no credentials: AWS_SECRET_ACCESS_KEY is missing",
      fix: "export AWS_SECRET_ACCESS_KEY=… too",
    });
  });

  test("that no header can carry are an error that does not repeat them", async () => {
    const error = await failureOf(account({ secrets: { ...keys, AWS_SESSION_TOKEN: "one\ntwo-secret" } }).credentials.get());
    expect([error.code, saidBy(error).includes("two-secret")]).toEqual(["MODEL_AUTH", false]);
  });
});

test("without any, the person is told what was tried and what to do", async () => {
  expect(await failureOf(account().credentials.get())).toMatchObject({
    code: "MODEL_NO_CREDENTIALS",
    message:
      "there are no credentials for bedrock: no AWS_ACCESS_KEY_ID, no AWS_BEARER_TOKEN_BEDROCK, no AWS_WEB_IDENTITY_TOKEN_FILE with AWS_ROLE_ARN, no profile default, no AWS_CONTAINER_CREDENTIALS_FULL_URI, the instance metadata is switched off",
    fix: expect.stringContaining("aws sso login"),
    retryable: false,
  });
});

describe("what was found", () => {
  /** Credentials of a container, each answer another. */
  const setting = async (answer: (count: number) => { readonly status?: number; readonly body: string }) => {
    let count = 0;
    const aws = await startAwsServices(() => answer((count += 1)));
    const clock = { at: began.getTime() };
    const { credentials } = account({
      environment: { AWS_EC2_METADATA_DISABLED: "true", AWS_CONTAINER_CREDENTIALS_FULL_URI: `${aws.url}/role` },
      now: () => new Date(clock.at),
      fetch: aws.fetch,
    });
    const id = async (): Promise<string> => {
      const { credential } = await credentials.get();
      return credential.type === "keys" ? credential.accessKeyId : "";
    };
    return { aws, clock, credentials, id, [Symbol.asyncDispose]: () => aws[Symbol.asyncDispose]() };
  };
  const minutes = 60_000;

  test("is looked for once, however many ask", async () => {
    await using it = await setting((count) => ({ body: roleJson(String(count)) }));
    expect([await Promise.all(Array.from({ length: 20 }, it.id)), await it.id(), it.aws.requests.length]).toEqual([
      Array.from({ length: 20 }, () => "AKID1"),
      "AKID1",
      1,
    ]);
  });

  test("is replaced five minutes before it expires, once", async () => {
    await using it = await setting((count) => ({ body: roleJson(String(count), new Date(began.getTime() + count * 60 * minutes).toISOString()) }));
    expect(await it.id()).toBe("AKID1");
    it.clock.at += 54 * minutes;
    expect(await it.id()).toBe("AKID1");
    it.clock.at += 2 * minutes;
    expect([await Promise.all([it.id(), it.id()]), it.aws.requests.length]).toEqual([["AKID2", "AKID2"], 2]);
  });

  test("is used on while it is valid when it cannot be replaced, and not after", async () => {
    await using it = await setting((count) => (count === 1 ? { body: roleJson("1") } : { status: 500, body: "" }));
    await it.id();
    it.clock.at += 56 * minutes;
    expect([await it.id(), await it.id(), it.aws.requests.length]).toEqual(["AKID1", "AKID1", 2]);
    it.clock.at += 5 * minutes;
    expect((await failureOf(it.id())).code).toBe("MODEL_NO_CREDENTIALS");
  });

  test("is looked for anew when it is forgotten, and after a failure", async () => {
    await using it = await setting((count) => (count === 1 ? { status: 500, body: "" } : { body: roleJson(String(count)) }));
    await failureOf(it.id());
    expect(await it.id()).toBe("AKID2");
    it.credentials.forget();
    expect(await it.id()).toBe("AKID3");
  });
});

describe("the region", () => {
  test("is the configured one, or the profile's, or an error", async () => {
    expect(await account({ config: { region: "ap-southeast-2" } }).region()).toBe("ap-southeast-2");
    expect(await failureOf(account({ config: { region: "" } }).region())).toMatchObject({
      code: "E_CONFIG_SCHEMA",
      message: "claw/bedrock: region: none is set",
      fix: expect.stringContaining("AWS_REGION"),
    });
    for (const region of ["evil.example/", "us-east-1.evil.example", "US-EAST-1", "us-east-1#"])
      expect((await failureOf(account({ config: { region } }).region())).code).toBe("E_CONFIG_SCHEMA");
  });
});
