import { readFile } from "node:fs/promises";
import { fromLoginCredentials, fromSSO, fromTemporaryCredentials, fromWebToken } from "@aws-sdk/credential-providers";
import { parseKnownFiles } from "@smithy/core/config";
import type { AwsCredentialIdentity } from "@smithy/types";
import { ClawError, type Http, type Processes } from "@claw/kernel";
import { redacted } from "@claw/kernel/kit";
import type { AwsFiles } from "./aws-files.ts";
import { type AccessKeys, type FoundCredential, isKey, wayFailure } from "./credential.ts";
import { type ProgramParts, processCredentials } from "./credential-process.ts";
import { createHandler } from "./http-handler.ts";
import { sdkSettings } from "./sdk-settings.ts";

export type Profiles = Awaited<ReturnType<typeof parseKnownFiles>>;
type Profile = NonNullable<Profiles[string]>;

/** Reads AWS's files each time: a sign-in in another window changes them. */
export const readProfiles = (files: AwsFiles): Promise<Profiles> => parseKnownFiles({ ...files, ignoreCache: true });

export interface ProfileParts {
  readonly http: Http;
  readonly processes: Processes | undefined;
  readonly host: ProgramParts["host"];
  readonly files: AwsFiles;
  /** For the requests to STS, where a profile names none. */
  readonly region: string | undefined;
  /** Ends whatever is under way. */
  readonly signal: AbortSignal;
  /** Credentials that a profile takes from outside of the files: its `credential_source`. */
  source(name: string, label: string): Promise<AccessKeys>;
}

/** The token of a web identity, and the role it is for. */
export interface WebIdentity {
  readonly tokenFile: string;
  readonly roleArn: string;
  readonly sessionName: string | undefined;
  readonly region: string | undefined;
}

/** How long one exchange of credentials may take. */
const patienceMs = 30_000;
const defaultRegion = "us-east-1";

/** The credentials of a profile: keys, a role over other profiles, a web identity, a program, a sign-in. */
export async function profileCredentials(name: string, parts: ProfileParts, label: string): Promise<FoundCredential> {
  const profiles = await readProfiles(parts.files);
  return foundOf(await ofProfile(name, profiles, [], parts, label), label);
}

/** The credentials of a role that a token of another's stands for. */
export const webIdentityCredentials = async (identity: WebIdentity, parts: Pick<ProfileParts, "http" | "signal">, label: string): Promise<FoundCredential> =>
  foundOf(await ofWebIdentity(identity, parts, label), label);

async function ofProfile(name: string, profiles: Profiles, visited: readonly string[], parts: ProfileParts, label: string): Promise<AwsCredentialIdentity> {
  const profile = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (profile === undefined) throw wayFailure(label, `there is no profile ${name} in ${parts.files.configFilepath}`);
  const { role_arn: role, source_profile: source, credential_source: outside } = profile;
  const keys = staticKeys(profile);
  // A role may be taken with the keys that stand beside it: its profile names itself.
  if (keys !== undefined && (role === undefined || visited.includes(name))) return keys;
  if (visited.includes(name)) throw wayFailure(label, `its profiles lead back to themselves: ${[...visited, name].join(", ")}`);
  if (role !== undefined && (source !== undefined || outside !== undefined)) {
    const master = source === undefined ? await parts.source(outside ?? "", label) : await ofProfile(source, profiles, [...visited, name], parts, label);
    return ofRole(profile, role, master, parts, label);
  }
  return keys ?? ofLeaf(name, profile, parts, label);
}

async function ofLeaf(name: string, profile: Profile, parts: ProfileParts, label: string): Promise<AwsCredentialIdentity> {
  const { role_arn: roleArn, web_identity_token_file: tokenFile, role_session_name: sessionName, region = parts.region } = profile;
  if (roleArn !== undefined && tokenFile !== undefined) return ofWebIdentity({ roleArn, tokenFile, sessionName, region }, parts, label);
  const init = { profile: name, ...parts.files, ignoreCache: true };
  const program = profile["credential_process"];
  if (program !== undefined) return processCredentials(program, { ...parts, file: parts.files.configFilepath }, label);
  const clientConfig = clientOf(parts);
  const signIn = `aws sso login${name === "default" ? "" : ` --profile ${name}`}`;
  if (Object.keys(profile).some((key) => key.startsWith("sso_"))) return exchanged(() => fromSSO({ ...init, clientConfig })(), clientConfig, label, signIn);
  if (profile["login_session"] !== undefined) {
    const fix = signIn.replace(" sso", "");
    return exchanged(() => fromLoginCredentials({ ...init, clientConfig: { ...clientConfig, region: region ?? defaultRegion } })(), clientConfig, label, fix);
  }
  throw wayFailure(label, `profile ${name} holds none`, { fix: `${signIn}, or aws configure` });
}

