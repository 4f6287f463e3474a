import { ClawError, type Host, type Secrets } from "@claw/kernel";
import { firstSecret } from "@claw/kernel/kit";

export interface SecretIdentity {
  readonly type: "client-secret";
  readonly tenant: string;
  readonly client: string;
  readonly secret: string;
}

export interface FederatedIdentity {
  readonly type: "federated";
  readonly tenant: string;
  readonly client: string;
  /** Holds what the cluster has signed. */
  readonly file: string;
}

export interface ServiceIdentity {
  readonly type: "app-service";
  readonly endpoint: string;
  readonly header: string;
  /** Of several identities; without it, the machine's own. */
  readonly client?: string;
}

export interface ArcIdentity {
  readonly type: "arc";
  readonly endpoint: string;
  readonly client?: string;
}

/** What nothing but the machine can tell: who is signed in to the Azure CLI, or the identity of a virtual machine. */
export interface MachineIdentity {
  readonly type: "machine";
  readonly client?: string;
}

export type Identity = SecretIdentity | FederatedIdentity | ServiceIdentity | ArcIdentity | MachineIdentity;

/** Who the environment says we are, in the order of Azure's own libraries. Nothing is asked for it. */
export async function identityOf({ environment }: Pick<Host, "environment">, secrets: Secrets): Promise<Identity> {
  const set = (name: string): string | undefined => (environment[name]?.trim() === "" ? undefined : environment[name]?.trim());
  const tenant = set("AZURE_TENANT_ID");
  const client = set("AZURE_CLIENT_ID");
  const ofClient = client === undefined ? {} : { client };

  const secret = (await firstSecret(secrets, ["AZURE_CLIENT_SECRET"], "foundry"))?.value;
  if (secret !== undefined) return { type: "client-secret", ...applicationOf(tenant, client, "AZURE_CLIENT_SECRET"), secret };

  const file = set("AZURE_FEDERATED_TOKEN_FILE");
  if (file !== undefined) return { type: "federated", ...applicationOf(tenant, client, "AZURE_FEDERATED_TOKEN_FILE"), file };

  const endpoint = set("IDENTITY_ENDPOINT");
  if (endpoint !== undefined) {
    const header = (await firstSecret(secrets, ["IDENTITY_HEADER"], "foundry"))?.value;
    if (header !== undefined) return { type: "app-service", endpoint, header, ...ofClient };
    if (set("IMDS_ENDPOINT") !== undefined) return { type: "arc", endpoint, ...ofClient };
  }
  return { type: "machine", ...ofClient };
}

function applicationOf(tenant: string | undefined, client: string | undefined, because: string): { readonly tenant: string; readonly client: string } {
  if (tenant !== undefined && client !== undefined) return { tenant, client };
  const missing = [...(tenant === undefined ? ["AZURE_TENANT_ID"] : []), ...(client === undefined ? ["AZURE_CLIENT_ID"] : [])].join(" and ");
  throw new ClawError(
    "MODEL_NO_CREDENTIALS",
    `${because} is set, but not ${missing}`,
    { provider: "foundry" },
    { fix: `export ${missing}, or unset ${because}` },
  );
}

/** What an identity is called. */
export function identityName(identity: Identity): string {
  switch (identity.type) {
    case "client-secret":
      return "AZURE_CLIENT_SECRET";
    case "federated":
      return "AZURE_FEDERATED_TOKEN_FILE";
    case "app-service":
    case "arc":
      return "managed identity";
    case "machine":
      return "Azure CLI or managed identity";
    default:
      return identity satisfies never;
  }
}
