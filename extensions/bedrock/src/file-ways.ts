import type { Host, Http, Processes, Secrets } from "@claw/kernel";
import { type AwsFiles, profileName } from "./aws-files.ts";
import { type AccessKeys, type CredentialWay, wayFailure } from "./credential.ts";
import { containerWay, instanceWay } from "./metadata-ways.ts";
import type { ProfileParts } from "./profile-credentials.ts";
import { keysWay } from "./secret-ways.ts";

export interface FileParts {
  readonly http: Http;
  readonly secrets: Secrets;
  readonly processes: Processes | undefined;
  readonly host: Pick<Host, "environment" | "offline" | "now"> & { readonly folders: Pick<Host["folders"], "home"> };
  readonly files: AwsFiles;
  readonly region: string | undefined;
  readonly signal: AbortSignal;
}

/** A token that another identity provider wrote to a file, as on EKS. */
export const webIdentityWay = (parts: FileParts): CredentialWay => {
  const { environment } = parts.host;
  const tokenFile = environment["AWS_WEB_IDENTITY_TOKEN_FILE"] ?? "";
  const roleArn = environment["AWS_ROLE_ARN"] ?? "";
  const sessionName = environment["AWS_ROLE_SESSION_NAME"] || undefined;
  return {
    name: "web-identity",
    missing: "no AWS_WEB_IDENTITY_TOKEN_FILE with AWS_ROLE_ARN",
    isKept: true,
    label: async () => (tokenFile === "" || roleArn === "" ? undefined : "AWS_WEB_IDENTITY_TOKEN_FILE"),
    // The SDK is a chunk of its own.
    find: async (label) =>
      (await import("./profile-credentials.ts")).webIdentityCredentials({ tokenFile, roleArn, sessionName, region: parts.region }, parts, label),
  };
};

/** A profile of AWS's files: the one that is configured, that of `AWS_PROFILE`, or the default one, if there is any. */
export const profileWay = (parts: FileParts, configured: string | undefined): CredentialWay => {
  const name = profileName(configured, parts.host);
  const isNamed = configured !== undefined || name !== "default";
  return {
    name: "profile",
    missing: `no profile ${name}`,
    isKept: true,
    async label() {
      if (isNamed) return `AWS profile ${name}`;
      const { readProfiles } = await import("./profile-credentials.ts");
      const profile = (await readProfiles(parts.files))[name];
      // A default profile often says a region and nothing else.
      return profile !== undefined && Object.keys(profile).some((key) => credentialKeys.test(key)) ? `AWS profile ${name}` : undefined;
    },
    async find(label) {
      const { profileCredentials } = await import("./profile-credentials.ts");
      return profileCredentials(name, profilePartsOf(parts), label);
    },
  };
};

const credentialKeys = /^(?:aws_access_key_id|role_arn|credential_process|web_identity_token_file|login_session|sso_.*)$/;

function profilePartsOf(parts: FileParts): ProfileParts {
  const sources: Readonly<Record<string, CredentialWay>> = {
    Environment: keysWay(parts.secrets),
    EcsContainer: containerWay(parts),
    Ec2InstanceMetadata: instanceWay(parts),
  };
  return {
    ...parts,
    async source(name, label): Promise<AccessKeys> {
      const way = Object.hasOwn(sources, name) ? sources[name] : undefined;
      if (way === undefined) throw wayFailure(label, `its credential_source ${name} is none of ${Object.keys(sources).join(", ")}`);
      const own = await way.label();
      const found = own === undefined ? undefined : await way.find(own);
      if (found?.credential.type === "keys") return found.credential;
      throw wayFailure(label, `its credential_source ${name} gave none: ${way.missing}`);
    },
  };
}
