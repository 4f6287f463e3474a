import { join, resolve } from "node:path";
import type { Host } from "@claw/kernel";

/** The two files of AWS's tools. Given as paths, so that no SDK looks for them itself. */
export interface AwsFiles {
  readonly configFilepath: string;
  readonly filepath: string;
}

type Place = Pick<Host, "environment"> & { readonly folders: Pick<Host["folders"], "home"> };

export function awsFiles({ environment, folders }: Place): AwsFiles {
  const home = folders.home ?? "/";
  const at = (name: string, file: string): string => {
    const given = environment[name] ?? "";
    if (given === "") return join(home, ".aws", file);
    // Never from the folder that is worked in: what is in these files decides which program runs.
    return given.startsWith("~/") ? join(home, given.slice(2)) : resolve(home, given);
  };
  return { configFilepath: at("AWS_CONFIG_FILE", "config"), filepath: at("AWS_SHARED_CREDENTIALS_FILE", "credentials") };
}

/** The profile that is meant when none is configured. */
export const profileName = (configured: string | undefined, { environment }: Pick<Host, "environment">): string =>
  configured ?? (environment["AWS_PROFILE"]?.trim() || "default");
