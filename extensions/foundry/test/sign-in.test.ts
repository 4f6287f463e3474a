import type { Host } from "@claw/kernel";
import { fakeClock, fakeHost, memorySecrets, realProcesses } from "@claw/testing";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type SignInParts, signIn } from "../src/sign-in.ts";
import { startIdentityServer } from "./identity-server.ts";

const scope = "https://ai.azure.com/.default";
const token = (value: string): object => ({ access_token: value, expires_in: 3600 });

describe("signing in", () => {
  let folder = "";
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "sign-in-"))));
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const hostOf = (environment: Readonly<Record<string, string>>, offline = false): Host =>
    fakeHost(folder, fakeClock(), { environment: { PATH: "/usr/bin:/bin", ...environment }, offline });
  const parts = (environment: Readonly<Record<string, string>>, more: Partial<SignInParts> & { readonly offline?: boolean } = {}): SignInParts => ({
    http: { fetch },
    secrets: memorySecrets({ AZURE_CLIENT_SECRET: "s3cr3t" }),
    host: hostOf(environment, more.offline),
    processes: undefined,
    authorityHost: "https://login.microsoftonline.com",
    ...more,
  });
  const of = async (given: SignInParts): Promise<string> => (await signIn(scope, new AbortController().signal, given)).value;
  const nobody = memorySecrets();

  test("is with Entra, with the machine's own service, or with a virtual machine's", async () => {
    await using server = await startIdentityServer(({ path }) => ({ body: token(`from-${path.split("/").at(-1)}`) }));
    expect([
      await of(parts({ AZURE_TENANT_ID: "t", AZURE_CLIENT_ID: "c" }, { authorityHost: `${server.url}/` })),
      await of(parts({ IDENTITY_ENDPOINT: `${server.url}/service` }, { secrets: memorySecrets({ IDENTITY_HEADER: "h" }) })),
      await of(parts({ AZURE_POD_IDENTITY_AUTHORITY_HOST: `${server.url}` }, { secrets: nobody })),
    ]).toEqual(["from-token", "from-service", "from-token"]);
  });

  test("is by the Azure CLI before a virtual machine is asked", async () => {
    await using server = await startIdentityServer(() => ({ body: token("machine") }));
    const environment = { AZURE_POD_IDENTITY_AUTHORITY_HOST: server.url };
    const host = hostOf(environment);
    const withCli = parts(environment, { secrets: nobody, processes: realProcesses(host) });
    expect(await of(withCli)).toBe("machine");
    await writeFile(join(host.folders.bin, "az"), `#!/bin/sh\necho '{"accessToken":"person","expires_on":1795338000}'\n`);
    await chmod(join(host.folders.bin, "az"), 0o755);
    expect(await of(withCli)).toBe("person");
  });

  test("fails with all that was tried", async () => {
    await expect(of(parts({ AZURE_POD_IDENTITY_AUTHORITY_HOST: "http://127.0.0.1:1" }, { secrets: nobody }))).rejects.toMatchObject({
      code: "MODEL_NO_CREDENTIALS",
      message: "there is no key for foundry and no identity: the Azure CLI cannot be started, and this machine has no managed identity",
      fix: expect.stringContaining("AZURE_OPENAI_API_KEY"),
    });
  });

  test("asks no virtual machine offline", async () => {
    await using server = await startIdentityServer(() => ({ body: token("machine") }));
    await expect(of(parts({ AZURE_POD_IDENTITY_AUTHORITY_HOST: server.url }, { secrets: nobody, offline: true }))).rejects.toMatchObject({
      code: "MODEL_NO_CREDENTIALS",
      message: expect.stringContaining("claw is offline"),
    });
    expect(server.asked).toEqual([]);
  });

  test("starts no Azure CLI offline: it would ask the network by itself", async () => {
    const processes = { start: () => Promise.reject(new Error("started")) };
    await expect(of(parts({}, { secrets: nobody, processes, offline: true }))).rejects.toMatchObject({
      code: "MODEL_NO_CREDENTIALS",
      message: expect.stringContaining("claw is offline"),
    });
  });

  test("sends no secret in the clear", async () => {
    await expect(of(parts({ AZURE_TENANT_ID: "t", AZURE_CLIENT_ID: "c" }, { authorityHost: "http://login.example" }))).rejects.toMatchObject({
      code: "E_CONFIG_SCHEMA",
    });
  });
});
