import { createHash } from "node:crypto";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { account, failureOf, inAnHour, saidBy } from "./account-setting.ts";
import { homeWith, roleAnswer, startAwsServices, stsRefusal } from "./aws-services.ts";
import { type Given, keys } from "./bedrock-setting.ts";

const token = { AWS_BEARER_TOKEN_BEDROCK: "bedrock-api-key-0123456789" };

afterEach(() => void vi.unstubAllEnvs());

describe("a web identity", () => {
  const identity = (home: { readonly path: string }) => ({
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_WEB_IDENTITY_TOKEN_FILE: join(home.path, "token"),
    AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/eks",
    AWS_ROLE_SESSION_NAME: "pod-1",
  });

  test("is exchanged at STS of the region, and nowhere else", async () => {
    for (const name of ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS"]) vi.stubEnv(name, "https://evil.example");
    using home = homeWith({ token: "jwt-of-the-pod\n" });
    await using aws = await startAwsServices(() => roleAnswer("AssumeRoleWithWebIdentity", "eks", inAnHour));
    const found = await account({ environment: identity(home), config: { region: "eu-west-1" }, fetch: aws.fetch }).credentials.get();
    expect(found).toEqual({
      label: "AWS_WEB_IDENTITY_TOKEN_FILE",
      credential: { type: "keys", accessKeyId: "AKIDeks", secretAccessKey: "secret-of-eks", sessionToken: "token-of-eks" },
      expiration: new Date(inAnHour),
    });
    expect(
      aws.requests.map(({ host, method, headers, body }) => [host, method, headers["authorization"], Object.fromEntries(new URLSearchParams(body))]),
    ).toEqual([
      [
        "sts.eu-west-1.amazonaws.com",
        "POST",
        undefined,
        expect.objectContaining({
          Action: "AssumeRoleWithWebIdentity",
          RoleArn: "arn:aws:iam::123456789012:role/eks",
          RoleSessionName: "pod-1",
          WebIdentityToken: "jwt-of-the-pod",
        }),
      ],
    ]);
  });

  test("that is refused is an error with STS's words and without the token, asked once", async () => {
    using home = homeWith({ token: "jwt-of-the-pod" });
    await using aws = await startAwsServices(() => stsRefusal(400, "ExpiredTokenException", "Token jwt-of-the-pod expired. AKIAIOSFODNN7EXAMPLE"));
    const error = await failureOf(account({ environment: identity(home), fetch: aws.fetch }).credentials.get());
    expect([error.code, error.message, error.retryable, aws.requests.length, saidBy(error).includes("jwt-of-the-pod")]).toEqual([
      "MODEL_NO_CREDENTIALS",
      "AWS_WEB_IDENTITY_TOKEN_FILE gave no credentials: Token [redacted] expired. [redacted]",
      false,
      1,
      false,
    ]);
  });

  test("that STS fails over may be tried again, and a network that fails says so itself", async () => {
    using home = homeWith({ token: "jwt" });
    await using aws = await startAwsServices(() => stsRefusal(503, "ServiceUnavailable", "later"));
    expect((await failureOf(account({ environment: identity(home), fetch: aws.fetch }).credentials.get())).retryable).toBe(true);
    expect(await failureOf(account({ environment: identity(home) }).credentials.get())).toMatchObject({
      code: "NETWORK_FAILED",
      message: "no connection to sts.us-east-1.amazonaws.com",
    });
  });

  test("without its file is an error that names it", async () => {
    using home = homeWith({});
    expect((await failureOf(account({ environment: identity(home) }).credentials.get())).message).toMatch(
      /^AWS_WEB_IDENTITY_TOKEN_FILE gave no credentials: .*token holds no token$/,
    );
  });
});

describe("a profile", () => {
  const profiles = (config: string, credentials: string = ""): ReturnType<typeof homeWith> =>
    homeWith({ ".aws/config": config, ".aws/credentials": credentials });
  const off = { AWS_EC2_METADATA_DISABLED: "true" };

  test("has keys, and the default one is found by itself", async () => {
    using home = profiles("[default]\nregion = eu-north-1\n", "[default]\naws_access_key_id = AKIDdefault\naws_secret_access_key = secret-of-default\n");
    const { credentials, region } = account({ home: home.path, config: { region: "" } });
    expect([await credentials.get(), await region()]).toEqual([
      { label: "AWS profile default", credential: { type: "keys", accessKeyId: "AKIDdefault", secretAccessKey: "secret-of-default" } },
      "eu-north-1",
    ]);
  });

  test("of AWS_PROFILE comes after keys, one that is configured before them", async () => {
    using home = profiles("[profile dev]\naws_access_key_id = AKIDdev\naws_secret_access_key = secret-of-dev\n");
    const labelOf = async (given: Given): Promise<string> => (await account({ home: home.path, ...given }).credentials.get()).label;
    expect([
      await labelOf({ environment: { ...off, AWS_PROFILE: "dev" } }),
      await labelOf({ environment: { ...off, AWS_PROFILE: "dev" }, secrets: keys }),
      await labelOf({ config: { profile: "dev" }, secrets: { ...keys, ...token } }),
    ]).toEqual(["AWS profile dev", "AWS_ACCESS_KEY_ID", "AWS profile dev"]);
  });

  test("is read from the files that the environment names", async () => {
    using home = homeWith({ "a/config": "[profile dev]\nregion = ap-south-1\n", "b/creds": "[dev]\naws_access_key_id = AKIDdev\naws_secret_access_key = s\n" });
    const environment = { ...off, AWS_PROFILE: "dev", AWS_CONFIG_FILE: join(home.path, "a/config"), AWS_SHARED_CREDENTIALS_FILE: join(home.path, "b/creds") };
    const { credentials, region } = account({ environment, config: { region: "" } });
    expect([(await credentials.get()).credential, await region()]).toEqual([{ type: "keys", accessKeyId: "AKIDdev", secretAccessKey: "s" }, "ap-south-1"]);
  });

  test("that is not there is an error, and nothing else is tried", async () => {
    expect(await failureOf(account({ config: { profile: "gone" }, secrets: keys }).credentials.get())).toMatchObject({
      code: "MODEL_NO_CREDENTIALS",
      message: "AWS profile gone gave no credentials: there is no profile gone in /nonexistent/.aws/config",
    });
  });

  test("may be a role over a role over keys", async () => {
    using home = profiles(
      "[profile app]\nrole_arn = arn:aws:iam::1:role/app\nsource_profile = middle\nexternal_id = ext\nregion = eu-west-1\n[profile middle]\nrole_arn = arn:aws:iam::1:role/middle\nsource_profile = base\n",
      "[base]\naws_access_key_id = AKIDbase\naws_secret_access_key = secret-of-base\n",
    );
    await using aws = await startAwsServices(({ body }) =>
      roleAnswer("AssumeRole", new URLSearchParams(body).get("RoleArn")?.split("/").at(-1) ?? "", inAnHour),
    );
    expect((await account({ home: home.path, config: { profile: "app" }, fetch: aws.fetch }).credentials.get()).credential).toMatchObject({
      accessKeyId: "AKIDapp",
    });
    expect(
      aws.requests.map(({ host, headers, body }) => {
        const { RoleArn, ExternalId, RoleSessionName } = Object.fromEntries(new URLSearchParams(body));
        return [host, /Credential=(\w+)/.exec(headers["authorization"] ?? "")?.[1], RoleArn, ExternalId, RoleSessionName];
      }),
    ).toEqual([
      ["sts.us-east-1.amazonaws.com", "AKIDbase", "arn:aws:iam::1:role/middle", undefined, "claw"],
      ["sts.eu-west-1.amazonaws.com", "AKIDmiddle", "arn:aws:iam::1:role/app", "ext", "claw"],
    ]);
  });

  test("may take its role with the keys beside it, and is an error when it leads back to itself", async () => {
    using home = profiles(
      "[profile self]\nrole_arn = arn:aws:iam::1:role/self\nsource_profile = self\naws_access_key_id = AKIDself\naws_secret_access_key = s\n[profile a]\nrole_arn = x\nsource_profile = b\n[profile b]\nrole_arn = y\nsource_profile = a\n",
    );
    await using aws = await startAwsServices(() => roleAnswer("AssumeRole", "self", inAnHour));
    expect((await account({ home: home.path, config: { profile: "self" }, fetch: aws.fetch }).credentials.get()).expiration).toEqual(new Date(inAnHour));
    expect((await failureOf(account({ home: home.path, config: { profile: "a" } }).credentials.get())).message).toBe(
      "AWS profile a gave no credentials: its profiles lead back to themselves: a, b, a",
    );
  });

  test("may take its role with what is outside of the files", async () => {
    using home = profiles(
      "[profile env]\nrole_arn = arn:aws:iam::1:role/env\ncredential_source = Environment\n[profile odd]\nrole_arn = x\ncredential_source = Moon\n",
    );
    await using aws = await startAwsServices(() => roleAnswer("AssumeRole", "env", inAnHour));
    await account({ home: home.path, config: { profile: "env" }, secrets: keys, fetch: aws.fetch }).credentials.get();
    expect(aws.requests[0]?.headers["authorization"]).toContain(`Credential=${keys.AWS_ACCESS_KEY_ID}/`);
    expect((await failureOf(account({ home: home.path, config: { profile: "odd" } }).credentials.get())).message).toContain(
      "its credential_source Moon is none of",
    );
  });

  test("may stand for a web identity", async () => {
    using home = homeWith({ token: "jwt" });
    using files = profiles(`[profile web]\nrole_arn = arn:aws:iam::1:role/web\nweb_identity_token_file = ${join(home.path, "token")}\n`);
    await using aws = await startAwsServices(() => roleAnswer("AssumeRoleWithWebIdentity", "web", inAnHour));
    expect((await account({ home: files.path, config: { profile: "web" }, fetch: aws.fetch }).credentials.get()).credential).toMatchObject({
      accessKeyId: "AKIDweb",
    });
  });

  describe("of a sign-in", () => {
    const start = "https://start.example";
    const config = `[profile sso]\nsso_start_url = ${start}\nsso_region = eu-west-3\nsso_account_id = 123456789012\nsso_role_name = dev\n`;
    const signedIn = (expiresAt: string): Readonly<Record<string, string>> => ({
      ".aws/config": config,
      [`.aws/sso/cache/${createHash("sha1").update(start).digest("hex")}.json`]: JSON.stringify({
        startUrl: start,
        region: "eu-west-3",
        accessToken: "sso-access-token",
        expiresAt,
      }),
    });
    const answer = {
      body: JSON.stringify({
        roleCredentials: { accessKeyId: "AKIDsso", secretAccessKey: "secret-of-sso", sessionToken: "t", expiration: Date.parse("2099-01-01T00:00:00Z") },
      }),
    };

    test("is exchanged where it was made", async () => {
      using home = homeWith(signedIn("2099-01-01T00:00:00Z"));
      // Where the SDK looks for the sign-in cannot be told; it is the home folder of the process.
      vi.stubEnv("HOME", home.path);
      await using aws = await startAwsServices(() => answer);
      const found = await account({ home: home.path, config: { profile: "sso" }, fetch: aws.fetch }).credentials.get();
      expect([found.credential, aws.requests.map(({ host, path, headers }) => [host, path, headers["x-amz-sso_bearer_token"]])]).toEqual([
        { type: "keys", accessKeyId: "AKIDsso", secretAccessKey: "secret-of-sso", sessionToken: "t" },
        [["portal.sso.eu-west-3.amazonaws.com", "/federation/credentials?account_id=123456789012&role_name=dev", "sso-access-token"]],
      ]);
    });

    test("may be one of a session", async () => {
      const session =
        "[profile sso]\nsso_session = corp\nsso_account_id = 1\nsso_role_name = dev\nregion = us-west-2\n[sso-session corp]\nsso_start_url = https://start.example\nsso_region = eu-west-3\n";
      const { [Object.keys(signedIn(""))[1] as string]: held = "" } = signedIn("2099-01-01T00:00:00Z");
      using home = homeWith({ ".aws/config": session, [`.aws/sso/cache/${createHash("sha1").update("corp").digest("hex")}.json`]: held });
      vi.stubEnv("HOME", home.path);
      await using aws = await startAwsServices(() => answer);
      const given = { home: home.path, config: { profile: "sso" }, fetch: aws.fetch };
      expect([(await account(given).credentials.get()).credential, aws.requests.map(({ host }) => host)]).toEqual([
        { type: "keys", accessKeyId: "AKIDsso", secretAccessKey: "secret-of-sso", sessionToken: "t" },
        ["portal.sso.eu-west-3.amazonaws.com"],
      ]);
    });

    test("that is over says how to make a new one", async () => {
      using home = homeWith(signedIn("2020-01-01T00:00:00Z"));
      vi.stubEnv("HOME", home.path);
      expect(await failureOf(account({ home: home.path, config: { profile: "sso" } }).credentials.get())).toMatchObject({
        code: "MODEL_NO_CREDENTIALS",
        message: expect.stringContaining("has expired"),
        fix: "aws sso login --profile sso",
      });
    });

    test("is refused by the network before it is called over", async () => {
      using home = homeWith(signedIn("2099-01-01T00:00:00Z"));
      vi.stubEnv("HOME", home.path);
      expect(await failureOf(account({ home: home.path, config: { profile: "sso" } }).credentials.get())).toMatchObject({ code: "NETWORK_FAILED" });
    });
  });

  test("that wants a code, or has nothing in it, says so", async () => {
    using home = profiles(
      "[profile mfa]\nrole_arn = x\nsource_profile = base\nmfa_serial = arn\n[profile base]\naws_access_key_id = A\naws_secret_access_key = s\n[profile empty]\nregion = eu-west-1\n",
    );
    expect([
      (await failureOf(account({ home: home.path, config: { profile: "mfa" } }).credentials.get())).message,
      (await failureOf(account({ home: home.path, config: { profile: "empty" } }).credentials.get())).message,
    ]).toEqual(["AWS profile mfa gave no credentials: its role wants a code of a device", "AWS profile empty gave no credentials: profile empty holds none"]);
  });
});