async function ofRole(profile: Profile, roleArn: string, master: AwsCredentialIdentity, parts: ProfileParts, label: string): Promise<AwsCredentialIdentity> {
  if (profile["mfa_serial"] !== undefined)
    throw wayFailure(label, "its role wants a code of a device", { fix: "take the role yourself (aws sts assume-role), and export the keys" });
  const clientConfig = { ...clientOf(parts), region: profile["region"] ?? parts.region ?? defaultRegion };
  const { role_session_name: session = "claw", external_id: external, duration_seconds: duration } = profile;
  const params = {
    RoleArn: roleArn,
    RoleSessionName: session,
    DurationSeconds: Number.parseInt(duration ?? "", 10) || 3600,
    ...(external === undefined ? {} : { ExternalId: external }),
  };
  return exchanged(() => fromTemporaryCredentials({ masterCredentials: master, params, clientConfig })(), clientConfig, label, undefined, [
    master.secretAccessKey,
    master.sessionToken ?? "",
  ]);
}

async function ofWebIdentity(
  { tokenFile, roleArn, sessionName = "claw", region }: WebIdentity,
  parts: Pick<ProfileParts, "http" | "signal">,
  label: string,
): Promise<AwsCredentialIdentity> {
  const token = await readFile(tokenFile, "utf8").catch(() => "");
  if (token.trim() === "") throw wayFailure(label, `${tokenFile} holds no token`);
  const clientConfig = { ...clientOf(parts), region: region ?? defaultRegion };
  const init = { webIdentityToken: token.trim(), roleArn, roleSessionName: sessionName, clientConfig };
  return exchanged(() => fromWebToken(init)(), clientConfig, label, undefined, [token.trim()]);
}

const clientOf = ({ http, signal }: Pick<ProfileParts, "http" | "signal">) =>
  sdkSettings(createHandler(http, AbortSignal.any([signal, AbortSignal.timeout(patienceMs)])));

/** One exchange with another service. What the network said is said; of what the service said, its words without keys. */
async function exchanged(
  exchange: () => Promise<AwsCredentialIdentity>,
  { requestHandler }: ReturnType<typeof clientOf>,
  label: string,
  fix: string | undefined,
  secrets: readonly string[] = [],
): Promise<AwsCredentialIdentity> {
  try {
    return await exchange();
  } catch (error) {
    if (ClawError.is(requestHandler.failure)) throw requestHandler.failure;
    const { name = "", message = "", $metadata = {} } = error as Error & { readonly $metadata?: { readonly httpStatusCode?: number } };
    const { httpStatusCode: status = 0 } = $metadata;
    const said = redacted(message, secrets)
      .replaceAll(/\s+/g, " ")
      .trim()
      .slice(0, 300)
      .replace(/[.\s]+$/, "");
    const why = said === "" ? name : said;
    throw wayFailure(label, why, { retryable: status === 429 || status >= 500, ...(fix === undefined ? {} : { fix }) });
  }
}

function staticKeys(profile: Profile): AwsCredentialIdentity | undefined {
  const { aws_access_key_id: accessKeyId, aws_secret_access_key: secretAccessKey, aws_session_token: sessionToken } = profile;
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}

function foundOf({ accessKeyId, secretAccessKey, sessionToken, expiration }: AwsCredentialIdentity, label: string): FoundCredential {
  if (!isKey(accessKeyId) || !isKey(secretAccessKey)) throw wayFailure(label, "what it holds is no set of keys");
  return {
    label,
    credential: { type: "keys", accessKeyId, secretAccessKey, ...(isKey(sessionToken) ? { sessionToken } : {}) },
    ...(expiration === undefined ? {} : { expiration }),
  };
}
