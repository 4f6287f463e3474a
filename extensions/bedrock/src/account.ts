import type { Host, Http, Processes, Secrets } from "@claw/kernel";
import { type AwsFiles, awsFiles, profileName } from "./aws-files.ts";
import { regionMissing, regionOf } from "./address.ts";
import type { Contract } from "./contract.gen.ts";
import type { CredentialWay } from "./credential.ts";
import { type Credentials, createCredentials } from "./credentials.ts";
import { profileWay, webIdentityWay } from "./file-ways.ts";
import { containerWay, instanceWay } from "./metadata-ways.ts";
import { bearerWay, keysWay } from "./secret-ways.ts";

export interface AccountParts {
  readonly http: Http;
  readonly secrets: Secrets;
  /** Starts the program that a profile takes its keys from. */
  readonly processes: Processes | undefined;
  readonly host: Pick<Host, "now" | "version" | "environment" | "offline"> & { readonly folders: Pick<Host["folders"], "home"> };
  readonly config: Contract["config"];
  /** Ends with the extension. */
  readonly signal: AbortSignal;
}

/** Whose requests they are, and to which region they go. */
export interface Account {
  readonly credentials: Credentials;
  /** Configured, or else the profile's. Throws when there is none. */
  region(): Promise<string>;
}

export function createAccount(parts: AccountParts): Account {
  const { host, config } = parts;
  const files = awsFiles(host);
  let profileRegion: Promise<string | undefined> | undefined;
  const configured = config.region === "" ? undefined : config.region;

  const region = async (): Promise<string> => {
    const given = configured ?? (await (profileRegion ??= regionOfProfile(files, profileName(config.profile, host))));
    if (given !== undefined) return regionOf(given);
    // It may be written in a moment.
    profileRegion = undefined;
    throw regionMissing();
  };

  return { credentials: createCredentials(waysOf({ ...parts, files, region: configured }, config), host), region };
}

type WayParts = Parameters<typeof profileWay>[0];

/** In the order in which they are tried. A profile that the person configured goes before all that is merely there. */
function waysOf(parts: WayParts, config: Contract["config"]): readonly CredentialWay[] {
  const profile = profileWay(parts, config.profile);
  const ways = [keysWay(parts.secrets), bearerWay(parts.secrets), webIdentityWay(parts), profile, containerWay(parts), instanceWay(parts)];
  if (config.credentials !== "auto") return ways.filter(({ name }) => name === config.credentials);
  return config.profile === undefined ? ways : [profile];
}

async function regionOfProfile(files: AwsFiles, name: string): Promise<string | undefined> {
  const { readProfiles } = await import("./profile-credentials.ts");
  return (await readProfiles(files))[name]?.["region"];
}
