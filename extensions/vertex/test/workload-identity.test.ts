import { IdentityPoolClient, Impersonated, UserRefreshClient } from "google-auth-library";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Answer, GoogleMachine, failureOf, fieldsOf, login } from "./google-machine.ts";

let google: GoogleMachine;
beforeEach(async () => {
  google = await GoogleMachine.start();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await google[Symbol.asyncDispose]();
});

describe("a workload identity", () => {
  const pool = (more: object = {}): Record<string, unknown> => ({
    type: "external_account",
    audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q",
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    token_url: `${google.base}/sts`,
    ...more,
  });

  test("is exchanged as Google's own library does it: from a file", async () => {
    // Theirs asks the token server itself, whatever it is given to fetch with.
    vi.stubEnv("NO_PROXY", "127.0.0.1");
    const source = {
      credential_source: { file: google.file({ id: "subject-token" }, "subject.json"), format: { type: "json", subject_token_field_name: "id" } },
    };
    google.answers = [
      [200, { access_token: "ya29.sts", expires_in: 3600 }],
      [200, { access_token: "ya29.sts", expires_in: 3600 }],
    ];
    const { token, source: found } = await google
      .tokens(google.file(pool({ ...source, client_id: "client", client_secret: "secret-of-client", quota_project_id: "quota-1" })))
      .get();
    await new IdentityPoolClient({ ...pool(source), clientId: "client", clientSecret: "secret-of-client" } as unknown as ConstructorParameters<
      typeof IdentityPoolClient
    >[0]).getAccessToken();
    const [ours, theirs] = google.asked.map(({ url, body, headers }) => [url, fieldsOf(body), headers["authorization"]]);
    expect([token, found.quotaProject, ours]).toEqual(["ya29.sts", "quota-1", theirs]);
  });

  test("is exchanged from an address, and speaks for a service account", async () => {
    google.answers = [
      [200, "subject-token"],
      [200, { access_token: "ya29.sts", expires_in: 3600 }],
      [200, { accessToken: "ya29.account", expireTime: "2026-11-23T00:30:00Z" }],
    ];
    const path = google.file(
      pool({
        credential_source: { url: `${google.base}/subject`, headers: { "x-subject": "header-secret" } },
        service_account_impersonation_url: `${google.base}/v1/projects/-/serviceAccounts/ada@p.iam.gserviceaccount.com:generateAccessToken`,
        service_account_impersonation: { token_lifetime_seconds: 1800 },
      }),
    );
    expect((await google.tokens(path).get()).token).toBe("ya29.account");
    expect(google.asked.map(({ url, headers, body }) => [url, headers["authorization"] ?? headers["x-subject"], url === "/sts" ? "" : body])).toEqual([
      ["/subject", "header-secret", ""],
      ["/sts", undefined, ""],
      [
        "/v1/projects/-/serviceAccounts/ada@p.iam.gserviceaccount.com:generateAccessToken",
        "Bearer ya29.sts",
        '{"delegates":[],"scope":["https://www.googleapis.com/auth/cloud-platform"],"lifetime":"1800s"}',
      ],
    ]);
  });

  test("of a workforce names the project that is charged", async () => {
    google.answers = [[200, { access_token: "ya29.sts", expires_in: 3600 }]];
    await google.tokens(google.file(pool({ credential_source: { file: google.file("subject", "subject") }, workforce_pool_user_project: "charged" }))).get();
    expect(fieldsOf(google.asked[0]?.body ?? "")).toMatchObject({ options: '{"userProject":"charged"}', subject_token: "subject" });
  });

  test.each<[string, object, string]>([
    [
      "runs a program",
      { credential_source: { executable: { command: "evil" } } },
      "wants a program run for its token (credential_source.executable), which claw does not do",
    ],
    [
      "is of another cloud's machine",
      { credential_source: { environment_id: "aws1" } },
      "has a credential_source that is neither a file nor a url; claw reads no other",
    ],
    ["has none", {}, "has no credential_source"],
    ["names a file that is not there", { credential_source: { file: "/nowhere/token" } }, "names a token file, /nowhere/token, that cannot be read (ENOENT)"],
  ])("that %s is refused", async (_name, more, problem) => {
    const path = google.file(pool(more));
    expect(await failureOf(google.tokens(path).get())).toMatchObject({
      code: "MODEL_AUTH",
      message: `the Google credentials in ${path} cannot be used: the file ${problem}`,
    });
    expect(google.asked).toEqual([]);
  });

  test.each(["http://tokens.example/sts", "ftp://tokens.example", "no address"])("is not sent to %s", async (token_url) => {
    const failure = await failureOf(google.tokens(google.file(pool({ token_url, credential_source: { file: google.file("subject", "subject") } }))).get());
    expect([failure.code, failure.message, google.asked]).toEqual([
      "MODEL_AUTH",
      "the credentials name an address for an access token for a workload identity that is not https://",
      [],
    ]);
  });
});

describe("an impersonated service account", () => {
  const url = "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/bob@p.iam.gserviceaccount.com:generateAccessToken";

  test("is spoken for as by Google's own library", async () => {
    const expireTime = "2026-11-23T01:00:00Z";
    const one: Answer[] = [
      [200, { access_token: "ya29.source", expires_in: 3600 }],
      [200, { accessToken: "ya29.bob", expireTime }],
    ];
    google.answers = [...one, ...one];
    const path = google.file({ type: "impersonated_service_account", service_account_impersonation_url: url, delegates: ["x"], source_credentials: login });
    const { token, source } = await google.tokens(path).get();
    expect([token, source.label]).toEqual(["ya29.bob", `bob@p.iam.gserviceaccount.com for the login in ${path}`]);
    const transporterOptions = { fetchImplementation: ((address: string, init?: RequestInit) => google.http.fetch(String(address), init)) as typeof fetch };
    const sourceClient = new UserRefreshClient({
      clientId: login.client_id,
      clientSecret: login.client_secret,
      refreshToken: login.refresh_token,
      transporterOptions,
    });
    await new Impersonated({
      sourceClient,
      targetPrincipal: "bob@p.iam.gserviceaccount.com",
      delegates: ["x"],
      targetScopes: ["https://www.googleapis.com/auth/cloud-platform"],
      transporterOptions,
    }).getAccessToken();
    const [, ours, , theirs] = google.asked.map(({ url: address, body, headers }) => [
      address,
      headers["authorization"],
      body && JSON.parse(body.startsWith("{") ? body : "null"),
    ]);
    expect(ours).toEqual(theirs);
  });

  test("that may not be spoken for says which role is missing", async () => {
    google.answers = [
      [200, { access_token: "ya29.source-token", expires_in: 3600 }],
      [403, { error: { code: 403, status: "PERMISSION_DENIED", message: "denied to ya29.source-token" } }],
    ];
    const path = google.file({ type: "impersonated_service_account", service_account_impersonation_url: url, source_credentials: login });
    expect(await failureOf(google.tokens(path).get())).toMatchObject({
      code: "MODEL_AUTH",
      message: "iamcredentials.googleapis.com refused a token of bob@p.iam.gserviceaccount.com (403): PERMISSION_DENIED: denied to [redacted]",
      fix: "give the role Service Account Token Creator on bob@p.iam.gserviceaccount.com",
    });
  });
});
