import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";

/**
 * The nearest folder at or above `cwd` that holds `.git`, found without running git. Above `cwd` it must belong to whoever
 * owns `cwd` or runs claw, and the search ends below the home folder and the root: a `.git` that somebody planted in a shared
 * folder, or that keeps the home folder itself, makes no project.
 */
export async function findGitRoot(cwd: string, home: string | undefined): Promise<string | undefined> {
  const owners = new Set([await ownerOf(cwd), process.getuid?.()]);
  for (let folder = cwd; ; folder = dirname(folder)) {
    const isTop = dirname(folder) === folder;
    if (folder !== cwd && (isTop || folder === home)) return undefined;
    const owner = await ownerOf(join(folder, ".git"));
    if (owner !== undefined && (folder === cwd || owners.has(owner))) return folder;
    if (isTop) return undefined;
  }
}

const ownerOf = (path: string): Promise<number | undefined> =>
  stat(path).then(
    ({ uid }) => uid,
    () => undefined,
  );
