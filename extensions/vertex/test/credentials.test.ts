import { createVerify, generateKeyPairSync } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ClawError } from "@claw/kernel";
import { JWT, UserRefreshClient } from "google-auth-library";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { AccessTokens } from "../src/access-tokens.ts";
import { fileCredentials } from "../src/credentials.ts";
import { GoogleMachine, type Machine, failureOf, fieldsOf, login } from "./google-machine.ts";

const { privateKey, publicKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});
const account = {
  type: "service_account",
  project_id: "project-1",
  private_key_id: "key-1",
  private_key: privateKey,
  client_email: "ada@project-1.iam.gserviceaccount.com",
};

let google: GoogleMachine;
beforeEach(async () => {
  google = await GoogleMachine.start();
});
afterEach(async () => {
  vi.useRealTimers();
  await google[Symbol.asyncDispose]();
});

describe("a login", () => {
  test("makes an access token, asked for as Google's own library asks", async () => {
    google.answers = [
      [200, { access_token: "ya29.one", expires_in: 3600 }],
      [200, { access_token: "ya29.two", expires_in: 3600 }],
    ];
    const { token, source } = await google.tokens(google.file(login)).get();
    expect([token, source.project, source.quotaProject]).toEqual(["ya29.one", "quota-1", "quota-1"]);
    const client = new UserRefreshClient({
      clientId: login.client_id,
      clientSecret: login.client_secret,
      refreshToken: login.refresh_token,
      transporterOptions: { fetchImplementation: (url, init) => google.http.fetch(String(url), init) },
    });
    await client.getRequestHeaders();
    const [ours, theirs] = google.asked.map(({ url, body }) => [url, fieldsOf(body)]);
    expect(ours).toEqual(theirs);
  });

  test("is found where gcloud leaves it, or where the person says that is", async () => {
    mkdirSync(join(google.folder, ".config/gcloud"), { recursive: true });
    google.file(login, ".config/gcloud/application_default_credentials.json");
    mkdirSync(join(google.folder, "elsewhere"));
    google.file(account, "elsewhere/application_default_credentials.json");
    const labelOf = async (environment: Machine["environment"]): Promise<unknown> => {
      const found = await fileCredentials({ http: google.http, host: google.machine({ environment }), file: undefined });
      return "source" in found ? found.source.label : found.tried;
    };
    expect([await labelOf({}), await labelOf({ CLOUDSDK_CONFIG: join(google.folder, "elsewhere") })]).toEqual([
      `the login in ${join(google.folder, ".config/gcloud/application_default_credentials.json")}`,
      `the service account ada@project-1.iam.gserviceaccount.com of ${join(google.folder, "elsewhere/application_default_credentials.json")}`,
    ]);
    expect(google.asked).toEqual([]);
  });

  test("that was withdrawn says what to do, and repeats no secret", async () => {
    google.answers = [[400, { error: "invalid_grant", error_description: "Token 1//the-refresh-token has been expired or revoked." }]];
    const failure = await failureOf(google.tokens(google.file(login)).get());
    expect(failure).toMatchObject({
      code: "MODEL_AUTH",
      message: "oauth2.googleapis.com refused an access token (400): invalid_grant: Token [redacted] has been expired or revoked",
      fix: "run gcloud auth application-default login",
      retryable: false,
    });
    expect(JSON.stringify([failure, failure.message, failure.cause, failure.stack])).not.toMatch(/the-refresh-token|the-client-secret/);
  });

  test("is tried again later when the token server cannot answer", async () => {
    const kept = google.tokens(google.file(login));
    google.answers = [
      [503, "busy"],
      [200, "no JSON"],
      [200, { access_token: "with a blank" }],
      [200, { access_token: "ya29.one", expires_in: 3600 }],
    ];
    for (let time = 0; time < 3; time += 1) expect(await failureOf(kept.get())).toMatchObject({ code: "MODEL_UNAVAILABLE", retryable: true });
    expect((await kept.get()).token).toBe("ya29.one");
  });

  test("fails with what the network said", async () => {
    const offline = new ClawError("NETWORK_OFFLINE", "claw is offline", { host: "oauth2.googleapis.com" });
    const none = {
      fetch: async () => {
        throw offline;
      },
    };
    expect(await failureOf(new AccessTokens({ http: none, host: google.machine(), file: google.file(login) }).get())).toBe(offline);
    const broken = {
      fetch: async () => {
        throw new TypeError("sent 1//the-refresh-token");
      },
    };
    const failure = await failureOf(new AccessTokens({ http: broken, host: google.machine(), file: google.file(login) }).get());
    expect([failure.code, failure.cause, failure.message]).toEqual(["NETWORK_FAILED", undefined, "no connection to oauth2.googleapis.com for an access token"]);
  });
});

