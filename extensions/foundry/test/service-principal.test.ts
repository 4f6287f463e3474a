import { ClientAssertionCredential, ClientSecretCredential, type ClientSecretCredentialOptions } from "@azure/identity";
import { ClawError } from "@claw/kernel";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { principalToken } from "../src/service-principal.ts";
import { type Asked, startIdentityServer } from "./identity-server.ts";

const now = new Date("2026-11-22T08:00:00Z");
const scope = "https://cognitiveservices.azure.com/.default";
const token = { token_type: "Bearer", expires_in: 3600, ext_expires_in: 3600, access_token: "the-token" };
const application = { type: "client-secret", tenant: "0000-tenant", client: "0000-client", secret: "s3cr3t~+&=value" } as const;
const parts = (signal = new AbortController().signal) => ({ http: { fetch }, signal, now: () => now });

/** The vendor's SDK, which takes https alone, over a connection to a server on this machine. */
function sdkOptions(server: string): ClientSecretCredentialOptions {
  return {
    disableInstanceDiscovery: true,
    httpClient: {
      async sendRequest(request) {
        const { pathname, search } = new URL(request.url);
        const headers = new Headers(request.headers.toJSON());
        const response = await fetch(`${server}${pathname}${search}`, { method: request.method, headers, body: String(request.body) });
        const answer = { ...request.headers, toJSON: () => Object.fromEntries(response.headers) };
        return { request, status: response.status, bodyAsText: await response.text(), headers: Object.assign(Object.create(request.headers), answer) };
      },
    },
  };
}

/** What of a request the protocol is about; what the SDK says of itself and of this machine is not. */
function said({ method, path, headers, form }: Asked): object {
  const fields = Object.fromEntries(Object.entries(form).filter(([name]) => !/^(?:x-|client-request-id$|client_info$|claims$)/.test(name)));
  return { method, path: path.replace(/\/$/, ""), type: headers["content-type"], fields };
}

describe("an application of Entra", () => {
  let folder = "";
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "principal-"))));
  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true, force: true });
  });

  test("gets a token for its secret, from the authority of the config", async () => {
    await using server = await startIdentityServer(() => ({ body: token }));
    expect(await principalToken(application, scope, server.url, parts())).toEqual({ value: "the-token", expiresAt: now.getTime() + 3_600_000 });
    expect(server.asked.map(said)).toEqual([
      {
        method: "POST",
        path: "/0000-tenant/oauth2/v2.0/token",
        type: "application/x-www-form-urlencoded;charset=utf-8",
        fields: { client_id: "0000-client", client_secret: "s3cr3t~+&=value", grant_type: "client_credentials", scope },
      },
    ]);
  });

  test("asks as the vendor's SDK does, by a secret and by what its cluster signed", async () => {
    await using server = await startIdentityServer(() => ({ body: token }));
    const file = join(folder, "token");
    await writeFile(file, "signed.one.x\n");
    const { tenant, client, secret } = application;
    await new ClientSecretCredential(tenant, client, secret, sdkOptions(server.url)).getToken(scope);
    await principalToken(application, scope, server.url, parts());
    await new ClientAssertionCredential(tenant, client, async () => "signed.one.x", sdkOptions(server.url)).getToken(scope);
    await principalToken({ type: "federated", tenant, client, file }, scope, server.url, parts());
    const [theirs, ours, theirAssertion, ourAssertion] = server.asked.map(said);
    expect([ours, ourAssertion]).toEqual([theirs, theirAssertion]);
  });

  test("reads what its cluster signed each time", async () => {
    const file = join(folder, "token");
    await using server = await startIdentityServer(() => ({ body: token }));
    const ask = () => principalToken({ type: "federated", tenant: "t", client: "c", file }, scope, server.url, parts());
    await writeFile(file, "signed.one.x\n");
    await ask();
    await writeFile(file, "signed.two.x\n");
    await ask();
    expect(server.asked.map(({ form }) => form["client_assertion"])).toEqual(["signed.one.x", "signed.two.x"]);
    await rm(file);
    await expect(ask()).rejects.toMatchObject({ code: "MODEL_AUTH", message: `AZURE_FEDERATED_TOKEN_FILE: ${file} cannot be read (ENOENT)` });
  });

  test("that is refused is an error in Entra's words, without the secret, and asked once", async () => {
    await using server = await startIdentityServer(({ form }) => ({
      status: 401,
      body: {
        error: "invalid_client",
        error_description: `AADSTS7000215: Invalid client secret ${form["client_secret"]} provided. Trace ID: 1`,
        error_codes: [7000215],
      },
    }));
    const failure: unknown = await principalToken(application, scope, server.url, parts()).catch((error: unknown) => error);
    expect([ClawError.is(failure) && [failure.code, failure.message, failure.fix], JSON.stringify([String(failure), failure]).includes("s3cr3t")]).toEqual([
      [
        "MODEL_AUTH",
        "Microsoft Entra gave no token (401): AADSTS7000215: Invalid client secret [redacted] provided",
        "check AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET",
      ],
      false,
    ]);
    expect(server.asked.length).toBe(1);
  });

  test("is not sent on to where a redirect points", async () => {
    await using elsewhere = await startIdentityServer(() => ({ body: token }));
    await using server = await startIdentityServer(() => ({ status: 307, headers: { location: elsewhere.url } }));
    await expect(principalToken(application, scope, server.url, parts())).rejects.toMatchObject({ code: "MODEL_AUTH" });
    expect(elsewhere.asked).toEqual([]);
  });

  test("hands on what the network said", async () => {
    const failure = new ClawError("NETWORK_OFFLINE", "claw is offline", { host: "login.microsoftonline.com" });
    const http = { fetch: () => Promise.reject(failure) };
    await expect(principalToken(application, scope, "https://login.microsoftonline.com", { ...parts(), http })).rejects.toBe(failure);
  });

  test("stops when it is told to", async () => {
    const controller = new AbortController();
    await using server = await startIdentityServer(() => {
      controller.abort(new Error("enough"));
      return undefined;
    });
    await expect(principalToken(application, scope, server.url, parts(controller.signal))).rejects.toThrow("enough");
  });

  test.each(["a/../b", "", "a b", "t?x=1"])("of the tenant %j is an error, and nobody is asked", async (tenant) => {
    await using server = await startIdentityServer(() => ({ body: token }));
    await expect(principalToken({ ...application, tenant }, scope, server.url, parts())).rejects.toMatchObject({ code: "MODEL_AUTH" });
    expect(server.asked).toEqual([]);
  });

  test("is not changed by the environment", async () => {
    await using server = await startIdentityServer(() => ({ body: token }));
    for (const name of ["AZURE_AUTHORITY_HOST", "AZURE_REGIONAL_AUTHORITY_NAME", "AZURE_CLIENT_SECRET", "AZURE_TENANT_ID"])
      vi.stubEnv(name, "https://evil.example");
    await principalToken(application, scope, server.url, parts());
    expect(server.asked.map(({ form }) => form["client_secret"])).toEqual([application.secret]);
  });
});
