import { ClawError, type CallScope, type Workspace } from "@claw/kernel";
import { readdirSync } from "node:fs";
import { join } from "node:path";

/** Where people's credentials usually are, below the home folder. */
const usual: readonly string[] = [
  ".aws/credentials",
  ".netrc",
  ".git-credentials",
  ".npmrc",
  ".pypirc",
  ".docker/config.json",
  ".kube/config",
  ".config/gh/hosts.yml",
  ".config/gcloud/application_default_credentials.json",
  ".config/gcloud/credentials.db",
  ".azure/msal_token_cache.json",
  ".terraform.d/credentials.tfrc.json",
  ".cargo/credentials.toml",
  ".vault-token",
  ".pgpass",
];

/** Folders of which every file is one, public keys aside. */
const folders: readonly string[] = [".ssh", ".gnupg/private-keys-v1.d"];
const mostInFolder = 64;

function namesIn(home: string, folder: string): readonly string[] {
  try {
    return readdirSync(join(home, folder))
      .filter((name) => !/\.pub$|^known_hosts|^authorized_keys|^config$/.test(name))
      .slice(0, mostInFolder)
      .map((name) => `${folder}/${name}`);
  } catch {
    return [];
  }
}

/** Device and inode of each that is there, looked up once: a hard link in the workspace is another name of the same file. */
export function credentialFiles(workspace: Workspace, home: string | undefined): (scope: CallScope) => Promise<readonly string[]> {
  let found: Promise<readonly string[]> | undefined;
  const identityOf = async (path: string, scope: CallScope): Promise<readonly string[]> => {
    try {
      const { identity } = await workspace.locate(path, scope);
      return identity === undefined ? [] : [identity];
    } catch (error) {
      if (scope.signal.aborted || !ClawError.is(error)) throw error;
      return [];
    }
  };
  const identitiesIn = async (folder: string, scope: CallScope): Promise<readonly string[]> => {
    const names = [...usual, ...folders.flatMap((one) => namesIn(folder, one))];
    return (await Promise.all(names.map((name) => identityOf(join(folder, name), scope)))).flat();
  };
  return (scope) => {
    found ??= home === undefined ? Promise.resolve([]) : identitiesIn(home, scope);
    // An abort is this call's alone: the next one looks again.
    found.catch(() => (found = undefined));
    return found;
  };
}