describe("an access token", () => {
  test("is kept, renewed shortly before it expires, and asked for once however many wait", async () => {
    google.answers = [
      [200, { access_token: "ya29.one", expires_in: 3600 }],
      [200, { access_token: "ya29.two", expires_in: 3600 }],
    ];
    const kept = google.tokens(google.file(login));
    const all = await Promise.all(Array.from({ length: 5 }, () => kept.get()));
    google.now = new Date(google.now.getTime() + 3_370_000);
    expect([all.map(({ token }) => token), (await kept.get()).token, google.asked.length]).toEqual([
      Array.from({ length: 5 }, () => "ya29.one"),
      "ya29.one",
      1,
    ]);
    google.now = new Date(google.now.getTime() + 10_000);
    const renewed = await Promise.all([kept.get(), kept.get()]);
    expect([renewed.map(({ token }) => token), google.asked.length]).toEqual([["ya29.two", "ya29.two"], 2]);
  });

  test("that was refused is not used again, and another login counts at once", async () => {
    google.answers = [
      [200, { access_token: "ya29.one", expires_in: 3600 }],
      [200, { access_token: "ya29.two", expires_in: 3600 }],
    ];
    const path = google.file(login);
    const kept = google.tokens(path);
    await kept.get();
    writeFileSync(path, JSON.stringify({ ...login, refresh_token: "1//another" }));
    kept.forget("some other token");
    expect((await kept.get()).token).toBe("ya29.one");
    kept.forget("ya29.one");
    expect([(await kept.get()).token, google.asked[1]?.body.includes("1%2F%2Fanother")]).toEqual(["ya29.two", true]);
  });
});

describe("a service account's key", () => {
  test("signs its own token as Google's own library does, and no token server is asked", async () => {
    const { token, source } = await google.tokens(google.file(account)).get();
    vi.useFakeTimers({ now: google.now, toFake: ["Date"] });
    const theirs = new JWT({ email: account.client_email, key: privateKey, keyId: "key-1", scopes: ["https://www.googleapis.com/auth/cloud-platform"] });
    theirs.useJWTAccessWithScope = true;
    const expected = (await theirs.getRequestHeaders()).get("authorization");
    vi.useRealTimers();
    expect([`Bearer ${token}`, source.project, google.asked]).toEqual([expected, "project-1", []]);
    const [header, claims, signature = ""] = token.split(".");
    expect(createVerify("RSA-SHA256").update(`${header}.${claims}`).verify(publicKey, signature, "base64url")).toBe(true);
  });

  test("that is none is not repeated", async () => {
    const path = google.file({ ...account, private_key: "-----BEGIN PRIVATE KEY-----\nsecret-stuff\n-----END PRIVATE KEY-----" });
    const failure = await failureOf(google.tokens(path).get());
    expect([failure.code, failure.message, JSON.stringify([failure, failure.stack]).includes("secret-stuff")]).toEqual([
      "MODEL_AUTH",
      `the Google credentials in ${path} cannot be used: the file holds a private_key that is none`,
      false,
    ]);
  });
});

describe("the metadata server", () => {
  test("gives the machine's token and project, when there is no file", async () => {
    google.answers = [
      [200, "project-of-machine\n"],
      [200, { access_token: "ya29.machine", expires_in: 3000 }],
    ];
    const { token, source } = await google.tokens(undefined).get();
    expect([token, source.project, source.label]).toEqual(["ya29.machine", "project-of-machine", `the metadata server at ${google.host}`]);
    expect(google.asked.map(({ url, headers }) => [url, headers["metadata-flavor"]])).toEqual([
      ["/computeMetadata/v1/project/project-id", "Google"],
      ["/computeMetadata/v1/instance/service-accounts/default/token", "Google"],
    ]);
  });

  test("is asked last, and what was tried is said", async () => {
    google.answers = [[404, "nothing"]];
    expect(await failureOf(google.tokens(undefined).get())).toMatchObject({
      code: "MODEL_NO_CREDENTIALS",
      message: `there are no Google credentials for vertex: GOOGLE_APPLICATION_CREDENTIALS is not set, ${join(google.folder, ".config/gcloud/application_default_credentials.json")} does not exist, no metadata server answered at ${google.host}`,
      fix: "run gcloud auth application-default login, or name a file of credentials in GOOGLE_APPLICATION_CREDENTIALS",
    });
  });

  test("is not asked offline", async () => {
    const failure = await failureOf(google.tokens(undefined, { offline: true }).get());
    expect([failure.message.endsWith("the metadata server was not asked, because claw is offline"), google.asked]).toEqual([true, []]);
  });
});

describe("a file of credentials", () => {
  test.each<[string, unknown, string]>([
    ["no JSON", "{", "is no JSON object"],
    ["a list", [], "is no JSON object"],
    ["without a type", {}, 'has the type "undefined"; claw knows authorized_user, service_account, external_account, impersonated_service_account'],
    [
      "of an inherited type",
      { type: "constructor" },
      'has the type "constructor"; claw knows authorized_user, service_account, external_account, impersonated_service_account',
    ],
    ["half a login", { ...login, refresh_token: 7 }, "has no refresh_token"],
    ["half an account", { type: "service_account", client_email: "a" }, "has no private_key"],
    [
      "an account that speaks for itself",
      { type: "impersonated_service_account", service_account_impersonation_url: "x", source_credentials: { type: "impersonated_service_account" } },
      "has no source_credentials that can be used",
    ],
  ])("that is %s is refused", async (_name, content, problem) => {
    const path = google.file(content);
    expect(await failureOf(google.tokens(path).get())).toMatchObject({
      code: "MODEL_AUTH",
      message: `the Google credentials in ${path} cannot be used: the file ${problem}`,
      retryable: false,
    });
  });

  test("that the person named has to be there", async () => {
    const path = join(google.folder, "missing.json");
    expect(await failureOf(google.tokens(path).get())).toMatchObject({ message: `the Google credentials in ${path} cannot be used: the file does not exist` });
    expect(await failureOf(google.tokens(google.folder).get())).toMatchObject({
      message: `the Google credentials in ${google.folder} cannot be used: the file cannot be read (EISDIR)`,
    });
  });
});
