import { memorySecrets } from "@claw/testing";
import { describe, expect, test } from "vitest";
import { type Identity, identityName, identityOf } from "../src/identity.ts";

const who = (environment: Readonly<Record<string, string>>, secrets: Readonly<Record<string, string>> = {}): Promise<Identity> =>
  identityOf({ environment }, memorySecrets(secrets));

const application = { AZURE_TENANT_ID: "tenant", AZURE_CLIENT_ID: "client" };
const cluster = { ...application, AZURE_FEDERATED_TOKEN_FILE: "/var/run/token" };
const service = { IDENTITY_ENDPOINT: "http://127.0.0.1:4141/msi/token" };

describe("who we are", () => {
  test("is what the environment says, a secret first and the machine last", async () => {
    expect(
      await Promise.all([
        who({ ...cluster, ...service }, { AZURE_CLIENT_SECRET: "s", IDENTITY_HEADER: "h" }),
        who({ ...cluster, ...service }, { IDENTITY_HEADER: "h" }),
        who({ ...application, ...service }, { IDENTITY_HEADER: "h" }),
        who(service, { IDENTITY_HEADER: "h" }),
        who({ ...service, IMDS_ENDPOINT: "http://127.0.0.1:4141" }),
        who(service),
        who({ AZURE_CLIENT_ID: " client ", AZURE_TENANT_ID: " " }),
        who({}),
      ]),
    ).toEqual([
      { type: "client-secret", tenant: "tenant", client: "client", secret: "s" },
      { type: "federated", tenant: "tenant", client: "client", file: "/var/run/token" },
      { type: "app-service", endpoint: service.IDENTITY_ENDPOINT, header: "h", client: "client" },
      { type: "app-service", endpoint: service.IDENTITY_ENDPOINT, header: "h" },
      { type: "arc", endpoint: service.IDENTITY_ENDPOINT },
      { type: "machine" },
      { type: "machine", client: "client" },
      { type: "machine" },
    ]);
  });

  test("is not guessed from half of it", async () => {
    await expect(who({}, { AZURE_CLIENT_SECRET: "s" })).rejects.toMatchObject({
      code: "MODEL_NO_CREDENTIALS",
      message: "AZURE_CLIENT_SECRET is set, but not AZURE_TENANT_ID and AZURE_CLIENT_ID",
      fix: "export AZURE_TENANT_ID and AZURE_CLIENT_ID, or unset AZURE_CLIENT_SECRET",
    });
    await expect(who({ AZURE_FEDERATED_TOKEN_FILE: "/x", AZURE_TENANT_ID: "t" })).rejects.toThrow("AZURE_FEDERATED_TOKEN_FILE is set, but not AZURE_CLIENT_ID");
  });

  test("has a name for people", () => {
    expect(
      (
        [
          { type: "client-secret", tenant: "", client: "", secret: "" },
          { type: "federated", tenant: "", client: "", file: "" },
          { type: "app-service", endpoint: "", header: "" },
          { type: "arc", endpoint: "" },
          { type: "machine" },
        ] as const
      ).map(identityName),
    ).toEqual(["AZURE_CLIENT_SECRET", "AZURE_FEDERATED_TOKEN_FILE", "managed identity", "managed identity", "Azure CLI or managed identity"]);
  });
});
