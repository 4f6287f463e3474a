import { ManagedIdentityCredential } from "@azure/identity";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { arcKeys, arcToken, machineToken, serviceToken } from "../src/managed-identity.ts";
import { startIdentityServer } from "./identity-server.ts";

const now = new Date("2026-11-22T08:00:00Z");
const inAnHour = now.getTime() + 3_600_000;
const scope = "https://cognitiveservices.azure.com/.default";
const parts = (signal = new AbortController().signal) => ({ http: { fetch }, signal, now: () => now });
const token = { access_token: "the-token", expires_on: String(inAnHour / 1000), resource: "https://cognitiveservices.azure.com", token_type: "Bearer" };

describe("the identity of App Service", () => {
  test("is asked with its header, for one resource", async () => {
    await using server = await startIdentityServer(() => ({ body: token }));
    const given = await serviceToken({ type: "app-service", endpoint: `${server.url}/msi/token`, header: "the-header", client: "one" }, scope, parts());
    expect([given, server.asked.map(({ method, path, query }) => ({ method, path, query })), server.asked[0]?.headers["x-identity-header"]]).toEqual([
      { value: "the-token", expiresAt: inAnHour },
      [{ method: "GET", path: "/msi/token", query: { "api-version": "2019-08-01", resource: "https://cognitiveservices.azure.com", client_id: "one" } }],
      "the-header",
    ]);
  });

  test("is asked as the vendor's SDK asks it", async () => {
    await using server = await startIdentityServer(() => ({ body: token }));
    const endpoint = `${server.url}/msi/token`;
    vi.stubEnv("IDENTITY_ENDPOINT", endpoint).stubEnv("IDENTITY_HEADER", "the-header");
    await new ManagedIdentityCredential({ clientId: "one" }).getToken(scope);
    vi.unstubAllEnvs();
    await serviceToken({ type: "app-service", endpoint, header: "the-header", client: "one" }, scope, parts());
    const said = server.asked.map(({ method, path, query, headers }) => ({ method, path, query, header: headers["x-identity-header"] }));
    expect(said).toEqual([said[0], said[0]]);
  });

  test("that says no is an error without the header in it", async () => {
    await using server = await startIdentityServer(({ headers }) => ({
      status: 400,
      body: { message: `no identity for ${String(headers["x-identity-header"])}` },
    }));
    const failure: unknown = await serviceToken({ type: "app-service", endpoint: server.url, header: "the-header" }, scope, parts()).catch(
      (error: unknown) => error,
    );
    expect([failure, JSON.stringify([String(failure), failure]).includes("the-header")]).toEqual([
      expect.objectContaining({ code: "MODEL_AUTH", message: "the managed identity gave no token (400): no identity for [redacted]" }),
      false,
    ]);
  });

  test.each(["http://evil.example/msi/token", "http://127.0.0.1.evil.example", "ftp://127.0.0.1", "nonsense", "file:///etc/passwd"])(
    "is not asked at %s",
    async (endpoint) => {
      const http = { fetch: () => Promise.reject(new Error("asked")) };
      await expect(serviceToken({ type: "app-service", endpoint, header: "h" }, scope, { ...parts(), http })).rejects.toMatchObject({
        code: "MODEL_AUTH",
        message: `${JSON.stringify(endpoint)} is no address of a managed identity on this machine`,
      });
    },
  );
});

describe("the identity of Azure Arc", () => {
  let folder = "";
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "arc-"))));
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test("is given to who can read the file it names", async () => {
    await writeFile(join(folder, "one.key"), "the-key\n");
    await using server = await startIdentityServer(({ headers }) =>
      headers["authorization"] === "Basic the-key" ? { body: token } : { status: 401, headers: { "www-authenticate": `Basic realm=${folder}/one.key` } },
    );
    const given = await arcToken({ type: "arc", endpoint: server.url }, scope, folder, parts());
    expect([given.value, server.asked.map(({ headers }) => headers["metadata"])]).toEqual(["the-token", ["true", "true"]]);
    expect(server.asked[0]?.query).toEqual({ "api-version": "2019-11-01", resource: "https://cognitiveservices.azure.com" });
  });

  test.each([
    ["elsewhere", () => "/etc/passwd.key", "is no key of Azure Arc's"],
    ["elsewhere by a detour", (keys: string) => `${keys}/../x.key`, "is no key of Azure Arc's"],
    ["beside the folder", (keys: string) => `${keys}-evil/x.key`, "is no key of Azure Arc's"],
    ["of another kind", (keys: string) => `${keys}/x.txt`, "is no key of Azure Arc's"],
    ["that is not there", (keys: string) => `${keys}/missing.key`, "is no readable key"],
    ["that is too long", (keys: string) => `${keys}/long.key`, "is no readable key"],
    ["with characters that no header has", (keys: string) => `${keys}/odd.key`, "is no readable key"],
  ])("reads no file %s", async (_name, path, problem) => {
    await writeFile(join(folder, "long.key"), "x".repeat(5000));
    await writeFile(join(folder, "odd.key"), "a b");
    await symlink("/etc/hosts", join(folder, "x.txt"));
    await using server = await startIdentityServer(() => ({ status: 401, headers: { "www-authenticate": `Basic realm=${path(folder)}` } }));
    await expect(arcToken({ type: "arc", endpoint: server.url }, scope, folder, parts())).rejects.toMatchObject({
      code: "MODEL_AUTH",
      message: expect.stringContaining(problem),
    });
    expect(server.asked.length).toBe(1);
  });

  test("says what else it was answered", async () => {
    await using server = await startIdentityServer(() => ({ status: 500, body: { error: "broken" } }));
    await expect(arcToken({ type: "arc", endpoint: server.url }, scope, folder, parts())).rejects.toMatchObject({
      code: "MODEL_UNAVAILABLE",
      message: "the managed identity gave no token (500): broken",
    });
  });

  test("has its keys where the agent puts them", () => {
    expect([arcKeys("linux", {}), arcKeys("win32", { ProgramData: "D:\\Data" })]).toEqual([
      "/var/opt/azcmagent/tokens",
      "D:\\Data\\AzureConnectedMachineAgent\\Tokens",
    ]);
  });
});

describe("the identity of a virtual machine", () => {
  test("is asked when somebody is there", async () => {
    await using server = await startIdentityServer(({ headers }) => (headers["metadata"] === "true" ? { body: token } : { status: 400, body: "" }));
    expect(await machineToken(`${server.url}/`, "one", scope, 5000, parts())).toEqual({ value: "the-token", expiresAt: inAnHour });
    expect(server.asked.map(({ path, query }) => [path, query["api-version"], query["client_id"]])).toEqual([
      ["/metadata/identity/oauth2/token", "2018-02-01", "one"],
      ["/metadata/identity/oauth2/token", "2018-02-01", "one"],
    ]);
  });

  test("is not waited for when nobody is", async () => {
    await using server = await startIdentityServer(() => undefined);
    expect(await machineToken(server.url, undefined, scope, 50, parts())).toBeUndefined();
    const closed = server.url;
    await server[Symbol.asyncDispose]();
    expect(await machineToken(closed, undefined, scope, 5000, parts())).toBeUndefined();
  });

  test("is not waited for by who gave up", async () => {
    await using server = await startIdentityServer(() => undefined);
    await expect(machineToken(server.url, undefined, scope, 5000, parts(AbortSignal.abort(new Error("enough"))))).rejects.toThrow("enough");
  });
});
