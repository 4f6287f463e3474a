import { ClawError, type CallScope, type Workspace } from "@claw/kernel";
import { join } from "node:path";

/** Where people's credentials usually are, below the home folder. */
const usual: readonly string[] = [
  ".ssh/id_rsa",
  ".ssh/id_ed25519",
  ".ssh/id_ecdsa",
  ".ssh/id_dsa",
  ".aws/credentials",
  ".netrc",
  ".git-credentials",
  ".npmrc",
  ".pypirc",
  ".docker/config.json",
  ".kube/config",
  ".config/gh/hosts.yml",
];

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
  return (scope) => {
    found ??= home === undefined ? Promise.resolve([]) : Promise.all(usual.map((name) => identityOf(join(home, name), scope))).then((all) => all.flat());
    // An abort is this call's alone: the next one looks again.
    found.catch(() => (found = undefined));
    return found;
  };
}
